"""Goods that were given back before they were fetched leave the visit."""

from datetime import datetime

from tenants.fulfilment.models import Pickup
from tenants.fulfilment.selectors import lines_of
from tenants.fulfilment.services.hand_over import note_visit
from tenants.orders.models import Order


def hold_visit(*, order: Order) -> Pickup | None:
    """Hold the visit of a paid order until the transaction ends; take it before the order, as handing out does."""
    visits = Pickup.objects.select_for_update(no_key=True).filter(
        member_id=order.member_id, pickup_point_id=order.pickup_point_id, pickup_date=order.pickup_date
    )
    return visits.first()


def withdraw(*, pickup: Pickup, at: datetime) -> None:
    """Write the state of a held visit after lines of it were given back, in the caller's transaction."""
    note_visit(pickup=pickup, lines=list(lines_of(pickup)), at=at, by_name=pickup.taken_by)
