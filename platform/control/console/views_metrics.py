"""The platform's figures: recurring revenue and what moves it, who stays, what is traded and what is owed."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from billing.recurring import Move
from control.console import figures
from control.console.desk import console_context
from control.console.forms_figures import StretchForm
from control.people.doors import operator_only
from kit import clock
from kit.web.charts import Chart, Series
from kit.web.downloads import csv_download, major
from kit.web.format import percent, signed_money
from kit.web.lists import Column, page_of
from kit.web.xlsx import Cell

MOVE_COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("变动")),
    Column(gettext_lazy("变动前"), align="num"),
    Column(gettext_lazy("变动后"), align="num"),
    Column(gettext_lazy("影响"), align="num"),
    Column(gettext_lazy("日期"), align="num"),
]
FAILURE_COLUMNS = [
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("次数"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
]
AGING_COLUMNS = [
    Column(gettext_lazy("逾期天数")),
    Column(gettext_lazy("账单"), align="num"),
    Column(gettext_lazy("待收"), align="num"),
]
COHORT_MONTHS = 12
_MOVEMENTS = (
    (Move.NEW, "new_minor"),
    (Move.REACTIVATION, "reactivation_minor"),
    (Move.EXPANSION, "expansion_minor"),
    (Move.CONTRACTION, "contraction_minor"),
    (Move.CHURN, "churn_minor"),
)


def _asked(request: HttpRequest) -> StretchForm:
    return StretchForm(request.GET, now=clock.now(), currencies=figures.currencies())


@require_safe
@operator_only
def recurring(request: HttpRequest) -> HttpResponse:
    """Show recurring revenue, what moved it, and who did."""
    asked, now = _asked(request), clock.now()
    days = figures.figures_of(asked.stretch, currency=asked.money, now=now)
    before = figures.figures_of(asked.compared, currency=asked.money, now=now) if asked.compared else []
    shown, total = figures.grouped(days, asked.stretch), figures.total_of(days)
    trials = figures.trials_of(asked.stretch, currency=asked.money)
    context = console_context(
        request,
        asked=asked,
        total=total,
        loss=figures.loss_of(total),
        trials=trials,
        trials_said=_("试用 %(begun)s 家，付费 %(paid)s 家") % {"begun": trials.begun, "paid": trials.converted},
        moved_said=_against(total.recurring_minor, figures.total_of(before).recurring_minor, asked),
        recurring_chart=_compared_chart("line", shown, before, asked, "recurring_minor", _("月经常收入")),
        movement_chart=Chart(
            "bar",
            [each.label for each in shown],
            [Series(move.label, [getattr(each, name) for each in shown]) for move, name in _MOVEMENTS],
            currency=asked.money,
        ),
        movements=[(move.label, getattr(total, name)) for move, name in _MOVEMENTS],
        rows=page_of(figures.moves_in(asked.stretch, currency=asked.money, now=now), request.GET),
        columns=MOVE_COLUMNS,
        query=request.GET.urlencode(),
    )
    return render(request, "console/metrics.html", context)


def _against(after: int, before: int, asked: StretchForm) -> str:
    if asked.compared is None:
        return ""
    return _("较对比期 %(change)s") % {"change": signed_money(after - before, asked.money)}


def _compared_chart(
    kind: str,
    shown: Sequence[figures.Figures],
    before: Sequence[figures.Figures],
    asked: StretchForm,
    name: str,
    title: str,
) -> Chart:
    series = [Series(title, [getattr(each, name) for each in shown])]
    if asked.compared is not None:
        then = [getattr(each, name) for each in figures.grouped(before, asked.compared)]
        padded = [*then, *[None] * len(shown)][: len(shown)]
        series.append(Series(_("%(what)s（对比期）") % {"what": title}, padded))
    return Chart("line" if kind == "line" else "bar", [each.label for each in shown], series, currency=asked.money)


@require_safe
@operator_only
def recurring_file(request: HttpRequest) -> HttpResponse:
    """Hand out recurring revenue and its movements by the day."""
    asked = _asked(request)
    days = figures.figures_of(asked.stretch, currency=asked.money, now=clock.now())
    head = [_("日期"), _("币种"), _("月经常收入"), _("付费商家"), _("付费店铺")]
    head += [str(move.label) for move, _name in _MOVEMENTS]
    rows: list[list[Cell]] = [
        [
            f"{day}",
            asked.money,
            major(each.recurring_minor, asked.money),
            each.payers,
            each.stores,
            *(major(getattr(each, name), asked.money) for _move, name in _MOVEMENTS),
        ]
        for day, each in zip(asked.stretch.all_days(), days, strict=False)
    ]
    return csv_download(name=_name_of("recurring", asked), head=head, rows=rows)


@require_safe
@operator_only
def moves_file(request: HttpRequest) -> HttpResponse:
    """Hand out every account's movement of the stretch."""
    asked = _asked(request)
    head = [_("日期"), _("店铺"), _("网址"), _("变动"), _("变动前"), _("变动后"), _("影响")]
    rows: list[list[Cell]] = [
        [
            f"{each.move.day}",
            each.account.merchant.name,
            each.account.merchant.slug,
            str(each.move.kind.label),
            *(major(minor, asked.money) for minor in (each.move.before_minor, each.move.after_minor, each.move.minor)),
        ]
        for each in figures.moves_in(asked.stretch, currency=asked.money, now=clock.now())
    ]
    return csv_download(name=_name_of("movements", asked), head=head, rows=rows)


