"""A refund that failed: send it again, or put the money into the wallet instead."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.credits import CreditNote, CreditNoteState, Destination
from billing.models.ledger import Book
from billing.models.reversals import RefundState
from billing.services.approve_credit import fill_from_credit, locked_credit, new_refund, remember_credit
from billing.services.post_entries import post_entries
from kit.errors import Kind, Refused


class RefundNotFailed(Refused):
    """It is under way, or done."""

    code, kind, sentence = "refund_not_failed", Kind.CONFLICT, _("这笔退款没有失败，不用重新处理。")


def retry_refund(*, credit_note_id: UUID, by: str, now: datetime) -> CreditNote:
    """Write down another try; ``send_refund`` sends it. :raises NoSuchCreditNote, RefundNotFailed:"""
    with transaction.atomic(durable=True):
        note = _failed(credit_note_id)
        new_refund(note, now=now)
        remember_credit(note, what="refund.retried", by=by, now=now)
        return note


def refund_to_wallet(*, credit_note_id: UUID, by: str, now: datetime) -> CreditNote:
    """Give a refund that failed as wallet money instead. :raises NoSuchCreditNote, RefundNotFailed:"""
    with transaction.atomic(durable=True):
        note = _failed(credit_note_id)
        note.destination, note.state, note.settled_at = Destination.CREDIT, CreditNoteState.APPLIED, now
        note.save(update_fields=["destination", "state", "settled_at"])
        post_entries(
            what="refund.to_wallet",
            subject_id=note.pk,
            billing_account=note.invoice.billing_account,
            currency=note.currency,
            at=now,
            entries={Book.REFUND_PAYABLE: note.gross_minor, Book.WALLET_PAID: -note.gross_minor},
        )
        fill_from_credit(note, now=now)
        remember_credit(note, what="refund.to_wallet", by=by, now=now)
        return note


def _failed(credit_note_id: UUID) -> CreditNote:
    note = locked_credit(credit_note_id)
    living = note.refunds.exclude(state=RefundState.FAILED).exists()
    if note.state != CreditNoteState.ISSUED or note.destination != Destination.REFUND or living:
        raise RefundNotFailed
    return note
