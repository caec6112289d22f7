"""Money for an invoice, whatever road it came by: what it pays, what is left over, what had been written off."""

from datetime import datetime
from uuid import UUID

from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.services.judge_subscription import judge_subscription
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import locked_wallet
from control.audit.services import record_act


def take_payment(
    *, invoice: Invoice, amount_minor: int, into: Book, what: str, subject_id: UUID, at: datetime, now: datetime
) -> int:
    """Post money into a book and pay an invoice with it, in the caller's transaction; return what was left over.

    The invoice's row must be locked. Once per (what, subject): a repeat changes nothing. What is more than due
    becomes the account's credit: it pays what else is open, and then the next invoice uses it first. Money for an
    invoice that was written off takes the loss back. Being paid in full opens the store again, in this transaction.
    """
    # Money for an invoice that was voided meanwhile is the payer's own
    paid = 0 if invoice.state == InvoiceState.VOID else min(amount_minor, invoice.due_minor)
    over = amount_minor - paid
    owed_in = Book.BAD_DEBT if invoice.state == InvoiceState.UNCOLLECTIBLE else Book.AR
    is_new = post_entries(
        what=what,
        subject_id=subject_id,
        billing_account=invoice.billing_account,
        currency=invoice.currency,
        at=at,
        entries={into: amount_minor, owed_in: -paid, Book.MERCHANT_CREDIT: -over},
    )
    if not is_new:
        return over
    if paid:
        _lower(invoice, paid, at, now)
    if over:
        pay_from_wallet(wallet=locked_wallet(billing_account=invoice.billing_account), now=now)
    return over


def _lower(invoice: Invoice, paid: int, at: datetime, now: datetime) -> None:
    invoice.paid_minor += paid
    invoice.due_minor -= paid
    if invoice.due_minor == 0:
        invoice.state, invoice.paid_at = InvoiceState.PAID, at
        invoice.overdue_since = invoice.next_attempt_at = None
    invoice.save(update_fields=["paid_minor", "due_minor", "next_attempt_at", "state", "paid_at", "overdue_since"])
    record_act(
        what="invoice.paid",
        actor="billing",
        now=now,
        merchant_id=invoice.billing_account.merchant_id,
        number=invoice.number,
        amount_minor=paid,
        currency=invoice.currency,
    )
    judge_subscription(billing_account=invoice.billing_account, now=now, reason=f"{invoice.number} paid")