@require_safe
@operator_only
def cohorts(request: HttpRequest) -> HttpResponse:
    """Show how much of each month's newcomers is still there, month after month."""
    asked = _asked(request)
    rows = figures.cohorts_of(months=COHORT_MONTHS, currency=asked.money, now=clock.now())
    while rows and not rows[0].payers:  # nothing to say of the months before the first payer
        rows = rows[1:]
    by_revenue = request.GET.get("by") == "revenue"
    context = console_context(
        request,
        asked=asked,
        rows=rows,
        by_revenue=by_revenue,
        ages=range(len(rows)),
        lines=[
            (row, [_cell_said(cell, by_revenue=by_revenue) for cell in row.cells] + [""] * (len(rows) - len(row.cells)))
            for row in rows
        ],
    )
    return render(request, "console/metrics_cohorts.html", context)


def _cell_said(cell: figures.CohortCell, *, by_revenue: bool) -> str:
    return percent(cell.revenue_ppm if by_revenue else cell.payers_ppm)


@require_safe
@operator_only
def cohorts_file(request: HttpRequest) -> HttpResponse:
    """Hand out the cohorts, payers and revenue in one table."""
    asked = _asked(request)
    head = [_("首次付费月份"), _("第几个月"), _("付费店铺"), _("店铺留存"), _("收入留存")]
    rows: list[list[Cell]] = [
        [f"{row.month:%Y-%m}", age, cell.payers, percent(cell.payers_ppm), percent(cell.revenue_ppm)]
        for row in figures.cohorts_of(months=COHORT_MONTHS, currency=asked.money, now=clock.now())
        for age, cell in enumerate(row.cells)
    ]
    return csv_download(name=_name_of("cohorts", asked), head=head, rows=rows)


