"""Writing what happened, and the facts that billing collects. Both belong to the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.tenancy.models import ScopedModel
from tenants.journal.models import JournalEntry, OutboxFact


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a member, a leader, a person of the staff, a task of ours, a provider of payments."""

    kind: str
    id: str = ""
    name: str = ""


def record(
    *, what: str, subject: ScopedModel, at: datetime, actor: Actor, reason: str = "", **detail: Any
) -> JournalEntry:
    """Remember one thing that happened to a subject. ``what`` reads "order.placed"; ``detail`` must be JSON."""
    entry = entry_about(what=what, subject=subject, at=at, actor=actor, reason=reason, **detail)
    entry.save(force_insert=True)
    return entry


def entry_about(
    *, what: str, subject: ScopedModel, at: datetime, actor: Actor, reason: str = "", **detail: Any
) -> JournalEntry:
    """Write an entry without saving it, for a story that writes several rows at once."""
    return JournalEntry(
        at=at,
        what=what,
        subject_type=str(subject._meta.model_name),
        subject_id=subject.pk,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        reason=reason,
        detail=detail,
    )


def leave_fact(
    *, event_key: str, meter: str, amount_minor: int, currency: str, occurred_at: datetime, payload: dict[str, Any]
) -> OutboxFact:
    """Leave a fact for billing in the order's own transaction.

    The key is unique: a second fact of the same event is a bug, and the database refuses it.
    """
    return OutboxFact.objects.create(
        event_key=event_key,
        meter=meter,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=occurred_at,
        payload=payload,
    )
