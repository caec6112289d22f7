"""The public site's pages: nothing here changes anything."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from billing.estimates import add_ons_on_sale
from billing.models.addons import AddOnPrice
from billing.models.catalogue import Interval
from control.signup.forms import CostForm
from control.signup.offers import city_more, offers, years_with
from kit import clock
from kit.tenancy import in_control


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "signup/home.html")


def features(request: HttpRequest) -> HttpResponse:
    return render(request, "signup/features.html")


def prices(request: HttpRequest) -> HttpResponse:
    """Show the editions and, for the orders and the average order asked about, what a year costs."""
    now = clock.now()
    with in_control():
        on_sale = offers(now=now)
        add_ons = add_ons_on_sale(now=now)
    form = CostForm(request.GET if "orders" in request.GET else CostForm.EXAMPLE)
    context: dict[str, Any] = {"offers": on_sale, "form": form, "years": [], "add_ons": _sold_beside(add_ons)}
    context["has_tax_on_top"] = not all(one.monthly.tax_inclusive and one.yearly.tax_inclusive for one in on_sale)
    context["cities"] = [city_more(offer, add_ons=add_ons) for offer in on_sale]
    if form.is_valid():
        orders, average = form.cleaned_data["orders"], form.cleaned_data["average"]
        context["turnover_minor"] = orders * average
        interval = form.cleaned_data["interval"] or Interval.YEAR
        context["by_year"] = interval == Interval.YEAR
        context["years"] = years_with(
            orders_a_month=orders, average_minor=average, among=on_sale, interval=interval, wanted=form.wanted,
            add_ons=add_ons,
        )  # fmt: skip
    return render(request, "signup/prices.html", context)


def _sold_beside(prices: list[AddOnPrice]) -> list[tuple[AddOnPrice, AddOnPrice]]:
    """Pair the monthly and the yearly price of each add-on that is sold both ways."""
    by_interval = {(price.add_on_id, price.interval): price for price in prices}
    monthly = [price for price in prices if price.interval == Interval.MONTH]
    return [
        (price, by_interval[price.add_on_id, Interval.YEAR])
        for price in monthly
        if (price.add_on_id, Interval.YEAR) in by_interval
    ]


def reading(request: HttpRequest, *, page: str) -> HttpResponse:
    """Show a text that is written whole in each language: help, terms, privacy."""
    language = "en" if get_language() == "en" else "zh"
    return render(request, "signup/reading.html", {"page": page, "words": f"signup/words/{page}.{language}.html"})
