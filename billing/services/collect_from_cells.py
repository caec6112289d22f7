"""Stores of ours that live in other cells: what happened there becomes fees here, what we decide is obeyed there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from django.db import transaction

from billing.models.metering import UsageEvent, WaitingUsage
from billing.selectors import stores_elsewhere
from billing.services.answer_home import Fact, Word
from billing.services.fall_behind import be_up_to_date, behind, fall_behind, tell_who_is_behind
from billing.services.lock_usage import lock_usage
from billing.services.rate_usage import rate_usage
from control.merchants.models import Merchant, MerchantState
from kit.tenancy import in_control

log = structlog.get_logger(__name__)
_KEY = UsageEvent._meta.get_field("ref_event_key").max_length


class CellForgetsNothing(RuntimeError):
    """The cell tells the same facts again although it was told that we have them."""


class GuestCell(Protocol):
    """Another cell, as its own processes answer (``billing.services.answer_home``)."""

    def answer_home(self, words: Mapping[UUID, Word]) -> Mapping[UUID, Sequence[Fact]]:
        """Obey the words and give the next facts of each store."""


def collect_from_cells(*, cell_of: Callable[[str], GuestCell], now: datetime) -> int:
    """Empty the outboxes of our stores in other cells, rate what was in them, and return how many events got a fee.

    Safe to repeat and to interrupt: a fact is written down here before the other cell is told to forget it, and
    meets its unique key when it comes twice. A cell that does not answer is passed over and its stores are noted as
    late; so is a store whose usage cannot be rated.
    """
    with in_control():
        elsewhere, late = stores_elsewhere(), behind()
    rated, caught_up = 0, []
    for name, merchants in elsewhere.items():
        silence: Exception | None = None
        try:
            _empty(cell_of(name), merchants, now)
        except Exception as error:
            log.exception("cell_silent", cell=name)
            silence = error
        for merchant in merchants:
            wrong = silence
            try:
                with in_control():
                    rated += rate_usage(merchant_id=merchant.pk, now=now)
            except Exception as error:
                log.exception("usage_stuck", store=merchant.slug)
                wrong = error
            if wrong:
                fall_behind(merchant_id=merchant.pk, error=wrong, now=now)
            elif merchant.pk in late:
                caught_up.append(merchant.pk)
    if caught_up:
        be_up_to_date(merchant_ids=caught_up)
    tell_who_is_behind(now=now)
    return rated


def _empty(cell: GuestCell, merchants: Sequence[Merchant], now: datetime) -> None:
    took: dict[UUID, list[UUID]] = {}
    while True:
        told = cell.answer_home({one.pk: _word(one, took.get(one.pk, ())) for one in merchants})
        fresh = {one.pk: facts for one in merchants if (facts := told.get(one.pk))}
        if not fresh:
            return
        for merchant_id, facts in fresh.items():
            ids = [fact.id for fact in facts]
            if ids == took.get(merchant_id):
                raise CellForgetsNothing(str(merchant_id))
            _keep(merchant_id, facts, now)
            took[merchant_id] = ids


def _word(merchant: Merchant, took: Sequence[UUID]) -> Word:
    return Word(
        state=MerchantState(merchant.billed_state),
        limits=merchant.limits,
        next_step=merchant.next_step,
        next_step_at=merchant.next_step_at,
        took=took,
    )


def _keep(merchant_id: UUID, facts: Sequence[Fact], now: datetime) -> None:
    events = {
        (fact.meter, fact.event_key): UsageEvent(
            id=fact.id,
            merchant_id=merchant_id,
            meter=fact.meter,
            event_key=fact.event_key,
            amount_minor=fact.amount_minor,
            currency=fact.currency,
            occurred_at=fact.occurred_at,
            ref_event_key=str(fact.payload.get("ref_event_key", ""))[:_KEY],
            payload=fact.payload,
            collected_at=now,
        )
        for fact in facts
    }
    with in_control(), transaction.atomic(durable=True):
        lock_usage(merchant_id=merchant_id)
        ours = UsageEvent.objects.filter(merchant_id=merchant_id, event_key__in=[fact.event_key for fact in facts])
        for known in ours.values_list("meter", "event_key"):
            events.pop(known, None)
        UsageEvent.objects.bulk_create(events.values())
        WaitingUsage.objects.bulk_create(
            WaitingUsage(event=event, merchant_id=merchant_id) for event in events.values()
        )
