"""Plan and use, the range to choose from, and the choice with its exact amount."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.models.catalogue import Feature, Interval, Limit, PriceVersion
from billing.selectors import prices_on_sale
from billing.telling import history_of, range_of_add_ons
from control.account.desk import account_context, store_of
from control.account.selectors import standing_of
from control.people.doors import staff_only
from kit import clock
from kit.tenancy import in_control
from kit.web.format import number
from kit.web.lists import Tab, address


@require_safe
@staff_only
def plan(request: HttpRequest) -> HttpResponse:
    """Show the plan, how much of it is used, and what the next invoice will be."""
    now, store = clock.now(), store_of(request)
    standing = standing_of(store, now)
    context = account_context(
        request,
        "account:plan",
        standing=standing,
        add_ons=range_of_add_ons(standing.subscription, standing.phase, now),
        history=history_of(standing.subscription, now),
    )
    return render(request, "account/plan.html", context)


@require_safe
@staff_only
def plans(request: HttpRequest) -> HttpResponse:
    """Compare what is on sale, monthly or yearly."""
    now, store = clock.now(), store_of(request)
    interval = request.GET.get("interval", Interval.MONTH)
    standing = standing_of(store, now)
    with in_control():
        prices = [price for price in prices_on_sale(now=now, currency=store.currency) if price.interval == interval]
    tabs = [
        Tab(label, address(request.GET, interval=code), is_current=code == interval) for code, label in Interval.choices
    ]
    context = account_context(
        request,
        "account:plan",
        standing=standing,
        prices=prices,
        said=_said_of(prices),
        intervals=tabs,
        limits=[(price.pk, _limits_of(price)) for price in prices],
    )
    return render(request, "account/plans.html", context)


def _said_of(prices: Sequence[PriceVersion]) -> str:
    if all(price.tax_inclusive for price in prices):
        return _("价格含税。服务费按顾客实际付款的金额收，退款同比例退回。")
    return _("写着“另加税”的，套餐费和服务费都不含税。服务费按顾客实际付款的金额收，退款同比例退回。")


def _limits_of(price: Any) -> list[tuple[Any, str]]:
    written = [(what.label, price.limits.get(what.value)) for what in Limit]
    return [
        *((label, _("不限") if limit is None else number(limit)) for label, limit in written),
        *((feature.label, _("有") if feature.value in price.features else "–") for feature in Feature),
    ]
