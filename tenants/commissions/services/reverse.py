"""A commission goes when the money goes back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenants.commissions.models import CommissionEntry, EntryState
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post


def reverse(*, line_ids: Sequence[UUID], refund_id: UUID, why: str, at: datetime) -> list[CommissionEntry]:
    """Take back the commissions of refunded lines, in the caller's transaction: a second entry each, never an edit.

    Lines whose commission was taken back before are passed over, so it is safe to repeat.
    """
    accrued = CommissionEntry.objects.select_for_update().filter(order_line__in=line_ids, kind="accrual")
    entries = list(accrued.exclude(state=EntryState.REVERSED).order_by("id"))
    reversals = [
        CommissionEntry(
            leader_id=entry.leader_id,
            order_line_id=entry.order_line_id,
            level=entry.level,
            kind="reversal",
            base_minor=-entry.base_minor,
            rate_ppm=entry.rate_ppm,
            amount_minor=-entry.amount_minor,
            currency=entry.currency,
            rule_id=entry.rule_id,
            reason=f"{why}，冲回：{entry.reason}"[:160],
            state=EntryState.REVERSED,
            created_at=at,
        )
        for entry in entries
    ]
    CommissionEntry.objects.bulk_create(reversals)
    CommissionEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(state=EntryState.REVERSED)
    sides = [Side(Book.COMMISSION_PAYABLE, entry.amount_minor, entry.leader_id) for entry in entries]
    total = sum(side.amount_minor for side in sides)
    if entries:
        post(
            what="commission.reversed",
            subject_id=refund_id,
            sides=[*sides, Side(Book.COMMISSION_EXPENSE, -total)],
            currency=entries[0].currency,
            at=at,
        )
    return reversals
