"""Revenue by the day: what is deferred, what each month earned, what the months to come will."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.console.desk import console_context
from control.console.selectors_revenue import (
    RevenueAhead,
    RevenueMonth,
    currencies_deferred,
    revenue_ahead,
    revenue_months,
)
from control.people.doors import operator_only
from kit import clock
from kit.web.charts import Chart, Series
from kit.web.downloads import csv_download, major, xlsx_download
from kit.web.lists import Column, state_tabs
from kit.web.xlsx import Cell

PAST_COLUMNS = [
    Column(gettext_lazy("月份")),
    Column(gettext_lazy("期初预收"), align="num"),
    Column(gettext_lazy("新增预收"), align="num"),
    Column(gettext_lazy("确认收入"), align="num"),
    Column(gettext_lazy("退回"), align="num"),
    Column(gettext_lazy("期末预收"), align="num"),
]
AHEAD_COLUMNS = [
    Column(gettext_lazy("月份")),
    Column(gettext_lazy("将确认收入"), align="num"),
    Column(gettext_lazy("剩余预收"), align="num"),
]


@require_safe
@operator_only
def revenue(request: HttpRequest) -> HttpResponse:
    """Show the months that were, out of the books, and those to come, out of what is paid already."""
    now = clock.now()
    currencies = currencies_deferred()
    currency = _currency(request, currencies)
    past, ahead = revenue_months(currency=currency), revenue_ahead(currency=currency, now=now)
    shown = past[-12:]
    chart = Chart(
        "bars",
        [each.month.strftime("%Y-%m") for each in shown],
        [
            Series(_("确认收入"), [each.earned_minor for each in shown]),
            Series(_("期末预收"), [each.closing_minor for each in shown]),
        ],
        currency=currency,
    )
    context = console_context(
        request,
        past=list(reversed(past)),
        ahead=[each for each in ahead if each.earned_minor or each.left_minor],
        currency=currency,
        deferred_minor=past[-1].closing_minor if past else 0,
        earned_minor=past[-1].earned_minor if past else 0,
        chart=chart if shown else None,
        past_columns=PAST_COLUMNS,
        ahead_columns=AHEAD_COLUMNS,
        tabs=_tabs(request, currencies),
    )
    return render(request, "console/revenue.html", context)


@require_safe
@operator_only
def download(request: HttpRequest) -> HttpResponse:
    """Hand out every month as a file."""
    currency = _currency(request, currencies_deferred())
    rows = _rows(revenue_months(currency=currency), revenue_ahead(currency=currency, now=clock.now()), currency)
    head = [
        _("月份"), _("期初预收"), _("新增预收"), _("确认收入"), _("退回"), _("期末预收"), _("币种"), _("说明"),
    ]  # fmt: skip
    if request.GET.get("format") == "xlsx":
        return xlsx_download(name="revenue", sheet=_("收入确认"), head=head, rows=rows)
    return csv_download(name="revenue", head=head, rows=rows)


def _rows(past: list[RevenueMonth], ahead: list[RevenueAhead], currency: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [
            each.month.strftime("%Y-%m"),
            major(each.opening_minor, currency),
            major(each.added_minor, currency),
            major(each.earned_minor, currency),
            major(each.given_back_minor, currency),
            major(each.closing_minor, currency),
            currency,
            _("已入账"),
        ]
        for each in past
    ]
    rows += [
        [
            each.month.strftime("%Y-%m"),
            major(each.left_minor + each.earned_minor, currency),
            major(0, currency),
            major(each.earned_minor, currency),
            major(0, currency),
            major(each.left_minor, currency),
            currency,
            _("预计"),
        ]
        for each in ahead
        if each.earned_minor or each.left_minor
    ]
    return rows


def _currency(request: HttpRequest, currencies: list[str]) -> str:
    wanted = request.GET.get("state", "")
    if wanted in currencies:
        return wanted
    return "CNY" if "CNY" in currencies or not currencies else currencies[0]


def _tabs(request: HttpRequest, currencies: list[str]) -> list[object]:
    if len(currencies) < 2:
        return []
    states = [(currency, currency) for currency in currencies]
    return list(state_tabs(request.GET, states=states, counts=dict.fromkeys(currencies, 0)))
