"""Sending a credit note's money back to its card: the note's own way into ``refund_card_payment``."""

from datetime import datetime
from uuid import UUID

from billing.models.reversals import OPEN_REFUNDS, CardRefund
from billing.services.refund_card_payment import ask_refund


def send_refund(*, credit_note_id: UUID, now: datetime) -> CardRefund | None:
    """Ask the card company to give a credit note's money back, with its own key, outside any transaction.

    Safe to repeat: the key makes it happen once. None when nothing waits to be sent.
    """
    found = CardRefund.objects.filter(credit_note_id=credit_note_id, state__in=OPEN_REFUNDS)
    waiting = found.select_related("attempt").first()
    return ask_refund(made=waiting, now=now) if waiting is not None else None
