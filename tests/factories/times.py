"""The moment at which the tests' shops are open."""

from datetime import UTC, date, datetime, timedelta

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, noon in Shanghai
TOMORROW = date(2026, 11, 21)


def later(**length: float) -> datetime:
    """Say what time it is so long after ``NOW``: ``later(minutes=16)``."""
    return NOW + timedelta(**length)
