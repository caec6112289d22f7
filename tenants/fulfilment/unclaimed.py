"""When a pickup day is over. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_ENDS = time(20)  # points close about then; a message an hour later in the night would wake people


def evening_of(day: date, *, zone: str) -> datetime:
    """Say when a pickup day ended in the store's city."""
    return datetime.combine(day, DAY_ENDS, tzinfo=ZoneInfo(zone))


def last_day_over(*, now: datetime, hours: int, zone: str) -> date:
    """Say the latest pickup day that ended so many hours ago or earlier."""
    local = (now - timedelta(hours=hours)).astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= DAY_ENDS else local.date() - timedelta(days=1)
