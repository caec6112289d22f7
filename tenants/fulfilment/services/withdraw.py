"""Goods that were given back before they were fetched, or that come on a later day, leave the visit."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from tenants.fulfilment.models import Pickup
from tenants.fulfilment.selectors import lines_of
from tenants.fulfilment.services.hand_over import note_visit
from tenants.orders.models import Order, OrderLine


def hold_visits(*, order: Order) -> list[Pickup]:
    """Hold the visits of a paid order until the transaction ends; take them before the order, as handing out does.

    There is one, and another for each later day on which pieces of it come.
    """
    later = OrderLine.objects.filter(order=order, later_quantity__gt=0).values("later_on")
    visits = Pickup.objects.select_for_update(no_key=True).filter(
        Q(pickup_date=order.pickup_date) | Q(pickup_date__in=later),
        member_id=order.member_id,
        pickup_point_id=order.pickup_point_id,
    )
    return list(visits.order_by("pk"))


def withdraw(*, pickups: Iterable[Pickup], at: datetime) -> None:
    """Write the state of held visits after lines of them were given back or moved, in the caller's transaction."""
    for pickup in pickups:
        note_visit(pickup=pickup, lines=list(lines_of(pickup)), at=at, by_name=pickup.taken_by)
