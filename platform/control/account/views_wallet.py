"""The wallet: what is in it and until when, what it paid, filling it by hand and by itself."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.models.wallet import TopUpMethod, TopUpState
from billing.selectors import card_in_use
from billing.services.charge_top_up import charge_top_up
from billing.services.open_top_up import LEAST_MINOR, MOST_MINOR, open_top_up
from billing.services.set_wallet_rules import set_wallet_rules
from control.account.desk import account_context, is_owner, owners_only, store_of
from control.account.selectors import payer_of
from control.account.sheets import wallet_head, wallet_rows
from control.account.wallet import WalletShown, read_wallet
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.gateway.declines import explain_decline
from kit.ids import new_id
from kit.tenancy import in_control
from kit.web.answers import done
from kit.web.downloads import csv_download, xlsx_download
from kit.web.forms import MoneyField
from kit.web.lists import Column
from kit.web.refusals import STATUS, tell_form

LOT_COLUMNS = [
    Column(gettext_lazy("资金")),
    Column(gettext_lazy("入账时间"), align="num"),
    Column(gettext_lazy("原金额"), align="num"),
    Column(gettext_lazy("剩余"), align="num"),
    Column(gettext_lazy("到期"), align="num"),
]
USE_COLUMNS = [
    Column(gettext_lazy("时间"), align="num"),
    Column(gettext_lazy("账单号")),
    Column(gettext_lazy("资金")),
    Column(gettext_lazy("金额"), align="num"),
]


class TopUpForm(forms.Form):
    """How much to pay in; the key makes a double click pay once."""

    amount = MoneyField(
        label=gettext_lazy("充值金额"),
        least_minor=LEAST_MINOR,
        most_minor=MOST_MINOR,
        error_messages={"required": gettext_lazy("请填写充值金额。")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class RulesForm(forms.Form):
    """When the wallet fills itself and when it warns; empty is off."""

    auto_below = MoneyField(label=gettext_lazy("余额低于"), required=False, most_minor=MOST_MINOR)
    auto_amount = MoneyField(
        label=gettext_lazy("自动充值"), required=False, least_minor=LEAST_MINOR, most_minor=MOST_MINOR
    )
    alert_below = MoneyField(label=gettext_lazy("余额低于多少时发邮件提醒"), required=False, most_minor=MOST_MINOR)


@require_safe
@staff_only
def wallet(request: HttpRequest) -> HttpResponse:
    """Show the wallet."""
    return _page(request)


@require_POST
@staff_only
@owners_only
def top_up(request: HttpRequest) -> HttpResponse:
    """Charge the saved card for the wallet."""
    form, now = TopUpForm(request.POST), clock.now()
    if not form.is_valid():
        return _page(request, top_up=form, status=422)
    try:
        with in_control():
            opened = open_top_up(
                merchant_id=store_of(request).merchant_id,
                amount_minor=form.cleaned_data["amount"],
                method=TopUpMethod.CARD,
                key=form.cleaned_data["key"],
                actor=_by(request),
                now=now,
            )
            charged = charge_top_up(top_up_id=opened.pk, now=now)
    except Refused as refusal:
        tell_form(form, refusal)
        return _page(request, top_up=form, status=STATUS[refusal.kind])
    if charged.state == TopUpState.FAILED:
        why = explain_decline(decline_code=charged.failure_code)
        return done(request, to=reverse("account:wallet"), sentence=_("没有扣成功：%(why)s") % {"why": why})
    return done(request, to=reverse("account:wallet"), sentence=_("正在充值，通常几秒内到账。"))


@require_POST
@staff_only
@owners_only
def rules(request: HttpRequest) -> HttpResponse:
    """Set automatic top-up and the low-balance letter."""
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, rules=form, status=422)
    wanted = form.cleaned_data
    try:
        with in_control():
            set_wallet_rules(
                merchant_id=store_of(request).merchant_id,
                auto_below_minor=wanted["auto_below"],
                auto_amount_minor=wanted["auto_amount"],
                alert_below_minor=wanted["alert_below"],
                actor=_by(request),
                now=clock.now(),
            )
    except Refused as refusal:
        tell_form(form, refusal)
        return _page(request, rules=form, status=STATUS[refusal.kind])
    return done(request, to=reverse("account:wallet"), sentence=_("已保存"))


@require_safe
@staff_only
def download(request: HttpRequest) -> HttpResponse:
    """Hand out every movement of the wallet as a file."""
    store = store_of(request)
    rows = wallet_rows(store, payer_of(store).currency)
    if request.GET.get("format") == "xlsx":
        return xlsx_download(name="wallet", sheet=_("钱包"), head=wallet_head(), rows=rows)
    return csv_download(name="wallet", head=wallet_head(), rows=rows)


def _page(
    request: HttpRequest, *, top_up: TopUpForm | None = None, rules: RulesForm | None = None, status: int = 200
) -> HttpResponse:
    payer = payer_of(store_of(request))
    with in_control():
        shown = read_wallet(payer)
        card = card_in_use(billing_account=payer)
    context: dict[str, Any] = account_context(
        request,
        "account:wallet",
        shown=shown,
        card=card,
        currency=payer.currency,
        top_up=top_up or TopUpForm(initial={"key": new_id()}),
        rules=rules or _rules(shown),
        lot_columns=LOT_COLUMNS,
        use_columns=USE_COLUMNS,
        may_pay=is_owner(request),
    )
    return render(request, "account/wallet.html", context, status=status)


def _rules(shown: WalletShown) -> RulesForm:
    kept = shown.wallet
    if kept is None:
        return RulesForm()
    return RulesForm(
        initial={
            "auto_below": kept.auto_below_minor,
            "auto_amount": kept.auto_amount_minor,
            "alert_below": kept.alert_below_minor,
        }
    )


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
