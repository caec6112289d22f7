"""Keeping the platform's figures of days that are over."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import TruncDate

from billing.calendar import midnight
from billing.measures import (
    RECURRING_FIELDS,
    TRADED_FIELDS,
    ZONE,
    DayKey,
    Recurring,
    Traded,
    days_over,
    measurable_until,
    recurring_days,
    traded_days,
    written,
)
from billing.models.metering import RatedFee
from billing.models.metrics import MetricDay

_MARGIN = timedelta(days=1)  # fees whose transaction ended after the last measuring had begun
_FIELDS = (*RECURRING_FIELDS, *TRADED_FIELDS)
_AT_ONCE = 500


def measure_days(*, now: datetime) -> int:
    """Write down the figures of every day that is over and return how many rows are new or changed. Safe to repeat.

    Days that billing's clock has not reached are left for the next run. What came late changes its own day: agreements
    are worked out from the beginning each time, volume for the days that got a fee since the last run.
    """
    until = measurable_until(now)
    with transaction.atomic(durable=True):
        known = {(row.day, row.currency): row for row in MetricDay.objects.select_for_update()}
        measured_at = max((row.measured_at for row in known.values()), default=None)
        recurring = recurring_days(until=until)
        traded = _traded(known, measured_at, until)
        rows = _rows(known, recurring, traded, until)
        for row in rows:
            row.measured_at = now
        fresh = [row for row in rows if row._state.adding]
        changed = [row for row in rows if not row._state.adding]
        MetricDay.objects.bulk_create(fresh, batch_size=_AT_ONCE)
        MetricDay.objects.bulk_update(changed, [*_FIELDS, "measured_at"], batch_size=_AT_ONCE)
        return len(rows)


def _traded(known: dict[DayKey, MetricDay], measured_at: datetime | None, until: datetime) -> dict[DayKey, Traded]:
    fees = RatedFee.objects.filter(event__occurred_at__lt=until)
    if measured_at is not None:
        not_kept_yet = midnight(max(day for day, _currency in known) + timedelta(days=1), ZONE)
        fees = fees.filter(Q(rated_at__gt=measured_at - _MARGIN) | Q(event__occurred_at__gte=not_kept_yet))
    dirty = set(fees.annotate(day=TruncDate("event__occurred_at", tzinfo=ZONE)).values_list("day", flat=True))
    if not dirty:
        return {}
    found = traded_days(since=midnight(min(dirty), ZONE), until=until, on=dirty)
    over = {day for day in dirty if midnight(day + timedelta(days=1), ZONE) <= until}
    return {(day, currency): traded for (day, currency), traded in found.items() if day in over}


def _rows(
    known: dict[DayKey, MetricDay], recurring: dict[DayKey, Recurring], traded: dict[DayKey, Traded], until: datetime
) -> list[MetricDay]:
    changed = []
    for key in sorted(_keys(known, recurring, traded, until)):
        row = known.get(key) or MetricDay(day=key[0], currency=key[1], **dict.fromkeys(_FIELDS, 0))
        figures = dict(written(recurring.get(key, Recurring()), RECURRING_FIELDS))
        if key in traded:
            figures.update(written(traded[key], TRADED_FIELDS))
        if row._state.adding or any(getattr(row, name) != value for name, value in figures.items()):
            for name, value in figures.items():
                setattr(row, name, value)
            changed.append(row)
    return changed


def _keys(
    known: dict[DayKey, MetricDay], recurring: dict[DayKey, Recurring], traded: dict[DayKey, Traded], until: datetime
) -> set[DayKey]:
    """Every day from a currency's first to the last that is over: no day between has no row."""
    first: dict[str, date] = {}
    for day, currency in (*known, *recurring, *traded):
        first[currency] = min(day, first.get(currency, day))
    return {(day, currency) for currency, since in first.items() for day in days_over(since=since, until=until)}
