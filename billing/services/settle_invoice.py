"""Acting on what Stripe told us, from the inbox: the same end in any order and any number of times."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.credits import CardRefund
from billing.models.wallet import TopUp
from billing.services.charge_top_up import note_top_up
from billing.services.note_charge import ChargeNews, note_charge
from billing.services.save_card import save_card
from billing.services.send_refund import note_refund
from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import close_event
from kit.errors import Refused
from kit.gateway.cards import OUR_KEY, result_of
from kit.gateway.refunds import result_of as refund_result

log = structlog.get_logger(__name__)
_CHARGE_NEWS = {
    "payment_intent.succeeded": AttemptState.SUCCEEDED,
    "payment_intent.payment_failed": AttemptState.FAILED,
    "payment_intent.canceled": AttemptState.CANCELLED,
    "payment_intent.processing": AttemptState.PROCESSING,
}
_REFUND_NEWS = ("refund.created", "refund.updated", "refund.failed")
_CARD_SAVED = "checkout.session.completed"
_CLOSED = (EventState.DONE, EventState.IGNORED)


def settle_invoice(*, event_id: UUID, now: datetime) -> EventState:
    """Act on one verified event of Stripe and close it; return how it ended.

    An event that speaks of nothing of ours is ignored. One that fails is kept as failed, with the reason, and tried
    again later.
    """
    event = OutsideEvent.objects.get(pk=event_id)
    if event.state in _CLOSED:
        return EventState(event.state)
    try:
        if event.kind == _CARD_SAVED:
            return _card_saved(event, now)
        return _refund_told(event, now) if event.kind in _REFUND_NEWS else _charge_told(event, now)
    except Exception as failure:
        # Kept and reported, whatever it was: one event that cannot be acted on holds up no other
        log.exception("outside_event_failed", event_id=event.event_id, kind=event.kind)
        close_event(event=event, state=EventState.FAILED, now=now, error=_told_by(failure))
        return EventState.FAILED


def _card_saved(event: OutsideEvent, now: datetime) -> EventState:
    saved = save_card(setup_ref=event.object_id, now=now)
    return _closed(event, EventState.DONE if saved else EventState.IGNORED, now)


def _charge_told(event: OutsideEvent, now: datetime) -> EventState:
    if event.kind not in _CHARGE_NEWS:
        return _closed(event, EventState.IGNORED, now)
    told = event.payload["data"]["object"]
    with transaction.atomic(durable=True):
        if (top_up := TopUp.objects.filter(key=_key_of(told)).first()) is not None:
            note_top_up(top_up_id=top_up.pk, told=result_of(told), now=now, at=event.occurred_at)
            return _closed(event, EventState.DONE, now)
        attempt = _attempt_of(told)
        if attempt is None:
            return _closed(event, EventState.IGNORED, now)
        note_charge(attempt_id=attempt.pk, news=_news_of(event, told, now), now=now)
        return _closed(event, EventState.DONE, now)


def _refund_told(event: OutsideEvent, now: datetime) -> EventState:
    told = event.payload["data"]["object"]
    with transaction.atomic(durable=True):
        waiting = CardRefund.objects.filter(key=_key_of(told)).first()
        if waiting is None:
            return _closed(event, EventState.IGNORED, now)
        note_refund(refund_id=waiting.pk, told=refund_result(told), now=now)
        return _closed(event, EventState.DONE, now)


def _attempt_of(told: dict[str, Any]) -> ChargeAttempt | None:
    # By our own key: the webhook may overtake the answer that carries Stripe's reference
    key = _key_of(told)
    return ChargeAttempt.objects.filter(key=key).first() if key else None


def _key_of(told: dict[str, Any]) -> str:
    return str((told.get("metadata") or {}).get(OUR_KEY, ""))


def _news_of(event: OutsideEvent, told: dict[str, Any], now: datetime) -> ChargeNews:
    trouble = told.get("last_payment_error") or {}
    return ChargeNews(
        state=_CHARGE_NEWS[event.kind],
        gateway_ref=told["id"],
        amount_minor=told["amount"],
        currency=str(told["currency"]).upper(),
        at=event.occurred_at or now,
        failure_code=trouble.get("decline_code") or trouble.get("code") or "",
        failure=trouble.get("message") or "",
    )


def _closed(event: OutsideEvent, state: EventState, now: datetime) -> EventState:
    close_event(event=event, state=state, now=now)
    return state


def _told_by(failure: Exception) -> str:
    return f"{failure.code}: {failure.facts}" if isinstance(failure, Refused) else repr(failure)
