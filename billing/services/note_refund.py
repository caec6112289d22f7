"""What we learn about a refund to a card, in any order and any number of times."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.credits import CreditNote, CreditNoteState
from billing.models.ledger import Book
from billing.models.reversals import REFUND_RANK, CardRefund, RefundState
from billing.services.lock_invoice import lock_invoice
from billing.services.post_entries import post_entries
from control.audit.services import record_act
from kit.errors import Kind, Refused


class RefundMismatch(Refused):
    """The card company speaks of another amount than we asked for. Nothing is posted; a person must look."""

    code, kind, sentence = "refund_mismatch", Kind.CONFLICT, _("支付公司报来的金额和账单不一致，已停下等待核对。")


_ENDS = (RefundState.SUCCEEDED, RefundState.FAILED)


@dataclass(frozen=True, slots=True)
class RefundNews:
    """One report about a refund. ``key`` is ours when we asked for it, empty when it was made elsewhere."""

    state: RefundState
    gateway_ref: str
    key: str
    amount_minor: int
    currency: str
    at: datetime
    failure: str = ""


def note_refund(*, attempt: ChargeAttempt, news: RefundNews, now: datetime) -> CardRefund:
    """Fold one report into a refund of a charge, in the caller's transaction. States only climb.

    A refund that somebody made at the card company's own desk gets a row too, marked as not ours. A credit note is
    refunded once its refund has succeeded, and waits again when the bank takes it back.

    :raises RefundMismatch: another amount, or another refund under our key.
    """
    lock_invoice(invoice_id=attempt.invoice_id)  # the charge's refunds take turns, and its credit notes with them
    refund = _find(attempt, news)
    if refund.is_ours and (news.amount_minor, news.currency) != (refund.amount_minor, refund.currency):
        raise RefundMismatch(refund=refund.key, told=news.amount_minor)
    if refund.gateway_ref and news.gateway_ref and news.gateway_ref != refund.gateway_ref:
        raise RefundMismatch(refund=refund.key, told=news.gateway_ref)
    if REFUND_RANK[news.state] <= REFUND_RANK[RefundState(refund.state)]:
        return refund
    refund.state = news.state
    refund.gateway_ref = refund.gateway_ref or news.gateway_ref or None
    refund.failure = news.failure[:200]
    if news.state in _ENDS:
        refund.settled_at, refund.next_look_at = news.at, None
    refund.save()
    post_refunds(attempt=attempt)
    _tell_note(refund)
    if news.state in _ENDS:
        record_act(
            what=f"refund.{news.state.value}",
            actor="billing",
            now=now,
            merchant_id=attempt.invoice.billing_account.merchant_id,
            number=attempt.invoice.number,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
        )
    return refund


def _find(attempt: ChargeAttempt, news: RefundNews) -> CardRefund:
    known = CardRefund.objects.filter(gateway_ref=news.gateway_ref).first() if news.gateway_ref else None
    if known is None and news.key:
        known = CardRefund.objects.filter(key=news.key, attempt=attempt).first()
    if known is not None:
        return known
    return CardRefund.objects.create(
        attempt=attempt,
        key=f"outside:{news.gateway_ref}",
        amount_minor=news.amount_minor,
        currency=news.currency,
        reason="",
        gateway_ref=news.gateway_ref,
        is_ours=False,
        created_at=news.at,
    )


def _tell_note(refund: CardRefund) -> None:
    if refund.credit_note_id is None or refund.state not in _ENDS:
        return
    note = CreditNote.objects.select_for_update().get(pk=refund.credit_note_id)
    if refund.state == RefundState.SUCCEEDED:
        note.state, note.settled_at = CreditNoteState.REFUNDED, refund.settled_at
    else:
        note.state, note.settled_at = CreditNoteState.ISSUED, None  # we owe it still: rescue_refund
    note.save(update_fields=["state", "settled_at"])


def post_refunds(*, attempt: ChargeAttempt) -> None:
    """Post what a charge's refunds moved, each once, in the caller's transaction; nothing before the charge itself."""
    fresh = ChargeAttempt.objects.select_related("invoice__billing_account").get(pk=attempt.pk)
    if fresh.state != AttemptState.SUCCEEDED:
        return
    taken_up = fresh.refunds.exclude(gateway_ref=None)  # one the card company refused moved nothing
    for refund in taken_up.filter(state__in=_ENDS, settled_at__isnull=False):
        _post(fresh, refund, "refund.paid", refund.amount_minor)
        if refund.state == RefundState.FAILED:
            _post(fresh, refund, "refund.bounced", -refund.amount_minor)


def _post(attempt: ChargeAttempt, refund: CardRefund, what: str, amount_minor: int) -> None:
    post_entries(
        what=what,
        subject_id=refund.pk,
        billing_account=attempt.invoice.billing_account,
        currency=refund.currency,
        at=refund.settled_at or refund.created_at,
        entries={Book.REFUND_PAYABLE: amount_minor, Book.CLEARING_STRIPE: -amount_minor},
    )
