"""The store says how goods are brought, and the desk sends them on their way."""

from typing import Any

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.delivery.models import DeliveryWay
from tenants.orders.models import Order
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.test_orders import numbers_on, page_of
from tests.tenants.sales.test_delivery import ordered, paid


def set_way(desk: Client, kind: str = "leader_home", **words: Any) -> Any:
    typed = {"is_on": "on", "fee_minor": "5", "free_from_minor": "39", "reach_m": "1500", **words}
    return desk.post(f"/backoffice/delivery/{kind}", typed)


class TestWays:
    def test_are_set_and_said(self, acme: StoreRef, desk: Client) -> None:
        assert page_of(desk.get("/backoffice/delivery")).count("未开启") == 4

        assert set_way(desk).status_code == 303

        page = page_of(desk.get("/backoffice/delivery"))
        assert "配送费 ¥5.00，满 ¥39.00 免配送费，1.5 km 内" in page
        with in_store(acme):
            way = DeliveryWay.objects.get()
        assert (way.kind, way.fee_minor, way.free_from_minor, way.reach_m) == ("leader_home", 500, 3900, 1500)

    def test_a_clerk_cannot_set_them(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        assert set_way(sign_in(clerk)).status_code == 403

    def test_nonsense_stays_beside_its_field(self, acme: StoreRef, desk: Client) -> None:
        assert set_way(desk, fee_minor="-1").status_code == 422
        with in_store(acme):
            assert not DeliveryWay.objects.exists()


class TestOrders:
    def test_is_sent_on_its_way_and_brought(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = paid(ordered())
        page = page_of(desk.get(f"/backoffice/orders/{order.pk}"))
        assert "杭州市文三路 1 号 2-301" in page
        assert "确认送达" in page

        assert desk.post(f"/backoffice/orders/{order.pk}/dispatch", {"note": "小张 13900000000"}).status_code == 303
        assert "小张 13900000000" in page_of(desk.get(f"/backoffice/orders/{order.pk}"))
        assert desk.post(f"/backoffice/orders/{order.pk}/brought").status_code == 303

        with in_store(acme):
            order.refresh_from_db()
        assert order.state == "picked_up"
        assert "确认送达" not in page_of(desk.get(f"/backoffice/orders/{order.pk}"))

    def test_what_is_fetched_is_not_brought(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = paid(ordered())
            Order.objects.filter(pk=order.pk).update(delivery="pickup", delivery_minor=0, address=None)
        assert desk.post(f"/backoffice/orders/{order.pk}/dispatch", {"note": ""}).status_code == 409
        assert desk.post(f"/backoffice/orders/{order.pk}/brought").status_code == 409

    def test_the_list_finds_them(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            order = ordered()
        assert numbers_on(desk.get("/backoffice/orders?delivery=leader_home")) == [order.number]
        assert numbers_on(desk.get("/backoffice/orders?delivery=next_day")) == []
        assert numbers_on(desk.get("/backoffice/orders?delivery=pickup")) == []
