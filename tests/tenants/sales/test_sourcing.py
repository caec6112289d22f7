"""An order is filled from the nearest place that has all of it, and it is written down why."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.campaigns.selectors import campaigns_for_shoppers
from tenants.inventory.models import DEFAULT_WAREHOUSE, Stock, Warehouse, WarehouseKind, WarehouseState
from tenants.inventory.services.receive_stock import receive_stock
from tenants.inventory.services.save_warehouse import (
    WarehouseDraft,
    keep_default_warehouse,
    save_sourcing_rule,
    save_warehouse,
)
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.place_order import Contact, OutOfStock, place_order
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW

# The point of the tests lies at 30.259244, 120.130742
NEAR, FAR = ("30.263000", "120.130742"), ("30.300000", "120.130742")
BOSS = Actor(kind="person", id="1", name="陈店长")


def a_place(name: str, at: tuple[str, str] = NEAR, *, serves: bool = True, **fields: object) -> Warehouse:
    keep_default_warehouse(now=NOW)
    Warehouse.objects.filter(pk=DEFAULT_WAREHOUSE).update(name="中心仓", latitude=FAR[0], longitude=FAR[1])
    draft = WarehouseDraft(
        name,
        WarehouseKind.STORE,
        "",
        "",
        Decimal(at[0]),
        Decimal(at[1]),
        serves_orders=serves,
        **fields,  # type: ignore[arg-type]
    )
    return save_warehouse(draft=draft, by_name="", now=NOW)


def put(item: CampaignItem, place: Warehouse, quantity: int) -> None:
    receive_stock(sku_id=item.sku_id, quantity=quantity, reason="", by_name="", now=NOW, warehouse_id=place.pk)


def basket(*lines: tuple[CampaignItem, int]) -> Sequence[WantedLine]:
    return [WantedLine(item.pk, quantity) for item, quantity in lines]


def quoted(*lines: tuple[CampaignItem, int], point_id: object = None) -> Quote:
    return quote_lines(lines=basket(*lines), member=None, pickup_point_id=point_id, now=NOW)  # type: ignore[arg-type]


def ordered(*lines: tuple[CampaignItem, int], member: Member | None = None) -> Order:
    return place_order(
        member=member or a_member(),
        pickup_point_id=a_leader_with_point().pk,
        lines=basket(*lines),
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=sum(item.price_minor * quantity for item, quantity in lines),
        key=str(new_id()),
        now=NOW,
    )


def reserved(item: CampaignItem) -> dict[object, int]:
    return dict(Stock.objects.filter(sku=item.sku_id, reserved__gt=0).values_list("warehouse_id", "reserved"))


class TestNearest:
    def test_the_nearest_that_has_it_fills_the_order(self, in_acme: StoreRef) -> None:
        apples, shop = an_offer(in_stock=10), a_place("人民路店")
        put(apples, shop, 5)

        order = ordered((apples, 3))

        assert reserved(apples) == {shop.pk: 3}
        assert order.source_note == "就近人民路店有货，距自提点 418 米"

    def test_where_the_nearest_lacks_a_piece_the_next_fills_it(self, in_acme: StoreRef) -> None:
        apples, shop = an_offer(in_stock=10), a_place("人民路店")
        put(apples, shop, 2)

        order = ordered((apples, 3))

        assert reserved(apples) == {DEFAULT_WAREHOUSE: 3}
        assert order.source_note == "人民路店货不够，由中心仓发货"

    def test_a_place_that_serves_no_orders_is_no_choice(self, in_acme: StoreRef) -> None:
        apples = an_offer(in_stock=1)
        put(apples, a_place("总仓", serves=False), 9)
        put(apples, a_place("停用的店", state=WarehouseState.OPEN), 9)
        Warehouse.objects.filter(name="停用的店").update(state=WarehouseState.CLOSED)

        with pytest.raises(OutOfStock):
            ordered((apples, 2))
        order = ordered((apples, 1))

        assert (reserved(apples), order.source_note) == ({DEFAULT_WAREHOUSE: 1}, "")

    def test_the_list_says_what_the_fullest_place_has(self, in_acme: StoreRef) -> None:
        apples = an_offer(in_stock=3)
        put(apples, a_place("人民路店"), 7)

        assert campaigns_for_shoppers(now=NOW)[0]["items"][0]["available"] == 7
        assert quoted((apples, 7)).can_order
        assert not quoted((apples, 8)).can_order

    def test_several_warehouses_cost_one_statement_more(self, in_acme: StoreRef) -> None:
        apples = an_offer(in_stock=10)
        put(apples, a_place("人民路店"), 5)
        member, point = a_member(), a_leader_with_point()

        with CaptureQueriesContext(connection) as captured:
            place_order(
                member=member,
                pickup_point_id=point.pk,
                lines=basket((apples, 1)),
                contact=Contact(name="王阿姨", phone="13800000000"),
                remark="",
                expected_total_minor=1290,
                key="tap",
                now=NOW,
            )

        outside = ("SAVEPOINT", "RELEASE", "SET ", "BEGIN", "COMMIT")
        assert len([q for q in captured if not q["sql"].startswith(outside)]) == 5


class TestSeveralPlaces:
    def two_kinds(self) -> tuple[CampaignItem, CampaignItem, Warehouse]:
        apples, pears, shop = an_offer(in_stock=5), an_offer(title="丰水梨", in_stock=0), a_place("人民路店")
        put(pears, shop, 5)
        return apples, pears, shop

    def test_goods_of_two_places_are_asked_to_be_ordered_apart(self, in_acme: StoreRef) -> None:
        apples, pears, _shop = self.two_kinds()

        told = quoted((apples, 1), (pears, 1))
        with pytest.raises(OutOfStock) as refused:
            ordered((apples, 1), (pears, 1))

        problems = [line.problem.code if line.problem else "" for line in told.lines]
        assert sorted(problems) == ["", "not_together"]
        assert "分开下单" in refused.value.facts["lines"][0]["sentence"]

    def test_or_sent_from_both_where_the_store_says_so(self, in_acme: StoreRef) -> None:
        apples, pears, shop = self.two_kinds()
        save_sourcing_rule(may_split=True, by_name="", now=NOW)

        order = ordered((apples, 1), (pears, 2))

        assert (reserved(apples), reserved(pears)) == ({DEFAULT_WAREHOUSE: 1}, {shop.pk: 2})
        assert order.source_note == "分仓发货：中心仓、人民路店"

    def test_what_is_nowhere_is_short(self, in_acme: StoreRef) -> None:
        apples, pears, _shop = self.two_kinds()
        save_sourcing_rule(may_split=True, by_name="", now=NOW)

        told = quoted((apples, 1), (pears, 6))

        assert [line.problem.code if line.problem else "" for line in told.lines] == ["", "not_enough"]
        assert (told.lines[1].available, told.can_order) == (5, False)


class TestGoingBack:
    def test_an_unpaid_order_gives_back_where_it_took(self, in_acme: StoreRef) -> None:
        apples, shop, member = an_offer(in_stock=10), a_place("人民路店"), a_member()
        put(apples, shop, 5)
        order = ordered((apples, 3), member=member)
        save_warehouse(
            draft=WarehouseDraft(shop.name, WarehouseKind.STORE), by_name="", now=NOW, warehouse_id=shop.pk
        )  # it serves no more

        cancel_order(order_id=order.pk, member=member, reason="买错了", now=NOW)

        assert reserved(apples) == {}

    def test_a_refund_brings_goods_back_there(self, in_acme: StoreRef) -> None:
        apples, shop = an_offer(in_stock=10), a_place("人民路店")
        put(apples, shop, 5)
        order = a_paid_order(apples, quantity=3)
        taken = Stock.objects.get(sku=apples.sku_id, warehouse=shop).on_hand

        wanted = [WantedRefund(order.lines.get().pk, quantity=1)]
        refund_lines(order_id=order.pk, wanted=wanted, reason="坏了", actor=BOSS, key="r", now=NOW)

        assert (taken, Stock.objects.get(sku=apples.sku_id, warehouse=shop).on_hand) == (2, 3)
