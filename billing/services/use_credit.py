"""Credit against what is still owed, so that nobody owes us and is owed by us at once."""

from datetime import datetime

from billing.models.agreements import BillingAccount
from billing.models.collection import OPEN_ATTEMPTS
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import credit_of
from kit.ids import new_id


def use_credit(*, billing_account: BillingAccount, now: datetime) -> int:
    """Use an account's credit on its open invoices, the oldest first, in the caller's transaction; return how much.

    An invoice whose charge is under way is passed over: its amount was already asked for.
    """
    used = 0
    owed = Invoice.objects.select_for_update().filter(billing_account=billing_account, state=InvoiceState.OPEN)
    for invoice in owed.exclude(attempts__state__in=OPEN_ATTEMPTS).order_by("issued_at", "id"):
        amount = min(invoice.due_minor, credit_of(billing_account))
        if amount <= 0:
            break
        post_entries(
            what="credit.used",
            subject_id=new_id(),
            billing_account=billing_account,
            currency=invoice.currency,
            at=now,
            entries={Book.MERCHANT_CREDIT: amount, Book.AR: -amount},
        )
        invoice.credited_minor += amount
        invoice.due_minor -= amount
        if invoice.due_minor == 0:
            invoice.state, invoice.paid_at = InvoiceState.PAID, now
            invoice.next_attempt_at, invoice.overdue_since = None, None
        invoice.save()
        used += amount
    return used
