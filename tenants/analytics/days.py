"""A store's days. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Day:
    """One day of the store's own calendar; ``ends_at`` is exclusive."""

    date: date
    starts_at: datetime
    ends_at: datetime


def day_at(*, now: datetime, timezone: str, back: int = 0) -> Day:
    """Say which day it is in the store, or was ``back`` days ago. A day may have 23 or 25 hours."""
    zone = ZoneInfo(timezone)
    of_day = now.astimezone(zone).date() - timedelta(days=back)
    return Day(
        date=of_day,
        starts_at=datetime.combine(of_day, time(), zone),
        ends_at=datetime.combine(of_day + timedelta(days=1), time(), zone),
    )
