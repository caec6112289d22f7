"""Days, months and periods as a payer's clock on the wall shows them. Pure.

Period k runs from ``anchor + k months`` to ``anchor + (k+1) months``, each clamped to its month's end and always
counted from the anchor, so that an anchor on the 31st comes back to the 31st. All ends are exclusive.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days [starts_on, ends_on)."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """How many days it has: the denominator of every proration in it."""
        return (self.ends_on - self.starts_on).days

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The instant it begins, in UTC."""
        return midnight(self.starts_on, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The instant it is over, in UTC."""
        return midnight(self.ends_on, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the local day an instant falls on."""
    return moment.astimezone(zone).date()


def next_midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the local day after an instant begins, in UTC."""
    return midnight(local_day(moment, zone) + timedelta(days=1), zone)


def first_whole_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the first local day that begins at or after an instant (a trial is rounded up to midnight)."""
    day = local_day(moment, zone)
    return day if midnight(day, zone) == moment else day + timedelta(days=1)


def add_months(anchor: date, months: int) -> date:
    """Return the same day of a later month, clamped to that month's end."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def period_number(anchor: date, number: int, *, months: int) -> Period:
    """Return the n-th period (from 0) of ``months`` months since the anchor."""
    return Period(add_months(anchor, number * months), add_months(anchor, (number + 1) * months))


def period_holding(anchor: date, day: date, *, months: int) -> Period:
    """Return the period of ``months`` months since the anchor that a day falls in (before the anchor too)."""
    number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
    while day < add_months(anchor, number * months):
        number -= 1
    while day >= add_months(anchor, (number + 1) * months):
        number += 1
    return period_number(anchor, number, months=months)


def is_boundary(anchor: date, day: date, *, months: int) -> bool:
    """Say whether a period of ``months`` months since the anchor begins on this day."""
    return period_holding(anchor, day, months=months).starts_on == day
