"""A paid order gets a code to be fetched with."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from kit.ids import new_digits
from tenants.fulfilment.models import Pickup, PickupState
from tenants.orders.models import Order

CODE_DIGITS = 8
_TRIES = 5


class NoCodeFree(RuntimeError):
    """Every code drawn was in use at that point and day: out of ninety million, which says the table is broken."""


def issue_pickup(*, order: Order, at: datetime, day: date | None = None) -> Pickup:
    """Give a paid order its code, in the caller's transaction; orders of the same member, point and day share one.

    ``day`` is the later one on which short pieces of it come.

    Goods bought after the first were fetched open the visit again.
    """
    visit = {
        "member_id": order.member_id,
        "pickup_point_id": order.pickup_point_id,
        "pickup_date": day or order.pickup_date,
    }
    for _try in range(_TRIES):
        pickup = Pickup.objects.select_for_update(no_key=True).filter(**visit).first()
        if pickup:
            return _opened_again(pickup)
        try:
            with transaction.atomic():
                return Pickup.objects.create(
                    **visit, leader_id=order.leader_id, code=new_digits(CODE_DIGITS), created_at=at
                )
        except IntegrityError:
            continue  # the code is in use, or another order of this visit was paid at this moment
    raise NoCodeFree(order.number)


def _opened_again(pickup: Pickup) -> Pickup:
    if pickup.state in (PickupState.TAKEN, PickupState.VOID):
        pickup.state = PickupState.PARTLY_TAKEN if pickup.state == PickupState.TAKEN else PickupState.WAITING
        pickup.save(update_fields=["state"])
    return pickup
