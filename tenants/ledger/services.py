"""Posting to the store's ledger. Rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tenants.ledger.models import Book, Posting, Transfer


class Unbalanced(RuntimeError):
    """Debits and credits differ: a bug in the story that posts. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a transfer: debit positive, credit negative, minor units."""

    book: Book
    amount_minor: int
    party_id: UUID | None = None


def post(*, what: str, subject_id: UUID, sides: Sequence[Side], currency: str, at: datetime) -> Transfer | None:
    """Write one balanced transfer in the caller's transaction; sides of nothing are left out.

    A store's schema has no triggers (architecture.md part 3), so the balance is checked here and proven again by
    ``linli check_books``. The same (what, subject) twice is refused by the database.

    :raises Unbalanced:
    """
    moved = [side for side in sides if side.amount_minor]
    if sum(side.amount_minor for side in moved):
        raise Unbalanced(f"{what} {subject_id}: {moved}")
    if not moved:
        return None
    transfer = Transfer.objects.create(what=what, subject_id=subject_id, at=at)
    Posting.objects.bulk_create(
        Posting(
            transfer=transfer,
            book=side.book,
            party_id=side.party_id,
            amount_minor=side.amount_minor,
            currency=currency,
        )
        for side in moved
    )
    return transfer
