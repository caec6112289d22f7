"""Many want the last places of a time of day at once, on connections of their own."""

from collections.abc import Callable
from datetime import time, timedelta

from kit.tenancy import StoreRef
from tenants.delivery.models import SlotDay
from tenants.delivery.slots import SlotFull
from tenants.orders.models import Checkout, Order
from tenants.sales.services.place_order import CannotDeliver
from tests.factories.campaigns import an_offer
from tests.factories.checkouts import a_checkout, an_offer_for
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.times import TOMORROW
from tests.tenants.sales.test_races import at_once, buying, open_database, shop
from tests.tenants.sales.test_slots import a_slot, wanting, wanting_each

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


def test_baskets_of_two_days_and_of_one_take_places_without_waiting_in_a_ring(shop: StoreRef) -> None:
    slot, point = a_slot(starts=time(9), ends=time(10), capacity=3), a_leader_with_point()
    first, second = an_offer_for(0, title="苹果"), an_offer_for(1)
    acts: list[Callable[[], object]] = []
    for number in range(8):
        member = a_member()
        if number % 2:
            wish = wanting(member, slot)
            acts.append(buying((second, 1), member=member, point_id=point.pk, delivery=wish, fee=500))
            continue
        both = wanting_each(member, slot, slot)
        lines = ((first, 1), (second, 1)) if number % 4 else ((second, 1), (first, 1))
        acts.append(
            lambda lines=lines, member=member, both=both: a_checkout(  # type: ignore[misc]
                *lines, member=member, point=point, expected=2980, delivery=both
            )
        )

    said = at_once(shop, acts)

    placed = [answer for answer in said if isinstance(answer, (Order, Checkout))]
    assert {type(answer) for answer in said} <= {Order, Checkout, SlotFull, CannotDeliver}
    assert len(placed) == 3  # each takes a place of the second day, and there are three
    days = dict.fromkeys((TOMORROW, TOMORROW + timedelta(days=1)), 0)
    days |= dict(SlotDay.objects.filter(slot=slot).values_list("day", "taken"))
    assert list(days.values()) == [sum(isinstance(answer, Checkout) for answer in placed), 3]
