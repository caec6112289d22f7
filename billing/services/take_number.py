"""The next number of a series, without gaps."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kit.ids import new_id
from kit.tenancy.sql import run

OUR_ZONE = ZoneInfo("Asia/Shanghai")  # our own seat: the year in a number is ours
_NEXT = """
INSERT INTO billing_numbersequence (id, scope, last) VALUES (%s, %s, 1)
ON CONFLICT (scope) DO UPDATE SET last = billing_numbersequence.last + 1 RETURNING last
"""


def take_number(*, series: str, prefix: str, at: datetime) -> str:
    """Take the next number of a year's series, in the caller's transaction: ``LL2026-000001``.

    The row stays locked until commit: two at once wait for each other, and a rollback gives its number back.
    """
    year = at.astimezone(OUR_ZONE).year
    last = run(_NEXT, [new_id(), f"{series}:{year}"])[0]["last"]
    return f"{prefix}{year}-{last:06d}"
