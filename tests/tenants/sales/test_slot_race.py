"""Many want the last places of a time of day at once, on connections of their own."""

from kit.tenancy import StoreRef
from tenants.delivery.models import SlotDay
from tenants.delivery.slots import SlotFull
from tenants.orders.models import Order
from tenants.sales.services.place_order import CannotDeliver
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.tenants.sales.test_races import at_once, buying, open_database, shop
from tests.tenants.sales.test_slots import a_slot, wanting

__all__ = ["open_database", "shop"]


def test_a_time_of_delivery_takes_as_many_orders_as_it_has_places(shop: StoreRef) -> None:
    slot, item, point = a_slot(capacity=3), an_offer(in_stock=100), a_leader_with_point()
    buyers = [a_member() for _buyer in range(8)]
    wishes = [wanting(member, slot) for member in buyers]
    acts = [
        buying((item, 1), member=member, point_id=point.pk, delivery=wish, fee=500)
        for member, wish in zip(buyers, wishes, strict=True)
    ]

    said = at_once(shop, acts)

    assert sum(isinstance(answer, Order) for answer in said) == 3
    assert {type(answer) for answer in said} <= {Order, SlotFull, CannotDeliver}
    assert (SlotDay.objects.get(slot=slot).taken, Order.objects.filter(slot__id=str(slot.pk)).count()) == (3, 3)
