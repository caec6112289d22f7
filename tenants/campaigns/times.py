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
