"""Deferred revenue by month: what came in, what was earned, what was given back, what is still to come."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from billing.calendar import add_months, local_day
from billing.models.ledger import Book, LedgerEntry
from billing.models.revenue import LineRevenue
from billing.recognition import delivered

AHEAD = 12


@dataclass(frozen=True)
class RevenueMonth:
    """One month of deferred revenue, in minor units."""

    month: date
    opening_minor: int
    added_minor: int
    earned_minor: int
    given_back_minor: int

    @property
    def closing_minor(self) -> int:
        """What was deferred when it ended."""
        return self.opening_minor + self.added_minor - self.earned_minor - self.given_back_minor


@dataclass(frozen=True)
class RevenueAhead:
    """What a month to come will earn of what is paid already."""

    month: date
    earned_minor: int
    left_minor: int


def currencies_deferred() -> list[str]:
    """List the currencies in which anything was ever deferred."""
    entries = LedgerEntry.objects.filter(ledger_account__book=Book.DEFERRED_REVENUE)
    return sorted(entries.order_by().values_list("currency", flat=True).distinct())


def revenue_months(*, currency: str) -> list[RevenueMonth]:
    """Add up every month there was, out of the books, the oldest first; one query."""
    zone = timezone.get_current_timezone()
    entries = LedgerEntry.objects.filter(ledger_account__book=Book.DEFERRED_REVENUE, currency=currency)
    rows = (
        entries.annotate(month=TruncMonth("transaction__at", tzinfo=zone))
        .order_by("month")
        .values_list("month", "transaction__what")
        .annotate(total=Sum("amount_minor"))
    )
    sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for month, what, total in rows:
        kind = {"invoice.issued": "added", "revenue.day": "earned"}.get(what, "back")
        sums[month.date()][kind] += total
    months: list[RevenueMonth] = []
    opening = 0
    for month in sorted(sums):
        told = sums[month]
        months.append(RevenueMonth(month, opening, -told["added"], told["earned"], told["back"]))
        opening = months[-1].closing_minor
    return months


def revenue_ahead(*, currency: str, now: datetime) -> list[RevenueAhead]:
    """Say what the coming months will earn of what is deferred now: this month's rest first; one query."""
    rows = LineRevenue.objects.filter(is_done=False, billing_account__currency=currency)
    running = list(rows.select_related("billing_account"))
    first = local_day(now, _zone()).replace(day=1)
    ahead = []
    for number in range(AHEAD):
        month = add_months(first, number)
        reached = [_delivered_by(row, add_months(month, 1)) for row in running]
        before = [_delivered_by(row, month) if number else row.delivered_minor for row in running]
        left = sum(row.amount_minor - row.taken_minor for row in running) - sum(reached)
        ahead.append(RevenueAhead(month, sum(reached) - sum(before), left))
    return ahead


def _delivered_by(row: LineRevenue, day: date) -> int:
    """Say what of a line is delivered before a day, from where it stands: what was given back is off already."""
    if day <= row.through:
        return row.delivered_minor
    rest = row.amount_minor - row.taken_minor - row.delivered_minor
    since = max(row.through, row.starts_on)
    return row.delivered_minor + delivered(rest, starts_on=since, ends_on=row.ends_on, through=day)


def _zone() -> ZoneInfo:
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    return zone