@require_safe
@operator_only
def trade(request: HttpRequest) -> HttpResponse:
    """Show volume, fees and take rate, what is owed by age, and charges that failed."""
    asked, now = _asked(request), clock.now()
    days = figures.figures_of(asked.stretch, currency=asked.money, now=now)
    before = figures.figures_of(asked.compared, currency=asked.money, now=now) if asked.compared else []
    shown, total, then = figures.grouped(days, asked.stretch), figures.total_of(days), figures.total_of(before)
    buckets = figures.aging(currency=asked.money, now=now)
    failures = figures.failures_of(asked.stretch, currency=asked.money)
    context = console_context(
        request,
        asked=asked,
        total=total,
        gmv_said=_against(total.gmv_minor, then.gmv_minor, asked),
        fee_said=_against(total.fee_minor, then.fee_minor, asked),
        gmv_chart=_compared_chart("line", shown, before, asked, "gmv_minor", _("成交额")),
        fee_chart=_compared_chart("bar", shown, before, asked, "fee_minor", _("交易服务费")),
        take_chart=Chart(
            "line", [each.label for each in shown], [Series(_("每万元收取"), _takes(shown))], currency=asked.money
        ),
        aging_chart=Chart(
            "bars",
            [_days_said(each) for each in buckets],
            [Series(_("待收"), [each.due_minor for each in buckets])],
            currency=asked.money,
        ),
        buckets=[(_days_said(each), each) for each in buckets],
        due_minor=sum(each.due_minor for each in buckets),
        overdue_minor=sum(each.due_minor for each in buckets[1:]),
        failures=failures,
        failed_said=ngettext("%(n)s 次", "%(n)s 次", sum(each.tries for each in failures))
        % {"n": sum(each.tries for each in failures)},
        failed_minor=sum(each.amount_minor for each in failures),
        aging_columns=AGING_COLUMNS,
        failure_columns=FAILURE_COLUMNS,
        query=request.GET.urlencode(),
    )
    return render(request, "console/metrics_trade.html", context)


def _takes(shown: Sequence[figures.Figures]) -> list[int | None]:
    """Fees of ten thousand yuan traded: parts per million happen to be fen of that."""
    return [each.take_ppm for each in shown]


def _days_said(bucket: figures.Bucket) -> str:
    if bucket.until is None:
        return _("%(n)s 天以上") % {"n": bucket.since - 1}
    return _("%(from)s–%(to)s 天") % {"from": bucket.since, "to": bucket.until} if bucket.until else _("未逾期")


@require_safe
@operator_only
def trade_file(request: HttpRequest) -> HttpResponse:
    """Hand out volume and fees by the day."""
    asked = _asked(request)
    days = figures.figures_of(asked.stretch, currency=asked.money, now=clock.now())
    head = [_("日期"), _("币种"), _("订单数"), _("成交额"), _("交易服务费"), _("费率")]
    rows: list[list[Cell]] = [
        [
            f"{day}",
            asked.money,
            each.orders,
            major(each.gmv_minor, asked.money),
            major(each.fee_minor, asked.money),
            percent(each.take_ppm),
        ]
        for day, each in zip(asked.stretch.all_days(), days, strict=False)
    ]
    return csv_download(name=_name_of("trade", asked), head=head, rows=rows)


@require_safe
@operator_only
def aging_file(request: HttpRequest) -> HttpResponse:
    """Hand out what is owed by age."""
    asked = _asked(request)
    rows: list[list[Cell]] = [
        [_days_said(each), each.invoices, major(each.due_minor, asked.money)]
        for each in figures.aging(currency=asked.money, now=clock.now())
    ]
    return csv_download(
        name=f"aging-{asked.today}-{asked.money}", head=[_("逾期天数"), _("账单"), _("待收")], rows=rows
    )


@require_safe
@operator_only
def failures_file(request: HttpRequest) -> HttpResponse:
    """Hand out failed charges by their reason."""
    asked = _asked(request)
    rows: list[list[Cell]] = [
        [each.code, each.tries, major(each.amount_minor, asked.money)]
        for each in figures.failures_of(asked.stretch, currency=asked.money)
    ]
    return csv_download(name=_name_of("failures", asked), head=[_("原因"), _("次数"), _("金额")], rows=rows)


def _name_of(what: str, asked: StretchForm) -> str:
    return f"{what}-{asked.stretch.since}-{asked.stretch.until}-{asked.money}"
