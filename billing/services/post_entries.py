"""Writing into the platform's books."""

from collections.abc import Mapping
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
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            transaction=posted,
            ledger_account=_account_of(billing_account, book, currency),
            amount_minor=amount,
            currency=currency,
        )
        for book, amount in entries.items()
        if amount
    )
    return True


def _account_of(billing_account: BillingAccount, book: Book, currency: str) -> LedgerAccount:
    found, _made = LedgerAccount.objects.get_or_create(billing_account=billing_account, book=book, currency=currency)
    return found
