"""Money back of what a merchant prepaid by WeChat Pay or Alipay: asked for here, approved by somebody else."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.models.prepay import PrepayRefund
from billing.papers import LANGUAGES
from billing.refund_papers import prepay_refund_paper
from billing.services.refund_prepay import approve_prepay_refund, request_prepay_refund, withdraw_prepay_refund
from control.console import money_selectors
from control.console.desk import console_context
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.web.answers import done
from kit.web.forms import MoneyField
from kit.web.refusals import STATUS, tell_form


class RefundForm(forms.Form):
    """How much goes back, and why: the payer reads it in the company's app."""

    amount = MoneyField(
        label=gettext_lazy("退回金额"), least_minor=1, error_messages={"required": gettext_lazy("请填写退回金额。")}
    )
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=80,
        help_text=gettext_lazy("付款人在微信或支付宝里能看到。"),
        error_messages={"required": gettext_lazy("请写明原因。")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@operator_only
def new(request: HttpRequest, charge_id: UUID) -> HttpResponse:
    """Ask for prepaid money to go back."""
    prepaid = money_selectors.prepaid_with_id(charge_id)
    merchant = prepaid.charge.top_up.wallet.billing_account.merchant
    form = RefundForm(request.POST or None, initial={"key": new_id(), "amount": prepaid.left_minor})
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            request_prepay_refund(
                charge_id=charge_id,
                amount_minor=typed["amount"],
                reason=typed["reason"],
                key=typed["key"],
                by=_by(request),
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
        else:
            return done(request, to=_here(merchant.pk), sentence=_("已提交，请另一位运营人员批准。"))
    crumbs = [(merchant.name, reverse("console:store", args=[merchant.pk])), (_("钱包"), _here(merchant.pk))]
    context = console_context(
        request, form=form, prepaid=prepaid, merchant=merchant, crumbs=[*crumbs, (_("原路退回充值"), "")]
    )
    return render(request, "console/prepay_refund.html", context, status=status)


@require_POST
@operator_only
def approve(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Approve what another operator asked for."""
    refund = money_selectors.prepay_refund_with_id(refund_id)
    approve_prepay_refund(refund_id=refund.pk, by=_by(request), now=clock.now())
    return done(request, to=_of(refund), sentence=_("已批准，钱会原路退回，结果在这里更新。"))


@require_POST
@operator_only
def withdraw(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Take a request back."""
    refund = money_selectors.prepay_refund_with_id(refund_id)
    withdraw_prepay_refund(refund_id=refund.pk, by=_by(request), now=clock.now())
    return done(request, to=_of(refund), sentence=_("申请已撤回。"))


@require_safe
@operator_only
def paper(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Hand out the paper of a refund."""
    refund = money_selectors.prepay_refund_with_id(refund_id)
    if refund.number is None:
        raise money_selectors.NotInConsole
    usual = "en" if get_language() == "en" else "zh"
    asked = request.GET.get("lang", usual)
    printed = prepay_refund_paper(refund=refund, language=asked if asked in LANGUAGES else usual)
    answer = HttpResponse(printed, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{refund.number}.pdf"'
    return answer


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _here(merchant_id: UUID) -> str:
    return reverse("console:wallet", args=[merchant_id])


def _of(refund: PrepayRefund) -> str:
    return _here(refund.charge.top_up.wallet.billing_account.merchant_id)
