"""Who owes, how long, what comes next, and what was agreed; and the accounts that billing has stopped."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.models.dunning import DunningStep
from billing.services.agree_on_dunning import exclude_from_dunning, include_in_dunning, promise_to_pay
from billing.services.park_account import ask_release, release_account
from billing.services.write_off_invoice import write_off_invoice
from control.console import selectors, selectors_money
from control.console.desk import console_context
from control.console.forms import ReasonForm
from control.console.forms_money import PromiseForm
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import tell_form

COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("欠款"), align="num"),
    Column(gettext_lazy("逾期天数"), align="num"),
    Column(gettext_lazy("阶段")),
    Column(gettext_lazy("下一步")),
    Column(""),
]
STATES = [
    ("", gettext_lazy("全部")),
    (DunningStep.RESTRICTED, gettext_lazy("后台只读")),
    (DunningStep.CLOSED, gettext_lazy("店铺关闭")),
    (DunningStep.ENDED, gettext_lazy("已退订")),
    ("promised", gettext_lazy("已承诺付款")),
    ("excluded", gettext_lazy("不催收")),
]


@require_safe
@operator_only
def queue(request: HttpRequest) -> HttpResponse:
    """List every account that is chased, the next to act on first."""
    now, state = clock.now(), request.GET.get("state", "")
    rows = page_of(selectors_money.cases_like(state=state, now=now), request.GET)
    counts = {code: selectors_money.cases_like(state=code, now=now).count() for code, _label in STATES}
    context = console_context(
        request,
        rows=rows,
        lines=selectors_money.chased_lines(rows, now),
        columns=COLUMNS,
        is_filtered=bool(state),
        tabs=state_tabs(request.GET, states=STATES, counts=counts),
    )
    return render(request, "console/dunning.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def agree(request: HttpRequest, billing_account_id: UUID) -> HttpResponse:
    """Note a promise to pay: every later step waits for it."""
    form, now = PromiseForm(request.POST or None), clock.now()
    case = selectors_money.case_of(billing_account_id)
    if form.is_bound and form.is_valid():
        try:
            promise_to_pay(billing_account_id=billing_account_id, by=_by(request), now=now, **form.cleaned_data)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("console:dunning"), sentence=_("已记下，到期前不再催收。"))
    line = selectors_money.chased_lines([case], now)[0]
    context = console_context(
        request, case=case, line=line, form=form, crumbs=[(_("催收"), reverse("console:dunning")), (_("承诺付款"), "")]
    )
    if form.is_bound:
        return again(request, "console/promise.html", context)
    return render(request, "console/promise.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def exclude(request: HttpRequest, billing_account_id: UUID) -> HttpResponse:
    """Take an account out of the schedule, with the reason."""
    form, now = ReasonForm(request.POST or None), clock.now()
    case = selectors_money.case_of(billing_account_id)
    if form.is_bound and form.is_valid():
        exclude_from_dunning(billing_account_id=billing_account_id, by=_by(request), now=now, **form.cleaned_data)
        return done(request, to=reverse("console:dunning"), sentence=_("已移出催收。"))
    line = selectors_money.chased_lines([case], now)[0]
    context = console_context(
        request, case=case, line=line, form=form, crumbs=[(_("催收"), reverse("console:dunning")), (_("不催收"), "")]
    )
    if form.is_bound:
        return again(request, "console/promise.html", context)
    return render(request, "console/promise.html", context)


@require_POST
@operator_only
def include(request: HttpRequest, billing_account_id: UUID) -> HttpResponse:
    """Put an account back into the schedule."""
    include_in_dunning(billing_account_id=billing_account_id, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:dunning"), sentence=_("已恢复催收。"))


@require_http_methods(["GET", "POST"])
@operator_only
def write_off(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Give an invoice up as bad debt, with the reason."""
    form, shown = ReasonForm(request.POST or None), selectors.invoice_with_id(invoice_id)
    to = reverse("console:invoice", args=[invoice_id])
    if form.is_bound and form.is_valid():
        try:
            write_off_invoice(invoice_id=invoice_id, by=_by(request), now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=to, sentence=_("已核销为坏账。"))
    crumbs = [(_("账单"), reverse("console:invoices")), (shown.number, to), (_("核销"), "")]
    context = console_context(request, invoice=shown, form=form, crumbs=crumbs)
    if form.is_bound:
        return again(request, "console/write_off.html", context)
    return render(request, "console/write_off.html", context)


@require_safe
@operator_only
def parked(request: HttpRequest) -> HttpResponse:
    """List the accounts that billing has stopped, with the cause."""
    rows = selectors_money.parked_accounts()
    return render(request, "console/parked.html", console_context(request, rows=rows, me=_by(request)))


@require_POST
@operator_only
def ask(request: HttpRequest, parked_id: UUID) -> HttpResponse:
    """Ask for an account to be billed again."""
    reason = request.POST.get("reason", "").strip() or _("已核对")
    ask_release(parked_id=parked_id, by=_by(request), reason=reason, now=clock.now())
    return done(request, to=reverse("console:parked"), sentence=_("已提交，请另一位运营人员批准。"))


@require_POST
@operator_only
def release(request: HttpRequest, parked_id: UUID) -> HttpResponse:
    """Agree to what another operator asked for."""
    release_account(parked_id=parked_id, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:parked"), sentence=_("已恢复出账和扣款。"))


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
