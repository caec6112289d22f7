"""Sending a credit note's money back to the card, once; and what we learn about it, from whoever tells us."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from billing.models.credits import OPEN_REFUNDS, REFUND_RANK, CardRefund, CreditNote, CreditNoteState, RefundState
from billing.models.ledger import Book
from billing.services.look_after_charges import PAUSES
from billing.services.post_entries import post_entries
from control.audit.services import record_act
from kit.gateway.cards import OUR_KEY
from kit.gateway.client import GatewayMisuse, GatewayRefused, GatewayUnknown
from kit.gateway.refunds import RefundResult, read_refund, refund
from kit.gateway.refunds import RefundState as Told

log = structlog.get_logger(__name__)
FIRST_LOOK = timedelta(seconds=30)
_STATE_OF = {
    Told.SUCCEEDED: RefundState.SUCCEEDED,
    Told.PENDING: RefundState.PROCESSING,
    Told.FAILED: RefundState.FAILED,
}


def send_refund(*, credit_note_id: UUID, now: datetime) -> CardRefund | None:
    """Ask the card company to give a credit note's money back, with its own key, outside any transaction.

    Safe to repeat. None when nothing waits to be sent.
    """
    found = CardRefund.objects.filter(credit_note_id=credit_note_id, state__in=OPEN_REFUNDS)
    waiting = found.select_related("attempt").first()
    if waiting is None:
        return None
    try:
        told = refund(
            charge_ref=waiting.attempt.gateway_ref or "",
            amount=waiting.amount_minor,
            reason="requested_by_customer",
            metadata={OUR_KEY: waiting.key},
            key=waiting.key,
        )
    except GatewayRefused as no:
        _note(waiting, RefundState.FAILED, "", str(no), now)
    except (GatewayUnknown, GatewayMisuse) as silence:
        log.warning("refund_unknown", refund=waiting.key, error=str(silence), exc_info=True)
        CardRefund.objects.filter(pk=waiting.pk, state__in=OPEN_REFUNDS).update(state=RefundState.UNKNOWN)
    else:
        _note(waiting, _STATE_OF[told.state], told.ref, "", now)
    waiting.refresh_from_db()
    return waiting


def look_after_refunds(*, now: datetime) -> int:
    """Ask about every refund whose look is due, ever more seldom; return how many were asked about."""
    due = CardRefund.objects.filter(state__in=OPEN_REFUNDS, next_look_at__lte=now).order_by("next_look_at", "id")
    looked = 0
    for waiting in due:
        pause = PAUSES[min(waiting.looks, len(PAUSES) - 1)]
        mine = CardRefund.objects.filter(pk=waiting.pk, next_look_at=waiting.next_look_at)
        if not mine.update(next_look_at=now + pause, looks=waiting.looks + 1):
            continue
        looked += 1
        if waiting.gateway_ref is None:
            send_refund(credit_note_id=waiting.credit_note_id, now=now)
            continue
        try:
            told = read_refund(ref=waiting.gateway_ref)
        except (GatewayUnknown, GatewayMisuse) as silence:
            log.warning("refund_still_unknown", refund=waiting.key, error=str(silence))
        else:
            note_refund(refund_id=waiting.pk, told=told, now=now)
    return looked


def note_refund(*, refund_id: UUID, told: RefundResult, now: datetime) -> None:
    """Fold what the card company says about a refund into it and its credit note, any number of times."""
    waiting = CardRefund.objects.get(pk=refund_id)
    if (told.amount, told.currency) != (waiting.amount_minor, waiting.currency):
        raise ValueError(f"{waiting.key}: asked {waiting.amount_minor}, told {told.amount}")
    _note(waiting, _STATE_OF[told.state], told.ref, "", now)


def _note(waiting: CardRefund, state: RefundState, ref: str, failure: str, now: datetime) -> None:
    with transaction.atomic():
        note = CreditNote.objects.select_for_update(of=("self",)).get(pk=waiting.credit_note_id)
        held = CardRefund.objects.select_for_update().get(pk=waiting.pk)
        was = RefundState(held.state)
        if REFUND_RANK[state] <= REFUND_RANK[was]:
            return
        held.state, held.gateway_ref, held.failure = state, held.gateway_ref or ref or None, failure[:200]
        if state in (RefundState.SUCCEEDED, RefundState.FAILED):
            held.settled_at, held.next_look_at = now, None
        held.save()
        if state == RefundState.SUCCEEDED:
            _post(note, held, "refund.sent", held.amount_minor, now)
            note.state, note.settled_at = CreditNoteState.REFUNDED, now
        elif state == RefundState.FAILED and was == RefundState.SUCCEEDED:
            # The bank took it back days later: we hold the money again, and owe it still
            _post(note, held, "refund.returned", -held.amount_minor, now)
            note.state, note.settled_at = CreditNoteState.ISSUED, None
        note.save(update_fields=["state", "settled_at"])
        if state in (RefundState.SUCCEEDED, RefundState.FAILED):
            record_act(
                what="refund.sent" if state == RefundState.SUCCEEDED else "refund.failed",
                actor="billing",
                now=now,
                merchant_id=note.invoice.billing_account.merchant_id,
                number=note.number,
                amount_minor=held.amount_minor,
                currency=held.currency,
            )


def _post(note: CreditNote, held: CardRefund, what: str, amount_minor: int, now: datetime) -> None:
    post_entries(
        what=what,
        subject_id=held.pk,
        billing_account=note.invoice.billing_account,
        currency=held.currency,
        at=now,
        entries={Book.REFUND_PAYABLE: amount_minor, Book.CLEARING_STRIPE: -amount_minor},
    )
