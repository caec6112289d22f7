"""A member's points follow an order: spent when it is paid, free when it is not, back with a refund, earned when done.

All of it belongs to the caller's transaction. An order whose lines cost what they were sold at has no points on it,
and nothing is asked for it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from tenants.orders.models import DiscountSource, LineDiscount, Order, OrderLine
from tenants.points.selectors import points_coming_back, points_going_back
from tenants.points.services.gain import Bought, gain_points, give_points_back, take_points_back
from tenants.points.services.spend import lock_points_again, release_points, use_points


def spend_points(*, order: Order, lines: Iterable[OrderLine], now: datetime) -> None:
    """The order is paid: the points locked for it are spent."""
    if _has_discounts(lines):
        use_points(basket=order.pk, order_number=order.number, now=now)


def spend_points_again(*, order: Order, lines: Iterable[OrderLine], now: datetime) -> None:
    """The money of a closed order came late: its price was that with the points. :raises PointsGone:"""
    if _has_discounts(lines):
        lock_points_again(basket=order.pk)
        use_points(basket=order.pk, order_number=order.number, now=now)


def free_points(*, order: Order, lines: Iterable[OrderLine]) -> None:
    """The order will not be paid: its points are the member's again."""
    if _has_discounts(lines):
        release_points(basket=order.pk)


def restore_points(*, order: Order, lines: Sequence[OrderLine], refund_id: UUID, now: datetime) -> None:
    """Part of a paid order was given back: so is its share of the points spent; what that part earned goes.

    ``lines`` are all of the order's, with the refund on them.
    """
    about: dict[str, Any] = {"basket": order.pk, "order_number": order.number, "refund_id": refund_id, "now": now}
    if shares := _shares(lines):
        give_points_back(shares=shares, **about)
    if order.completed_at:
        take_points_back(kept_minor=sum(line.left_minor for line in lines), **about)


def would_restore(*, order: Order, lines: Sequence[OrderLine]) -> tuple[int, int]:
    """Say how many spent points would come back to the member, and how many earned ones would go.

    ``lines`` are all of the order's, with the refund on them in memory.
    """
    shares = _shares(lines)
    back = points_coming_back(basket=order.pk, shares=shares) if shares else 0
    kept = sum(line.left_minor for line in lines)
    return back, points_going_back(basket=order.pk, kept_minor=kept) if order.completed_at else 0


def earn_points(*, orders: Sequence[Order], now: datetime) -> None:
    """Orders are completed: what was kept of their money earns points."""
    lines = OrderLine.objects.filter(order__in=orders).order_by().values_list("order")
    kept = dict(lines.annotate(kept=Sum(F("net_minor") - F("refunded_minor") - F("kept_minor"))))
    bought = [Bought(order.pk, order.number, order.member_id, kept.get(order.pk, 0)) for order in orders]
    if bought:
        gain_points(bought=bought, now=now)


def _has_discounts(lines: Iterable[OrderLine]) -> bool:
    return any(line.net_minor < line.total_minor for line in lines)


def _shares(lines: Sequence[OrderLine]) -> list[tuple[int, int, int]]:
    """Say of each line with points on it: its share of them, of how much it is, what was given back of that."""
    if not _has_discounts(lines):
        return []
    taken = LineDiscount.objects.filter(line__in=lines, source=DiscountSource.POINTS)
    off: dict[UUID, int] = dict(taken.values_list("line", "off_minor"))
    return [(off[line.pk], *_refunded(line)) for line in lines if line.pk in off]


def _refunded(line: OrderLine) -> tuple[int, int]:
    """Say what of a line was given back, of how much: its money, or its pieces where it cost none."""
    if line.net_minor:
        return line.net_minor, line.refunded_minor
    return line.quantity, line.refunded_quantity
