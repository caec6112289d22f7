"""The 发票 queue: what merchants asked for, and what must be reversed in red."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.models.fapiao import FapiaoState
from billing.services.issue_fapiao import LARGEST_PAPER, issue_fapiao, issue_red_letter, reject_fapiao
from control.console import money_selectors
from control.console.desk import console_context
from control.console.forms import ReasonForm, SearchForm
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import done
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import STATUS, tell_form

COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("抬头")),
    Column(gettext_lazy("发票")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("申请时间"), align="num"),
    Column(gettext_lazy("状态")),
]
STATES = [
    ("", gettext_lazy("全部")),
    ("red", gettext_lazy("待红冲")),
    *((state.value, state.label) for state in FapiaoState),
]


class PaperForm(forms.Form):
    """The number and the PDF that the tax office gave."""

    number = forms.CharField(
        label=gettext_lazy("发票号码"),
        max_length=20,
        help_text=gettext_lazy("20 位数字"),
        error_messages={"required": gettext_lazy("请填写发票号码。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    paper = forms.FileField(
        label=gettext_lazy("发票 PDF"),
        error_messages={"required": gettext_lazy("请上传发票 PDF。")},
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )


@require_safe
@operator_only
def queue(request: HttpRequest) -> HttpResponse:
    """List 发票; those that wait are the oldest first."""
    filters = SearchForm(request.GET, says=_("抬头、税号、发票号或店名"))
    query, state = filters.query, request.GET.get("state", "")
    context = console_context(
        request,
        rows=page_of(money_selectors.fapiao_like(query=query, state=state), request.GET),
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=STATES, counts=money_selectors.count_fapiao(query=query)),
    )
    return render(request, "console/fapiao_queue.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def one(request: HttpRequest, fapiao_id: UUID) -> HttpResponse:
    """Show one 发票 with what it needs; bring its number and paper."""
    form = PaperForm(request.POST or None, request.FILES or None)
    if not form.is_bound:
        return _page(request, fapiao_id, form)
    if not form.is_valid():
        return _page(request, fapiao_id, form, status=422)
    try:
        issue_fapiao(
            fapiao_id=fapiao_id,
            number=form.cleaned_data["number"].strip(),
            paper=_read(form),
            by=_by(request),
            now=clock.now(),
        )
    except Refused as refusal:
        tell_form(form, refusal)
        return _page(request, fapiao_id, form, status=STATUS[refusal.kind])
    return done(request, to=_here(fapiao_id), sentence=_("已开票，商家已收到邮件。"))


@require_POST
@operator_only
def reject(request: HttpRequest, fapiao_id: UUID) -> HttpResponse:
    """Say no, with the reason."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, fapiao_id, PaperForm(), reason=form, status=422)
    reject_fapiao(fapiao_id=fapiao_id, reason=form.cleaned_data["reason"], by=_by(request), now=clock.now())
    return done(request, to=_here(fapiao_id), sentence=_("已驳回，商家已收到邮件。"))


@require_POST
@operator_only
def reverse_in_red(request: HttpRequest, red_letter_id: UUID) -> HttpResponse:
    """Bring the number and the paper of a red letter."""
    red = money_selectors.red_letter_with_id(red_letter_id)
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, red.fapiao_id, form, status=422)
    try:
        issue_red_letter(
            red_letter_id=red_letter_id,
            number=form.cleaned_data["number"].strip(),
            paper=_read(form),
            by=_by(request),
            now=clock.now(),
        )
    except Refused as refusal:
        tell_form(form, refusal)
        return _page(request, red.fapiao_id, form, status=STATUS[refusal.kind])
    return done(request, to=_here(red.fapiao_id), sentence=_("已红冲，商家已收到邮件。"))


def _page(
    request: HttpRequest, fapiao_id: UUID, form: PaperForm, *, reason: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    shown = money_selectors.fapiao_with_id(fapiao_id)
    context = console_context(
        request,
        fapiao=shown,
        merchant=shown.billing_account.merchant,
        shares=list(shown.shares.all()),
        reds=list(shown.red_letters.all()),
        form=form,
        reason=reason or ReasonForm(),
        crumbs=[(_("发票"), reverse("console:fapiao")), (shown.title.name, "")],
    )
    return render(request, "console/fapiao.html", context, status=status)


def _read(form: PaperForm) -> bytes:
    # One byte more than may be: the story refuses it, and a huge file never fills the memory
    content: bytes = form.cleaned_data["paper"].read(LARGEST_PAPER + 1)
    return content


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _here(fapiao_id: UUID) -> str:
    return reverse("console:fapiao-one", args=[fapiao_id])
