"""What a shopkeeper most likely means by "today's group buy". Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CUTOFF = time(23, 0)  # the hour at which community group buying usually cuts off
# Who ordered before the cut-off may still pay for so long after it (market-and-domain.md C4)
GRACE = timedelta(minutes=2)
_SHORTEST = timedelta(hours=1)


@dataclass(frozen=True)
class CampaignTimes:
    """When it opens, when it is over, and the day of pickup."""

    opens_at: datetime
    cutoff_at: datetime
    pickup_date: date


def usual_times(*, now: datetime, timezone: str) -> CampaignTimes:
    """Suggest from now until tonight at eleven, or tomorrow's eleven when tonight's is near; pickup the day after."""
    here = now.astimezone(ZoneInfo(timezone)).replace(second=0, microsecond=0)
    cutoff = datetime.combine(here.date(), CUTOFF, here.tzinfo)
    if cutoff - here < _SHORTEST:
        cutoff = datetime.combine(here.date() + timedelta(days=1), CUTOFF, here.tzinfo)
    return CampaignTimes(opens_at=here, cutoff_at=cutoff, pickup_date=cutoff.date() + timedelta(days=1))


def times_on(day: date, *, like: CampaignTimes, timezone: str) -> CampaignTimes:
    """Say the times of a list that opens on another day at the same hours of the wall clock, as long and as early."""
    zone = ZoneInfo(timezone)
    opens, cutoff = like.opens_at.astimezone(zone), like.cutoff_at.astimezone(zone)
    later = day - opens.date()
    return CampaignTimes(
        opens_at=datetime.combine(day, opens.time(), zone),
        cutoff_at=datetime.combine(cutoff.date() + later, cutoff.time(), zone),
        pickup_date=like.pickup_date + later,
    )


def next_weekday(day: date, weekdays: int) -> date:
    """Find the first day after this one that falls on one of these weekdays (a bit each, Monday the first).

    :raises ValueError: there is none among them.
    """
    for step in range(1, 8):
        later = day + timedelta(days=step)
        if weekdays & (1 << later.weekday()):
            return later
    raise ValueError("no weekday is among them")
