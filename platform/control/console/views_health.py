"""Which stores do well and which need a call, and everything that happened to one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.console import selectors
from control.console.desk import console_context
from control.console.forms import SearchForm
from control.console.health import HealthLine, health_lines
from control.console.timelines import Timeline
from control.people.doors import operator_only
from kit import clock
from kit.web.downloads import csv_download, major
from kit.web.lists import Column, page_of, state_tabs
from kit.web.xlsx import Cell

COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("健康分"), align="num"),
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("月经常收入"), align="num"),
    Column(gettext_lazy("近 30 天成交"), align="num"),
    Column(gettext_lazy("状态")),
]
BANDS = [
    ("", gettext_lazy("全部")),
    ("bad", gettext_lazy("危险")),
    ("warn", gettext_lazy("留意")),
    ("good", gettext_lazy("健康")),
]
_PAGE = 30


@require_safe
@operator_only
def health(request: HttpRequest) -> HttpResponse:
    """List the stores by how well they do, the weakest first."""
    filters = SearchForm(request.GET, says=_("店名或网址"))
    found = [line for line in health_lines(now=clock.now()) if _matches(line, filters.query)]
    band = request.GET.get("state", "")
    shown = [line for line in found if line.health.tone == band] if band else found
    counts = {code: sum(1 for line in found if line.health.tone == code) for code, _label in BANDS[1:]}
    context = console_context(
        request,
        rows=page_of(shown, request.GET),
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(filters.query or band),
        tabs=state_tabs(request.GET, states=BANDS, counts={"": len(found), **counts}),
    )
    return render(request, "console/metrics_health.html", context)


def _matches(line: HealthLine, query: str) -> bool:
    return query.lower() in f"{line.merchant.name} {line.merchant.slug}".lower()


@require_safe
@operator_only
def health_file(request: HttpRequest) -> HttpResponse:
    """Hand out every store's score with its reasons."""
    head = [_("店铺"), _("网址"), _("健康分"), _("原因"), _("月经常收入"), _("币种")]
    rows: list[list[Cell]] = [
        [
            line.merchant.name,
            line.merchant.slug,
            line.health.score,
            "; ".join(reason.sentence for reason in line.health.reasons),
            major(line.recurring_minor, line.merchant.currency),
            line.merchant.currency,
        ]
        for line in health_lines(now=clock.now())
    ]
    return csv_download(name="health", head=head, rows=rows)


@require_safe
@operator_only
def timeline(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Show everything that happened to a store, with its score on top."""
    merchant = selectors.merchant_with_id(merchant_id)
    lines = health_lines(now=clock.now(), merchant_ids=[merchant.pk])
    address = reverse("console:store", args=[merchant.pk])
    context = console_context(
        request,
        merchant=merchant,
        line=lines[0] if lines else None,
        rows=page_of(Timeline(merchant), request.GET, size=_PAGE),
        crumbs=[(_("店铺"), reverse("console:stores")), (merchant.name, address), (_("时间线"), "")],
    )
    return render(request, "console/timeline.html", context)
