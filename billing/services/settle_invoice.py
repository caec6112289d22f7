"""Acting on what Stripe told us, from the inbox: the same end in any order and any number of times."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.collection import OPEN_ATTEMPTS, ChargeAttempt
from billing.models.wallet import TopUp, TopUpMethod, TopUpState
from billing.services.charge_top_up import note_top_up
from billing.services.note_charge import note_charge
from billing.services.note_dispute import note_dispute
from billing.services.note_refund import note_refund
from billing.services.note_top_up_reversal import note_top_up_dispute, note_top_up_refund
from billing.services.read_news import (
    CHARGE_NEWS,
    DISPUTE_EVENTS,
    REFUND_EVENTS,
    attempt_of_charge,
    attempt_of_reversal,
    charge_news,
    dispute_news,
    key_of,
    refund_news,
)
from billing.services.save_card import save_card
from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import close_event
from kit.errors import Kind, Refused
from kit.gateway.cards import result_of

log = structlog.get_logger(__name__)
_CARD_SAVED = "checkout.session.completed"
_CLOSED = (EventState.DONE, EventState.IGNORED)


class ChargeNotKnownYet(Refused):
    """Money goes back of a charge that may be one of ours whose answer has not come yet: try again later."""

    code, kind, sentence = "charge_not_known_yet", Kind.CONFLICT, _("这笔扣款的结果还没有回来，稍后自动重试。")


class NotOurs(Refused):
    """The event is genuine and speaks of an object that is none of ours."""

    code, kind, sentence = "not_ours", Kind.MISSING, _("通知里的对象不是本平台的，没有入账。")


def settle_invoice(*, event_id: UUID, now: datetime) -> EventState:
    """Act on one verified event of Stripe and close it; return how it ended.

    An event that speaks of nothing of ours is ignored, with the reason. One that fails is kept as failed, with the
    reason, and tried again later.
    """
    event = OutsideEvent.objects.get(pk=event_id)
    if event.state in _CLOSED:
        return EventState(event.state)
    try:
        return _act(event, now)
    except Exception as failure:
        # Kept and reported, whatever it was: one event that cannot be acted on holds up no other
        log.exception("outside_event_failed", event_id=event.event_id, kind=event.kind)
        close_event(event=event, state=EventState.FAILED, now=now, error=_told_by(failure))
        return EventState.FAILED


def _act(event: OutsideEvent, now: datetime) -> EventState:
    if event.kind == _CARD_SAVED:
        saved = save_card(setup_ref=event.object_id, now=now)
        return _closed(event, is_ours=bool(saved), now=now)
    story = _story_of(event.kind)
    if story is None:
        close_event(event=event, state=EventState.IGNORED, now=now)
        return EventState.IGNORED
    with transaction.atomic(durable=True):
        is_ours = story(event, event.payload["data"]["object"], now)
        return _closed(event, is_ours=is_ours, now=now)


def _story_of(kind: str) -> Callable[[OutsideEvent, dict[str, Any], datetime], bool] | None:
    if kind in CHARGE_NEWS:
        return _charge
    if kind in REFUND_EVENTS:
        return _refund
    return _dispute if kind in DISPUTE_EVENTS else None


def _charge(event: OutsideEvent, told: dict[str, Any], now: datetime) -> bool:
    if (top_up := TopUp.objects.filter(key=key_of(told)).first()) is not None:
        note_top_up(top_up_id=top_up.pk, told=result_of(told), now=now, at=event.occurred_at)
        return True
    attempt = attempt_of_charge(told)
    if attempt is not None:
        note_charge(attempt_id=attempt.pk, news=charge_news(event, told, now), now=now)
    return attempt is not None


def _refund(event: OutsideEvent, told: dict[str, Any], now: datetime) -> bool:
    top_up, attempt = _reversed(told)
    if top_up is not None:
        note_top_up_refund(top_up=top_up, news=refund_news(event, told, now), now=now)
    elif attempt is not None:
        note_refund(attempt=attempt, news=refund_news(event, told, now), now=now)
    return bool(top_up or attempt)


def _dispute(event: OutsideEvent, told: dict[str, Any], now: datetime) -> bool:
    at = event.occurred_at or now
    top_up, attempt = _reversed(told)
    if top_up is not None:
        note_top_up_dispute(top_up=top_up, news=dispute_news(told, at), now=now)
    elif attempt is not None:
        note_dispute(attempt=attempt, news=dispute_news(told, at), now=now)
    return bool(top_up or attempt)


def _reversed(told: dict[str, Any]) -> tuple[TopUp | None, ChargeAttempt | None]:
    """Find what money goes back of: a wallet's top-up, an invoice's charge, or nothing of ours."""
    intent = told.get("payment_intent")
    top_up = TopUp.objects.filter(gateway_ref=intent).first() if intent else None
    if top_up is not None and top_up.state != TopUpState.SETTLED:
        raise ChargeNotKnownYet
    attempt = attempt_of_reversal(told)
    if top_up is None and attempt is None and _may_be_nameless():
        raise ChargeNotKnownYet
    return top_up, attempt


def _may_be_nameless() -> bool:
    charges = ChargeAttempt.objects.filter(gateway_ref=None, state__in=OPEN_ATTEMPTS)
    top_ups = TopUp.objects.filter(gateway_ref=None, state=TopUpState.PENDING, method=TopUpMethod.CARD)
    return charges.exists() or top_ups.exists()


def _closed(event: OutsideEvent, *, is_ours: bool, now: datetime) -> EventState:
    state = EventState.DONE if is_ours else EventState.IGNORED
    close_event(event=event, state=state, now=now, error="" if is_ours else f"{NotOurs.code}: {NotOurs.sentence}")
    return state


def _told_by(failure: Exception) -> str:
    return f"{failure.code}: {failure.facts}" if isinstance(failure, Refused) else repr(failure)
