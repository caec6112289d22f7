"""A commission goes when the money goes back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.rates import amount_of
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import OrderLine


def reverse(*, lines: Sequence[OrderLine], refund_id: UUID, why: str, at: datetime) -> list[CommissionEntry]:
    """Take back what refunded lines no longer earn, in the caller's transaction: a second entry each, never an edit.

    What is left is the commission of the line's remaining net amount, rounded down like the first; a line of which
    nothing is left earns nothing. A reversal stands where its accrual stands (waiting, frozen, available), so that
    the sum of each is what the leader has; an available one may bring that below zero, and it is carried forward.
    Safe to repeat.
    """
    known = {line.pk: line for line in lines}
    entries = CommissionEntry.objects.select_for_update().filter(order_line__in=known).order_by("id")
    by_accrual: dict[tuple[UUID, UUID, int], list[CommissionEntry]] = {}
    for entry in entries:
        by_accrual.setdefault((entry.order_line_id, entry.leader_id, entry.level), []).append(entry)
    reversals, done = [], []
    for (line_id, _leader, _level), own in by_accrual.items():
        if back := _reversal(known[line_id], own, refund_id=refund_id, why=why, at=at):
            reversals.append(back)
        if is_undone(known[line_id]):
            done += [entry.pk for entry in own]
    CommissionEntry.objects.filter(pk__in=done).update(state=EntryState.REVERSED)
    CommissionEntry.objects.bulk_create(reversals)
    _post(reversals, refund_id, at)
    return reversals


def would_reverse(lines: Sequence[OrderLine]) -> int:
    """Say how much ``reverse`` would take back for lines as they are in memory, in minor units. Writes nothing."""
    found = CommissionEntry.objects.filter(order_line__in=[line.pk for line in lines]).order_by("id")
    by_line: dict[UUID, list[CommissionEntry]] = {}
    for entry in found:
        by_line.setdefault(entry.order_line_id, []).append(entry)
    back = 0
    for line in lines:
        own = by_line.get(line.pk, [])
        for level in {entry.level for entry in own}:
            of_level = [entry for entry in own if entry.level == level]
            back += sum(entry.amount_minor for entry in of_level) - _due(line, of_level)
    return back


def is_undone(line: OrderLine) -> bool:
    """Say whether nothing of a line is left to earn from."""
    return line.refunded_quantity == line.quantity or 0 < line.net_minor == line.refunded_minor + line.kept_minor


def _reversal(
    line: OrderLine, own: Sequence[CommissionEntry], *, refund_id: UUID, why: str, at: datetime
) -> CommissionEntry | None:
    accrual = next(entry for entry in own if entry.kind == "accrual")
    amount = _due(line, own) - sum(entry.amount_minor for entry in own)
    base = line.left_minor - sum(entry.base_minor for entry in own)
    if not amount and not base:
        return None
    return CommissionEntry(
        leader_id=accrual.leader_id,
        order_line_id=line.pk,
        level=accrual.level,
        kind="reversal",
        base_minor=base,
        rate_ppm=accrual.rate_ppm,
        amount_minor=amount,
        currency=accrual.currency,
        rule_id=accrual.rule_id,
        reason=f"{why}，冲回：{accrual.reason}"[:160],
        state=EntryState.REVERSED if is_undone(line) else accrual.state,
        created_at=at,
        pending_at=accrual.pending_at,
        available_at=accrual.available_at,
        refund_id=refund_id,
    )


def _due(line: OrderLine, own: Sequence[CommissionEntry]) -> int:
    return 0 if is_undone(line) else amount_of(base_minor=line.left_minor, ppm=own[0].rate_ppm)


def _post(reversals: Sequence[CommissionEntry], refund_id: UUID, at: datetime) -> None:
    if not reversals:
        return
    sides = [Side(Book.COMMISSION_PAYABLE, -entry.amount_minor, entry.leader_id) for entry in reversals]
    total = sum(side.amount_minor for side in sides)
    post(
        what="commission.reversed",
        subject_id=refund_id,
        sides=[*sides, Side(Book.COMMISSION_EXPENSE, -total)],
        currency=reversals[0].currency,
        at=at,
    )
