"""A member gives up a paid order before it is cut off: nothing was bought for it yet."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import cutoffs_of
from tenants.sales.services.refund_lines import refund_whole


def cancellable_paid(orders: Sequence[Order], *, now: datetime) -> set[UUID]:
    """Say which of some orders a member may give up though they are paid, by id: nothing fetched, not cut off."""
    paid = [order for order in orders if order.state == OrderState.PAID]
    if not paid:
        return set()
    return {order_id for order_id, cutoff in cutoffs_of(paid).items() if now < cutoff}


def cancel_paid_order(*, order: Order, actor: Actor, reason: str, now: datetime) -> Order:
    """Give a paid order back whole, once however often it is asked for. :raises NotRefundable:"""
    refund_whole(order_id=order.pk, reason=reason, actor=actor, key="cancelled", now=now)
    order.refresh_from_db()
    return order
