"""Writing down what the floors above decided about a merchant: its state and its limits."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.merchants.directory import forget
from control.merchants.models import Merchant, MerchantState

# Billing opens and closes a store between these; what an operator or provisioning decided stays theirs.
_BILLED_STATES = (MerchantState.TRIAL, MerchantState.ACTIVE, MerchantState.PAST_DUE, MerchantState.READ_ONLY)


def set_state(*, merchant_id: UUID, state: MerchantState, now: datetime) -> bool:
    """Move a store to another state, in the caller's transaction; say whether it moved.

    A store that is being built, or that an operator suspended or archived, is left where it is.
    """
    moved = (
        Merchant.objects.filter(pk=merchant_id, state__in=_BILLED_STATES)
        .exclude(state=state)
        .update(state=state, state_since=now)
    )
    if moved:
        transaction.on_commit(forget)
    return bool(moved)


def set_limits(*, merchant_id: UUID, limits: Mapping[str, int | None]) -> None:
    """Write a plan's limits into the merchant's record, where the store reads them; null means no limit."""
    Merchant.objects.filter(pk=merchant_id).update(limits=dict(limits))
