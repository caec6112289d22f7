"""A guest's home asks what happened in its store and says what was decided: this cell's side of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle.selectors import guests
from control.merchants.models import DESK_STATES, Merchant, MerchantState
from control.merchants.services import set_limits, set_next_step, set_state
from kit.errors import Kind, Refused
from kit.tenancy import StoreRef, in_control, in_store
from tenants.journal.models import OutboxFact

BATCH = 5000  # facts in one answer, of all its stores together


class NotAGuest(Refused):
    """The store does not live here, or is billed here: nobody else may take its facts. Facts: ``merchant``."""

    code, kind, sentence = "not_a_guest", Kind.CONFLICT, _("这家店铺不在这个单元，或不由别的单元计费。")


@dataclass(frozen=True)
class Word:
    """What home says about one store: billing's verdict on it, and the facts it has written down by now."""

    state: MerchantState
    limits: Mapping[str, object]
    next_step: str = ""
    next_step_at: datetime | None = None
    took: Sequence[UUID] = ()


@dataclass(frozen=True)
class Fact:
    """A fact of a store's outbox on its way home."""

    id: UUID
    meter: str
    event_key: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    payload: dict[str, object]


def answer_home(*, words: Mapping[UUID, Word], now: datetime, batch: int = BATCH) -> dict[UUID, list[Fact]]:
    """Obey what home decided, forget the facts it has, and return the next ones, the oldest of each store first.

    A fact leaves the outbox only when home says that it has it, so one that was lost on the way is told again.
    :raises NotAGuest: one of the stores is not a guest here; nothing was done for those after it.
    """
    with in_control():
        invited = guests()
    told: dict[UUID, list[Fact]] = {}
    room = batch
    for merchant_id, word in words.items():
        ref = _obey(merchant_id, word, invited, now)
        if ref is None:
            continue
        with in_store(ref), transaction.atomic(durable=True):
            OutboxFact.objects.filter(pk__in=word.took).delete()
            told[merchant_id] = [_told(fact) for fact in OutboxFact.objects.order_by("id")[:room]]
        room -= len(told[merchant_id])
    return told


def _obey(merchant_id: UUID, word: Word, invited: Mapping[UUID, str], now: datetime) -> StoreRef | None:
    with in_control(), transaction.atomic(durable=True):
        merchant = Merchant.objects.select_for_update().filter(pk=merchant_id, cell="").first()
        if merchant is None or merchant_id not in invited:
            raise NotAGuest(merchant=str(merchant_id))
        set_limits(merchant_id=merchant_id, limits=word.limits)
        set_next_step(merchant_id=merchant_id, step=word.next_step, at=word.next_step_at)
        if set_state(merchant_id=merchant_id, state=word.state, now=now):
            record_act(
                what="merchant.state",
                actor="billing",
                now=now,
                merchant_id=merchant_id,
                reason=f"told by cell {invited[merchant_id]}",
                state=word.state.value,
            )
    return merchant.ref if merchant.state in DESK_STATES else None


def _told(fact: OutboxFact) -> Fact:
    return Fact(
        id=fact.pk,
        meter=fact.meter,
        event_key=fact.event_key,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        occurred_at=fact.occurred_at,
        payload=fact.payload,
    )
