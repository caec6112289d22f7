"""One worker at a time on one merchant's usage."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection


def lock_usage(*, merchant_id: UUID) -> None:
    """Hold the merchant's usage until the transaction ends; whoever collects, rates or closes waits.

    An advisory lock, because what is guarded lies in two schemas and partly does not exist yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"usage:{merchant_id}"])


def lock_usages(merchant_ids: Iterable[UUID]) -> None:
    """Hold several merchants' usage, always in one order: those who share a payer share its counters."""
    for merchant_id in sorted(set(merchant_ids)):
        lock_usage(merchant_id=merchant_id)
