"""Taking in and closing outside events."""

from datetime import datetime
from typing import Any

from django.db import transaction

from control.inbox.models import EventState, OutsideEvent


def accept_event(
    *,
    provider: str,
    account: str,
    event_id: str,
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    object_id: str = "",
    occurred_at: datetime | None = None,
) -> tuple[OutsideEvent, bool]:
    """Store a verified event once; say whether it is new. Repeats return the row that exists."""
    with transaction.atomic():
        return OutsideEvent.objects.get_or_create(
            provider=provider,
            account=account,
            event_id=event_id,
            defaults={
                "kind": kind,
                "payload": payload,
                "object_id": object_id,
                "occurred_at": occurred_at,
                "received_at": now,
            },
        )


def close_event(*, event: OutsideEvent, state: EventState, now: datetime, error: str = "") -> None:
    """Note how acting on an event ended."""
    event.state = state
    event.tries += 1
    event.error = error[:2000]
    event.done_at = now if state in (EventState.DONE, EventState.IGNORED) else None
    event.save(update_fields=["state", "tries", "error", "done_at"])
