"""The public site's pages: nothing here changes anything."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from control.signup.forms import CostForm
from control.signup.offers import offers, years_with
from kit import clock
from kit.tenancy import in_control


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "signup/home.html")


def features(request: HttpRequest) -> HttpResponse:
    return render(request, "signup/features.html")


def prices(request: HttpRequest) -> HttpResponse:
    """Show the editions and, for the orders and the average order asked about, what a year costs."""
    with in_control():
        on_sale = offers(now=clock.now())
    form = CostForm(request.GET if "orders" in request.GET else CostForm.EXAMPLE)
    context: dict[str, Any] = {"offers": on_sale, "form": form, "years": []}
    if form.is_valid():
        orders, average = form.cleaned_data["orders"], form.cleaned_data["average"]
        context["turnover_minor"] = orders * average
        context["years"] = years_with(orders_a_month=orders, average_minor=average, among=on_sale)
    return render(request, "signup/prices.html", context)


def reading(request: HttpRequest, *, page: str) -> HttpResponse:
    """Show a text that is written whole in each language: help, terms, privacy."""
    language = "en" if get_language() == "en" else "zh"
    return render(request, "signup/reading.html", {"page": page, "words": f"signup/words/{page}.{language}.html"})
