"""发票: asking for one, the titles, what was issued and what was reversed."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.invoiceable import invoiceable
from billing.models.fapiao import Fapiao, FapiaoPaper, FapiaoTitle, FapiaoType, TitleKind
from billing.models.invoices import Invoice
from billing.services.keep_titles import add_title, remove_title
from billing.services.request_fapiao import NoSuchFapiao, request_fapiao, withdraw_fapiao
from control.account.desk import account_context, owners_only, store_of
from control.account.selectors import payer_of
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import StoreRef, in_control
from kit.web.answers import done
from kit.web.format import money
from kit.web.lists import Column, page_of
from kit.web.refusals import STATUS, tell_form

COLUMNS = [
    Column(gettext_lazy("发票")),
    Column(gettext_lazy("抬头")),
    Column(gettext_lazy("申请时间"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
_RECENT = 60  # invoices offered for a 发票: five years of months


class TitleForm(forms.Form):
    """A title; the lower half is for special 发票 only."""

    kind = forms.ChoiceField(label=gettext_lazy("抬头类型"), choices=TitleKind.choices, initial=TitleKind.COMPANY)
    name = forms.CharField(
        label=gettext_lazy("发票抬头"),
        max_length=100,
        error_messages={"required": gettext_lazy("请填写发票抬头。")},
    )
    tax_number = forms.CharField(
        label=gettext_lazy("税号"), max_length=30, required=False, help_text=gettext_lazy("企业必填，18 位。")
    )
    address = forms.CharField(label=gettext_lazy("注册地址"), max_length=160, required=False)
    phone = forms.CharField(label=gettext_lazy("注册电话"), max_length=30, required=False)
    bank = forms.CharField(label=gettext_lazy("开户行"), max_length=80, required=False)
    bank_number = forms.CharField(label=gettext_lazy("银行账号"), max_length=40, required=False)


class RequestForm(forms.Form):
    """Which invoices, to whom, which type, and where the paper is sent."""

    invoices = forms.MultipleChoiceField(
        label=gettext_lazy("账单"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选一张账单。")},
    )
    title = forms.ChoiceField(label=gettext_lazy("抬头"), error_messages={"required": gettext_lazy("请选择抬头。")})
    type = forms.ChoiceField(label=gettext_lazy("发票类型"), choices=FapiaoType.choices, initial=FapiaoType.NORMAL)
    email = forms.EmailField(
        label=gettext_lazy("收票邮箱"), error_messages={"required": gettext_lazy("请填写收票邮箱。")}
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], titles: list[FapiaoTitle], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["invoices"].choices = choices  # type: ignore[attr-defined]
        self.fields["title"].choices = [(str(title.pk), str(title)) for title in titles]  # type: ignore[attr-defined]


@require_safe
@staff_only
def fapiao(request: HttpRequest) -> HttpResponse:
    """List the 发票 of the merchant."""
    with in_control():
        own = Fapiao.objects.filter(billing_account__merchant_id=store_of(request).merchant_id)
        known = own.select_related("title").prefetch_related("shares__invoice", "red_letters")
        rows = page_of(known.order_by("-requested_at", "-id"), request.GET)
        rows.object_list = list(rows.object_list)
    context = account_context(request, "account:fapiao", rows=rows, columns=COLUMNS)
    return render(request, "account/fapiao.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a 发票 over paid invoices."""
    store = store_of(request)
    payer = payer_of(store)
    choices, titles = _offers(store), _titles(store)
    initial = {"key": new_id(), "email": payer.email, "invoices": request.GET.getlist("invoice")}
    form = RequestForm(request.POST or None, choices=choices, titles=titles, initial=initial)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            with in_control():
                request_fapiao(
                    merchant_id=store.merchant_id,
                    title_id=UUID(form.cleaned_data["title"]),
                    type=FapiaoType(form.cleaned_data["type"]),
                    invoice_ids=[UUID(each) for each in form.cleaned_data["invoices"]],
                    email=form.cleaned_data["email"],
                    key=form.cleaned_data["key"],
                    by=_by(request),
                    now=clock.now(),
                )
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
        else:
            return done(request, to=reverse("account:fapiao"), sentence=_("已提交，通常一个工作日内开出。"))
    elif form.is_bound:
        status = 422
    context = account_context(
        request,
        "account:fapiao",
        form=form,
        has_invoices=bool(choices),
        titles=titles,
        crumbs=[(_("发票"), reverse("account:fapiao")), (_("申请开票"), "")],
    )
    return render(request, "account/fapiao_ask.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def titles(request: HttpRequest) -> HttpResponse:
    """Keep the titles."""
    store = store_of(request)
    form = TitleForm(request.POST or None)
    status = 200
    if form.is_bound and form.is_valid():
        given = {**form.cleaned_data, "kind": TitleKind(form.cleaned_data["kind"])}
        try:
            with in_control():
                add_title(merchant_id=store.merchant_id, actor=_by(request), now=clock.now(), **given)
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
        else:
            return done(request, to=reverse("account:fapiao-titles"), sentence=_("抬头已保存"))
    elif form.is_bound:
        status = 422
    context = account_context(
        request,
        "account:fapiao",
        form=form,
        titles=_titles(store),
        crumbs=[(_("发票"), reverse("account:fapiao")), (_("发票抬头"), "")],
    )
    return render(request, "account/fapiao_titles.html", context, status=status)


@require_POST
@staff_only
@owners_only
def drop_title(request: HttpRequest, title_id: UUID) -> HttpResponse:
    """Take a title off the list."""
    with in_control():
        remove_title(merchant_id=store_of(request).merchant_id, title_id=title_id, actor=_by(request), now=clock.now())
    return done(request, to=reverse("account:fapiao-titles"), sentence=_("抬头已删除"))


@require_POST
@staff_only
@owners_only
def withdraw(request: HttpRequest, fapiao_id: UUID) -> HttpResponse:
    """Take a request back."""
    with in_control():
        withdraw_fapiao(
            merchant_id=store_of(request).merchant_id, fapiao_id=fapiao_id, by=_by(request), now=clock.now()
        )
    return done(request, to=reverse("account:fapiao"), sentence=_("申请已撤回。"))


@require_safe
@staff_only
def paper(request: HttpRequest, fapiao_id: UUID) -> HttpResponse:
    """Hand out the paper of an issued 发票, or (?red=) of one of its red letters. :raises NoSuchFapiao:"""
    with in_control():
        papers = FapiaoPaper.objects.filter(
            fapiao_id=fapiao_id, fapiao__billing_account__merchant_id=store_of(request).merchant_id
        )
        red = request.GET.get("red")
        found = papers.filter(red_letter__number=red) if red else papers.filter(red_letter=None)
        kept = found.select_related("fapiao").first()
    if kept is None:
        raise NoSuchFapiao
    answer = HttpResponse(bytes(kept.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="fapiao-{red or kept.fapiao.number}.pdf"'
    return answer


def _offers(store: StoreRef) -> list[tuple[str, str]]:
    with in_control():
        own = Invoice.objects.filter(billing_account__merchant_id=store.merchant_id, paid_minor__gt=0)
        recent = list(own.order_by("-issued_at")[:_RECENT])
        left = invoiceable(recent)
    return [
        (str(each.pk), f"{each.number} · {_('可开')} {money(left[each.pk], each.currency)}")
        for each in recent
        if left[each.pk]
    ]


def _titles(store: StoreRef) -> list[FapiaoTitle]:
    with in_control():
        kept = FapiaoTitle.objects.filter(billing_account__merchant_id=store.merchant_id, removed_at=None)
        return list(kept.order_by("-added_at"))


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
