"""A commission waits out its freeze once the goods are fetched."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tenants.commissions.models import CommissionEntry, EntryState

FREEZE = timedelta(hours=48)


def mark_pending(*, line_ids: Sequence[UUID], at: datetime) -> None:
    """Start the freeze for lines that were handed out whole, in the caller's transaction."""
    CommissionEntry.objects.filter(order_line__in=line_ids, state=EntryState.ACCRUED).update(
        state=EntryState.PENDING, pending_at=at, available_at=at + FREEZE
    )


def unmark_pending(*, line_ids: Sequence[UUID]) -> None:
    """Undo the start of the freeze, because a handover was reversed, in the caller's transaction."""
    CommissionEntry.objects.filter(order_line__in=line_ids, state=EntryState.PENDING).update(
        state=EntryState.ACCRUED, pending_at=None, available_at=None
    )
