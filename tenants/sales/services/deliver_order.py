"""Somebody of the store brought an order to the door."""

from datetime import datetime
from uuid import UUID

from tenants.fulfilment.models import Pickup
from tenants.fulfilment.services.dispatch import NotToDispatch
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.orders.models import PAID_STATES, Order
from tenants.orders.selectors import any_order


def deliver_order(*, order_id: UUID, by_name: str, now: datetime) -> Order:
    """Note that all that is left of an order was brought, as if its leader had handed it out. Safe to repeat.

    :raises OrderMissing, NotToDispatch, NeedsTracking, CalledBack:
    """
    order = any_order(order_id)
    if not order.is_delivered or order.state not in PAID_STATES:
        raise NotToDispatch
    left = [HandedLine(line.pk, line.left_to_hand) for line in order.lines.all() if line.left_to_hand]
    if left:
        visit = Pickup.objects.get(
            member_id=order.member_id, pickup_point_id=order.pickup_point_id, pickup_date=order.pickup_date
        )
        hand_over(pickup_id=visit.pk, leader=order.leader, lines=left, by_name=by_name, now=now)
    return any_order(order_id)
