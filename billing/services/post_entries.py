"""Writing into the platform's books."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from billing.models.agreements import BillingAccount
from billing.models.ledger import Book, LedgerAccount, LedgerEntry, LedgerTransaction


def post_entries(
    *,
    what: str,
    subject_id: UUID,
    billing_account: BillingAccount,
    currency: str,
    at: datetime,
    entries: Mapping[Book, int],
) -> bool:
    """Post one movement (debit positive, credit negative, minor units), in the caller's transaction.

    Once per (what, subject): a repeat posts nothing and returns False. The database refuses it at commit when it
    does not balance.
    """
    posted, is_new = LedgerTransaction.objects.get_or_create(what=what, subject_id=subject_id, defaults={"at": at})
    if not is_new:
        return False
    moved = {book: amount for book, amount in entries.items() if amount}
    account_of = _accounts(billing_account, list(moved), currency)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=posted, ledger_account_id=account_of[book], amount_minor=amount, currency=currency)
        for book, amount in moved.items()
    )
    return True


def _accounts(billing_account: BillingAccount, books: Sequence[Book], currency: str) -> dict[str, UUID]:
    """Find the accounts of some books, all at once; those that nothing was posted to before are opened."""
    known = LedgerAccount.objects.filter(billing_account=billing_account, currency=currency, book__in=books)
    found = dict(known.values_list("book", "pk"))
    if missing := [book for book in books if book not in found]:
        LedgerAccount.objects.bulk_create(
            (LedgerAccount(billing_account=billing_account, book=book, currency=currency) for book in missing),
            ignore_conflicts=True,  # another connection may open one this very moment
        )
        found = dict(known.values_list("book", "pk"))
    return found
