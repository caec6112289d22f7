"""An invoice that turned out to bill nothing: taken out of the books by the opposite entries, its number kept."""

from datetime import datetime

from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book, LedgerEntry
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import keep_given, refill_lots


def void_invoice(*, invoice: Invoice, now: datetime) -> None:
    """Void an open invoice that no card has paid anything on, in the caller's transaction.

    Used credit comes back, and what the wallet paid is in the same lots again.
    """
    assert invoice.state == InvoiceState.OPEN, "only an open invoice is voided"
    refill_lots(invoice=invoice, at=now)
    assert invoice.paid_minor == 0, "money that came is given back, not voided"
    entries = issued_entries(invoice)
    opposite: dict[Book, int] = {book: -amount for book, amount in entries.items()}
    _post(invoice, "invoice.voided", opposite, now)
    invoice.state, invoice.next_attempt_at, invoice.overdue_since = InvoiceState.VOID, None, None
    invoice.save(update_fields=["state", "next_attempt_at", "overdue_since", "paid_minor", "due_minor"])


def turn_into_credit(*, invoice: Invoice, now: datetime) -> None:
    """Turn a paid invoice whose change came too late into credit, in the caller's transaction.

    What was given goes back as given.
    """
    entries: dict[Book, int] = {book: -amount for book, amount in issued_entries(invoice).items() if book != Book.AR}
    given = keep_given(invoice=invoice, at=now)
    entries[Book.MERCHANT_CREDIT] = entries.get(Book.MERCHANT_CREDIT, 0) - (invoice.paid_minor - given)
    entries[Book.WALLET_PROMO] = -given
    _post(invoice, "invoice.credited", entries, now)


def issued_entries(invoice: Invoice) -> dict[Book, int]:
    """Read what issuing an invoice posted, by book."""
    rows = LedgerEntry.objects.filter(
        transaction__what="invoice.issued", transaction__subject_id=invoice.pk
    ).values_list("ledger_account__book", "amount_minor")
    return {Book(book): amount for book, amount in rows}


def _post(invoice: Invoice, what: str, entries: dict[Book, int], now: datetime) -> None:
    post_entries(
        what=what,
        subject_id=invoice.pk,
        billing_account=invoice.billing_account,
        currency=invoice.currency,
        at=now,
        entries=entries,
    )
