"""A merchant's wallet at the operator's desk: balance, gifts, who approves them."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.services.grant_promo import ALONE_MINOR, MOST_MINOR, approve_grant, grant_promo, withdraw_grant
from control.console import money_selectors, selectors
from control.console.desk import console_context
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.web.answers import done
from kit.web.forms import MoneyField
from kit.web.refusals import STATUS, tell_form


class GrantForm(forms.Form):
    """How much, until when, and why."""

    amount = MoneyField(
        label=gettext_lazy("赠送金额"),
        least_minor=1,
        most_minor=MOST_MINOR,
        error_messages={"required": gettext_lazy("请填写赠送金额。")},
    )
    last_day = forms.DateField(
        label=gettext_lazy("用到哪天"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("当天结束后作废，不填就不过期。"),
        error_messages={"invalid": gettext_lazy("请选择日期。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=200, error_messages={"required": gettext_lazy("请写明原因。")}
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@operator_only
def wallet(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Show a merchant's wallet, and give."""
    shown = money_selectors.wallet_of(merchant_id)
    form = GrantForm(request.POST or None, initial={"key": new_id()})
    status = 200
    if form.is_bound and form.is_valid():
        last_day = form.cleaned_data["last_day"]
        zone = shown.payer.zone
        expires_at = datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=zone) if last_day else None
        try:
            grant = grant_promo(
                merchant_id=merchant_id,
                amount_minor=form.cleaned_data["amount"],
                expires_at=expires_at,
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                by=_by(request),
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
        else:
            told = _("已赠送。") if grant.granted_at else _("已提交，请另一位运营人员批准。")
            return done(request, to=_here(merchant_id), sentence=told)
    elif form.is_bound:
        status = 422
    merchant = selectors.merchant_with_id(merchant_id)
    context = console_context(
        request,
        merchant=merchant,
        shown=shown,
        form=form,
        alone=ALONE_MINOR,
        me=_by(request),
        crumbs=[(merchant.name, reverse("console:store", args=[merchant_id])), (_("钱包"), "")],
    )
    return render(request, "console/wallet.html", context, status=status)


@require_POST
@operator_only
def approve(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Approve what another operator asked for."""
    grant = approve_grant(grant_id=money_selectors.grant_with_id(grant_id).pk, by=_by(request), now=clock.now())
    return done(request, to=_here(money_selectors.merchant_of(grant)), sentence=_("已赠送。"))


@require_POST
@operator_only
def withdraw(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Take a request back."""
    grant = withdraw_grant(grant_id=money_selectors.grant_with_id(grant_id).pk, by=_by(request), now=clock.now())
    return done(request, to=_here(money_selectors.merchant_of(grant)), sentence=_("申请已撤回。"))


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]


def _here(merchant_id: UUID) -> str:
    return reverse("console:wallet", args=[merchant_id])
