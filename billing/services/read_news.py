"""Stripe's events in our words: what a payload says about a charge, a refund or a dispute of ours."""

from datetime import datetime
from typing import Any

from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.reversals import DisputeState, RefundState
from billing.services.note_charge import ChargeNews
from billing.services.note_dispute import DisputeNews
from billing.services.note_refund import RefundNews
from control.inbox.models import OutsideEvent
from kit.gateway.cards import OUR_KEY
from kit.gateway.disputes import DisputeResult, dispute_of

CHARGE_NEWS = {
    "payment_intent.succeeded": AttemptState.SUCCEEDED,
    "payment_intent.payment_failed": AttemptState.FAILED,
    "payment_intent.canceled": AttemptState.CANCELLED,
    "payment_intent.processing": AttemptState.PROCESSING,
}
REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed"})
DISPUTE_EVENTS = frozenset(
    {
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
    "pending": RefundState.PROCESSING,
    "requires_action": RefundState.PROCESSING,
}
_DISPUTE_STATES = {
    "warning_needs_response": DisputeState.WARNING,
    "warning_under_review": DisputeState.WARNING,
    "warning_closed": DisputeState.CLOSED,
    "needs_response": DisputeState.NEEDS_RESPONSE,
    "under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def key_of(told: dict[str, Any]) -> str:
    """Read our own key, which we wrote into Stripe's object when we asked for it."""
    return str((told.get("metadata") or {}).get(OUR_KEY, ""))


def attempt_of_charge(told: dict[str, Any]) -> ChargeAttempt | None:
    """Find the attempt a payment intent belongs to, by our own key: the webhook may overtake the answer."""
    key = key_of(told)
    return ChargeAttempt.objects.filter(key=key).first() if key else None


def attempt_of_reversal(told: dict[str, Any]) -> ChargeAttempt | None:
    """Find the attempt whose money a refund or a dispute takes back, by Stripe's reference to its intent."""
    ref = str(told.get("payment_intent") or "")
    attempts = ChargeAttempt.objects.select_related("invoice__billing_account")
    return attempts.filter(gateway_ref=ref).first() if ref else None


def charge_news(event: OutsideEvent, told: dict[str, Any], now: datetime) -> ChargeNews:
    """Read a payment intent's event."""
    trouble = told.get("last_payment_error") or {}
    return ChargeNews(
        state=CHARGE_NEWS[event.kind],
        gateway_ref=told["id"],
        amount_minor=told["amount"],
        currency=str(told["currency"]).upper(),
        at=event.occurred_at or now,
        failure_code=trouble.get("decline_code") or trouble.get("code") or "",
        failure=trouble.get("message") or "",
    )


def refund_news(event: OutsideEvent, told: dict[str, Any], now: datetime) -> RefundNews:
    """Read a refund's event."""
    return RefundNews(
        state=_REFUND_STATES.get(told["status"], RefundState.PROCESSING),
        gateway_ref=told["id"],
        key=key_of(told),
        amount_minor=told["amount"],
        currency=str(told["currency"]).upper(),
        at=event.occurred_at or now,
        failure=told.get("failure_reason") or "",
    )


def dispute_news(told: dict[str, Any], at: datetime) -> DisputeNews:
    """Read a dispute out of an event's payload."""
    return news_of_dispute(dispute_of(told), at)


def news_of_dispute(dispute: DisputeResult, at: datetime) -> DisputeNews:
    """Put Stripe's dispute into our words."""
    return DisputeNews(
        gateway_ref=dispute.ref,
        state=_DISPUTE_STATES.get(dispute.state, DisputeState.WARNING),
        amount_minor=dispute.amount,
        currency=dispute.currency,
        reason=dispute.reason,
        due_by=dispute.due_by,
        withdrawn_minor=dispute.withdrawn,
        returned_minor=dispute.returned,
        fee_minor=dispute.fee,
        fee_returned_minor=dispute.fee_returned,
        opened_at=dispute.opened_at,
        at=at,
    )
