"""What nobody asks for any more goes."""

from datetime import datetime, timedelta

from tenants.inventory.selectors import store_day
from tenants.wishes.models import SearchedWords, StockWait

WAITS_KEPT = timedelta(days=90)
WORDS_KEPT = timedelta(days=30)


def tidy_wishes(*, now: datetime) -> None:
    """Delete waits of three months ago, told or not, and the words of a month ago."""
    StockWait.objects.filter(asked_at__lt=now - WAITS_KEPT).delete()
    SearchedWords.objects.filter(day__lt=store_day(now) - WORDS_KEPT).delete()
