"""Writing into the platform's books."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing.models.agreements import BillingAccount
from billing.models.ledger import Book, LedgerAccount, LedgerEntry, LedgerTransaction
from kit.tenancy.kept import kept
from kit.tenancy.sql import insert_together, run_often

_POST = """
INSERT INTO billing_ledgertransaction (id, what, subject_id, at) VALUES (%(id)s, %(what)s, %(subject)s, %(at)s)
ON CONFLICT (what, subject_id) DO NOTHING RETURNING id
"""


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
    posted = LedgerTransaction(what=what, subject_id=subject_id, at=at)
    if not run_often(_POST, {"id": posted.pk, "what": what, "subject": subject_id, "at": at}):
        return False
    moved = {book: amount for book, amount in entries.items() if amount}
    account_of = _accounts(billing_account, list(moved), currency)
    insert_together(
        [
            LedgerEntry(transaction=posted, ledger_account_id=account_of[book], amount_minor=amount, currency=currency)
            for book, amount in moved.items()
        ]
    )
    return True


def _accounts(billing_account: BillingAccount, books: Sequence[Book], currency: str) -> dict[str, UUID]:
    """Find the accounts of some books, all at once; those that nothing was posted to before are opened."""

    def known() -> dict[str, UUID]:
        rows = _opened(payer=billing_account.pk, books=[book.value for book in books], currency=currency)
        return {row["book"]: row["pk"] for row in rows}

    found = known()
    if missing := [book for book in books if book not in found]:
        LedgerAccount.objects.bulk_create(
            (LedgerAccount(billing_account=billing_account, book=book, currency=currency) for book in missing),
            ignore_conflicts=True,  # another connection may open one this very moment
        )
        found = known()
    return found


@kept
def _opened(*, payer: UUID, books: Sequence[str], currency: str) -> QuerySet[Any, Any]:
    accounts = LedgerAccount.objects.filter(billing_account=payer, currency=currency, book__in=books)
    opened: QuerySet[Any, Any] = accounts.values("book", "pk")
    return opened
