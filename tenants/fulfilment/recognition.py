"""When an order's money becomes the store's income: as the goods are handed out, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tenants.fulfilment.models import Handover
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class Handed:
    """A line whose handed quantity went from ``before`` to ``after`` (back, when a handover is reversed)."""

    line: OrderLine
    before: int
    after: int


def earned(line: OrderLine, handed: int) -> int:
    """Say how much of what a line's member still pays is earned when so many of it were handed out.

    Refunded pieces count no more, handed out or not; when all pieces that are left are handed out, all is earned.
    What the shop keeps of pieces given back at a discount is earned at once.
    """
    kept = line.quantity - line.refunded_quantity
    if not kept:
        return line.kept_minor + line.left_minor
    return line.kept_minor + line.left_minor * (handed - (line.refunded_quantity - line.withdrawn_quantity)) // kept


def earned_now(lines: Iterable[OrderLine]) -> int:
    """Say how much of some lines is earned as they are."""
    return sum(earned(line, line.handed_quantity) for line in lines)


def recognise(*, what: str, handover: Handover, handed: Iterable[Handed], currency: str, at: datetime) -> None:
    """Move what was earned from the orders' money to sales, in the caller's transaction.

    Both sides name the order, so that an order's money is always the sum of its postings in the two books.
    """
    by_order: dict[UUID, int] = {}
    for change in handed:
        step = earned(change.line, change.after) - earned(change.line, change.before)
        by_order[change.line.order_id] = by_order.get(change.line.order_id, 0) + step
    sides = [
        side
        for order_id, step in sorted(by_order.items())
        for side in (Side(Book.ORDER, step, order_id), Side(Book.SALES, -step, order_id))
    ]
    post(what=what, subject_id=handover.id, sides=sides, currency=currency, at=at)
