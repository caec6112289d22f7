"""Proving the figures that are kept by the day: M1 each is what agreements and fees give when worked out anew."""

from collections.abc import Iterator
from datetime import timedelta

from billing.calendar import midnight
from billing.measures import RECURRING_FIELDS, TRADED_FIELDS, ZONE, Recurring, Traded, recurring_days, traded_days
from billing.models.metrics import MetricDay
from kit.books import Finding


def check_metrics() -> Iterator[Finding]:
    """Work every kept day out again, as of the last measuring; runs in the control plane."""
    rows = list(MetricDay.objects.order_by("day", "currency"))
    if not rows:
        return
    measured_at = max(row.measured_at for row in rows)
    since = midnight(rows[0].day, ZONE)
    until = midnight(rows[-1].day + timedelta(days=1), ZONE)
    recurring = recurring_days(until=until)
    traded = traded_days(since=since, until=until, rated_until=measured_at)
    for row in rows:
        key = row.day, row.currency
        for figures, names in (
            (recurring.get(key, Recurring()), RECURRING_FIELDS),
            (traded.get(key, Traded()), TRADED_FIELDS),
        ):
            for name in names:
                if getattr(row, name) != getattr(figures, name):
                    sentence = f"{name} {getattr(row, name)}, worked out {getattr(figures, name)}"
                    yield Finding("M1", "", f"{row.day} {row.currency}", sentence)
