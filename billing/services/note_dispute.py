"""What we learn about a dispute, in any order and any number of times: states climb, money is posted once."""

from dataclasses import dataclass
from datetime import datetime

from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.models.reversals import DISPUTE_RANK, OPEN_DISPUTES, Dispute, DisputeState
from billing.services.lock_invoice import lock_invoice
from billing.services.post_entries import post_entries
from control.audit.services import record_act


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """One report about a dispute, with every movement of money it had caused by then."""

    gateway_ref: str
    state: DisputeState
    amount_minor: int
    currency: str
    reason: str
    due_by: datetime | None
    withdrawn_minor: int
    returned_minor: int
    fee_minor: int  # of the withdrawal
    fee_returned_minor: int
    opened_at: datetime
    at: datetime


def note_dispute(*, attempt: ChargeAttempt, news: DisputeNews, now: datetime) -> Dispute:
    """Fold one report into a dispute of a charge, in the caller's transaction.

    Movements only ever grow and the state only climbs, so an old report changes nothing.
    """
    lock_invoice(invoice_id=attempt.invoice_id)
    dispute, is_new = Dispute.objects.get_or_create(
        gateway_ref=news.gateway_ref,
        defaults={
            "attempt": attempt,
            "amount_minor": news.amount_minor,
            "currency": news.currency,
            "reason": news.reason[:40],
            "state": news.state,
            "due_by": news.due_by,
            "opened_at": news.opened_at,
        },
    )
    before = DisputeState(dispute.state)
    if DISPUTE_RANK[news.state] > DISPUTE_RANK[before]:
        dispute.state = news.state
    if dispute.state not in OPEN_DISPUTES and dispute.closed_at is None:
        dispute.closed_at = news.at
    if news.withdrawn_minor > dispute.withdrawn_minor:
        dispute.withdrawn_minor, dispute.fee_minor = news.withdrawn_minor, news.fee_minor
    if news.returned_minor > dispute.returned_minor:
        dispute.returned_minor, dispute.fee_returned_minor = news.returned_minor, news.fee_returned_minor
    dispute.due_by = news.due_by or dispute.due_by
    dispute.save()
    post_disputes(attempt=attempt, now=now)
    if is_new or dispute.state != before:
        record_act(
            what="dispute.moved",
            actor="billing",
            now=now,
            merchant_id=attempt.invoice.billing_account.merchant_id,
            number=attempt.invoice.number,
            state=dispute.state,
            amount_minor=dispute.amount_minor,
            currency=dispute.currency,
        )
    return dispute


def post_disputes(*, attempt: ChargeAttempt, now: datetime) -> None:
    """Post what a charge's disputes moved, each movement once, in the caller's transaction.

    Nothing before the charge itself. A lost one becomes bad debt, and its invoice uncollectible.
    """
    fresh = ChargeAttempt.objects.select_related("invoice__billing_account").get(pk=attempt.pk)
    if fresh.state != AttemptState.SUCCEEDED:
        return
    for dispute in fresh.disputes.all():
        _post_movements(fresh, dispute, now)
        if dispute.state == DisputeState.LOST and dispute.withdrawn_minor:
            lost = {Book.BAD_DEBT: dispute.withdrawn_minor, Book.DISPUTE_RECEIVABLE: -dispute.withdrawn_minor}
            _post(fresh, dispute, "dispute.lost", now, lost)
            Invoice.objects.filter(pk=fresh.invoice_id, state=InvoiceState.PAID).update(
                state=InvoiceState.UNCOLLECTIBLE
            )


def _post_movements(attempt: ChargeAttempt, dispute: Dispute, now: datetime) -> None:
    withdrawn, returned = dispute.withdrawn_minor, dispute.returned_minor
    if not withdrawn:
        return
    fee, fee_back = dispute.fee_minor, dispute.fee_returned_minor
    _post(
        attempt,
        dispute,
        "dispute.withdrawn",
        now,
        {Book.DISPUTE_RECEIVABLE: withdrawn, Book.DISPUTE_FEE: fee, Book.CLEARING_STRIPE: -withdrawn - fee},
    )
    if returned:
        _post(
            attempt,
            dispute,
            "dispute.returned",
            now,
            {
                Book.DISPUTE_RECEIVABLE: -returned,
                Book.DISPUTE_FEE: -fee_back,
                Book.CLEARING_STRIPE: returned + fee_back,
            },
        )


def _post(attempt: ChargeAttempt, dispute: Dispute, what: str, now: datetime, entries: dict[Book, int]) -> None:
    post_entries(
        what=what,
        subject_id=dispute.pk,
        billing_account=attempt.invoice.billing_account,
        currency=dispute.currency,
        at=now,
        entries=entries,
    )
