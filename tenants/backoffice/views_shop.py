"""店铺设置 and 佣金设置: the shop's own words, the way to it, and what leaders earn."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from control.people.doors import staff_only
from control.support.marks import safe_in_support
from kit import clock
from kit.colors import contrast_with_white
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.refusals import tell_form
from tenants.backoffice.forms_shop import CalculatorForm, RateForm, ShopForm
from tenants.backoffice.roles import NotYourSeat
from tenants.backoffice.shell import CHANGERS, desk_context
from tenants.commissions.rates import amount_of
from tenants.commissions.selectors import store_rate, store_rates
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.content.services import HardToRead, edit_profile, store_profile

_HISTORY = 20
_NEW_STORES_RATE = 80_000  # what the field suggests where no rate was ever set


@safe_in_support
@require_http_methods(["GET", "POST"])
@staff_only
def shop(request: HttpRequest) -> HttpResponse:
    """Show and change the shop's words and colour; show its address as a link and a QR code."""
    profile = store_profile()
    form = ShopForm(request.POST) if request.method == "POST" else ShopForm.of(profile)
    readable = ""
    if request.method == "POST":
        _refuse_clerks(request)
        if form.is_valid():
            try:
                edit_profile(draft=form.draft(), now=clock.now(), by_name=str(request.person))  # type: ignore[attr-defined]
            except Refused as refusal:
                tell_form(form, refusal)
                readable = refusal.facts["readable"] if isinstance(refusal, HardToRead) else ""
            else:
                return done(request, to="/backoffice/shop", sentence=_("店铺信息已保存。"))
    address = request.build_absolute_uri("/m/")
    context = desk_context(
        request,
        form=form,
        readable=readable,
        contrast=f"{contrast_with_white(profile.brand_color):.1f}",
        address=address,
        qr=segno.make(address, error="m").svg_data_uri(scale=6, border=2),
    )
    return (
        again(request, "backoffice/shop.html", context)
        if form.is_bound
        else render(request, "backoffice/shop.html", context)
    )


@require_http_methods(["GET", "POST"])
@staff_only
def commission(request: HttpRequest) -> HttpResponse:
    """Show and set the store's rate, with its history and a calculator."""
    now = clock.now()
    present = store_rate(now=now)
    usual = _NEW_STORES_RATE if present is None else present
    form = RateForm(request.POST if request.method == "POST" else None, initial={"rate": usual})
    if request.method == "POST":
        _refuse_clerks(request)
        if form.is_valid():
            try:
                set_store_rate(rate_ppm=form.cleaned_data["rate"], by_name=str(request.person), now=now)  # type: ignore[attr-defined]
            except Refused as refusal:
                tell_form(form, refusal, names={"rate_ppm": "rate"})
            else:
                return done(
                    request, to="/backoffice/commission", sentence=_("佣金比例已更新，新付款的订单按新比例计算。")
                )
    asked = "sale" in request.GET
    calculator = CalculatorForm(request.GET if asked else None, initial={"at_rate": usual})
    sale, rate = _to_calculate(calculator, asked=asked, usual=usual)
    context = desk_context(
        request,
        form=form,
        present=present,
        rates=store_rates(limit=_HISTORY),
        calculator=calculator,
        sale=sale,
        rate=rate,
        earned=None if sale is None or rate is None else amount_of(base_minor=sale, ppm=rate),
    )
    template = "backoffice/commission.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _refuse_clerks(request: HttpRequest) -> None:
    if request.seat.role not in CHANGERS:  # type: ignore[attr-defined]
        raise NotYourSeat


def _to_calculate(calculator: CalculatorForm, *, asked: bool, usual: int) -> tuple[int | None, int | None]:
    if not asked:
        return int(calculator.fields["sale"].initial), usual
    if not calculator.is_valid():
        return None, None
    return calculator.cleaned_data["sale"], calculator.cleaned_data["at_rate"]
