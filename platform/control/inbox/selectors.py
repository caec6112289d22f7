"""Which outside events still need somebody to act on them."""

from datetime import datetime, timedelta
from uuid import UUID

from control.inbox.models import EventState, OutsideEvent

SETTLES_BY_ITSELF = timedelta(seconds=30)  # the task queued on arrival should have run by then
_MOST_AT_ONCE = 500
_LONGEST_PAUSE = 10  # doublings of a minute: about seventeen hours


def events_to_retry(*, provider: str, now: datetime) -> list[UUID]:
    """List a provider's open events whose time to be tried again has come, oldest first.

    One never acted on is due after half a minute; a failed one after 1, 2, 4, 8 ... minutes since it arrived.
    """
    open_events = OutsideEvent.objects.filter(
        provider=provider,
        state__in=[EventState.RECEIVED, EventState.FAILED],
        received_at__lte=now - SETTLES_BY_ITSELF,
    )
    oldest = open_events.order_by("received_at").values_list("pk", "received_at", "tries")[:_MOST_AT_ONCE]
    return [pk for pk, received_at, tries in oldest if now >= received_at + _pause(tries)]


def _pause(tries: int) -> timedelta:
    return timedelta(minutes=2 ** min(tries - 1, _LONGEST_PAUSE)) if tries else SETTLES_BY_ITSELF
