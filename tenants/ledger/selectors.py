"""Reading balances."""

from uuid import UUID

from django.db.models import Sum

from tenants.ledger.models import Book, Posting


def balance_of(*, book: Book, party_id: UUID | None = None) -> int:
    """Sum a book, or one party's part of it: debits positive, minor units."""
    postings = Posting.objects.filter(book=book)
    if party_id is not None:
        postings = postings.filter(party_id=party_id)
    return int(postings.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
