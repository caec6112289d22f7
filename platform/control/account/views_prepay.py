"""Paying into the wallet by WeChat Pay or Alipay: a code to scan on the desk, the company's own page on a phone."""

from uuid import UUID

import segno
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from billing.collecting import ways_offered
from billing.models.prepay import CompanyCharge, PrepayWay
from billing.models.wallet import TopUpState
from billing.selectors import open_invoices
from billing.services.open_top_up import LEAST_MINOR, MOST_MINOR
from billing.services.prepay import prepay
from control.account.desk import account_context, owners_only, store_of
from control.account.selectors import InvoiceMissing, payer_of
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import in_control
from kit.web.answers import again
from kit.web.forms import MoneyField
from kit.web.refusals import tell_form


class PrepayForm(forms.Form):
    """How much and by which way; the key makes a double click pay once."""

    amount = MoneyField(
        label=gettext_lazy("充值金额"),
        least_minor=LEAST_MINOR,
        most_minor=MOST_MINOR,
        error_messages={"required": gettext_lazy("请填写充值金额。")},
    )
    way = forms.ChoiceField(
        label=gettext_lazy("付款方式"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择付款方式。")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: object, ways: list[PrepayWay], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["way"].choices = [(way.value, way.label) for way in ways]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def begin(request: HttpRequest) -> HttpResponse:
    """Ask how much and by which way; what is owed is filled in."""
    store, now = store_of(request), clock.now()
    payer = payer_of(store)
    with in_control():
        owed = sum(invoice.due_minor for invoice in open_invoices(billing_account=payer))
    ways = ways_offered(currency=payer.currency)
    initial = {"key": new_id(), "amount": max(owed, LEAST_MINOR) if owed else None, "way": ways[0] if ways else ""}
    form = PrepayForm(request.POST or None, ways=ways, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            with in_control():
                charge = prepay(
                    merchant_id=store.merchant_id,
                    amount_minor=form.cleaned_data["amount"],
                    way=PrepayWay(form.cleaned_data["way"]),
                    key=form.cleaned_data["key"],
                    return_url=request.build_absolute_uri(reverse("account:wallet")),
                    payer_ip=str(request.META.get("REMOTE_ADDR", "")),
                    actor=str(request.person.email),  # type: ignore[attr-defined]
                    now=now,
                )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return HttpResponse(status=303, headers={"Location": reverse("account:prepay-pay", args=[charge.pk])})
    context = account_context(
        request,
        "account:wallet",
        form=form,
        ways=ways,
        owed_minor=owed,
        currency=payer.currency,
        crumbs=[(_("钱包"), reverse("account:wallet")), (_("微信、支付宝充值"), "")],
    )
    if form.is_bound:
        return again(request, "account/prepay.html", context)
    return render(request, "account/prepay.html", context)


@require_safe
@staff_only
@owners_only
def pay(request: HttpRequest, charge_id: UUID) -> HttpResponse:
    """Show where it is paid, and follow it until it is: the page asks again every three seconds."""
    with in_control():
        found = CompanyCharge.objects.filter(
            pk=charge_id, top_up__wallet__billing_account__merchant_id=store_of(request).merchant_id
        )
        charge = found.select_related("top_up").first()
    if charge is None:
        raise InvoiceMissing
    context = account_context(
        request,
        "account:wallet",
        charge=charge,
        top_up=charge.top_up,
        is_waiting=charge.top_up.state == TopUpState.PENDING,
        is_over=clock.now() >= charge.expires_at,
        qr=segno.make(charge.qr, error="m").svg_data_uri(scale=6, border=2) if charge.qr else "",
        crumbs=[(_("钱包"), reverse("account:wallet")), (charge.get_way_display(), "")],
    )
    return render(request, "account/prepay_pay.html", context)
