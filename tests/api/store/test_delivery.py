"""Addresses, and orders that are brought, over HTTP."""

from typing import Any

from kit.tenancy import in_store
from tenants.delivery.models import WayKind
from tests.api.conftest import Shop
from tests.tenants.sales.test_delivery import a_way, paid

CNY = {"currency": "CNY"}
HOME = {
    "name": "王阿姨",
    "phone": "138 0000 0000",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "文三路 1 号",
    "lat": 30.263,
    "lng": 120.130742,
}


def add(shop: Shop, **words: Any) -> Any:
    return shop.phone.post("/addresses", {**HOME, **words})


class TestAddresses:
    def test_are_added_changed_and_forgotten(self, shop: Shop) -> None:
        added = add(shop).json()
        assert (added["text"], added["phone"], added["is_default"]) == ("杭州市西湖区文三路 1 号", "13800000000", True)

        path = f"/addresses/{added['id']}"
        changed = shop.phone.ask("PUT", path, {**HOME, "detail": "学院路 2 号", "lat": None, "lng": None})
        assert (changed.json()["detail"], changed.json()["lat"]) == ("学院路 2 号", None)
        assert [one["id"] for one in shop.phone.get("/addresses").json()["items"]] == [added["id"]]
        assert shop.phone.delete(path).status_code == 204
        assert shop.phone.get("/addresses").json()["items"] == []

    def test_are_nobody_elses(self, shop: Shop) -> None:
        path = f"/addresses/{add(shop).json()['id']}"
        assert shop.leader_phone.ask("PUT", path, HOME).status_code == 404
        assert shop.leader_phone.delete(path).status_code == 204
        assert shop.leader_phone.get("/addresses").json()["items"] == []
        assert len(shop.phone.get("/addresses").json()["items"]) == 1

    def test_bad_words_are_told_by_their_field(self, shop: Shop) -> None:
        for field, value in (
            ("phone", "12"),
            ("detail", ""),
            ("lat", 91),
            ("lat", None),
            ("lat", "nan"),
            ("lng", "inf"),
        ):
            refused = add(shop, **{field: value})
            assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])


class TestOrders:
    def test_quoted_placed_and_shown(self, shop: Shop) -> None:
        with in_store(shop.ref):
            a_way(reach_m=1500)
        ways = shop.phone.get("/delivery-ways").json()["items"]
        assert [(way["kind"], way["sentence"]) for way in ways] == [("leader_home", "配送费 ¥5.00，1.5 km 内")]
        wanted = {"kind": "leader_home", "address_id": add(shop).json()["id"]}
        lines = shop.order_words()["lines"]

        quote = shop.phone.post(
            "/quotes", {"lines": lines, "pickup_point_id": str(shop.point.pk), "delivery": wanted}
        ).json()
        assert (quote["total"]["amount"], quote["delivery"]["fee"]["amount"]) == (1790, 500)
        words = shop.order_words(delivery=wanted, expected_total={"amount": 1790, **CNY})
        order = shop.phone.post("/orders", words, key="o1").json()

        assert order["delivery"]["address"]["text"] == "杭州市西湖区文三路 1 号"
        assert (order["total"]["amount"], order["state_label"]) == (1790, "待付款")

    def test_out_of_reach_is_told_before_and_refused_at_last(self, shop: Shop) -> None:
        with in_store(shop.ref):
            a_way(reach_m=1000)
        wanted = {"kind": "leader_home", "address_id": add(shop, lat=30.289244).json()["id"]}
        words = shop.order_words(delivery=wanted, expected_total={"amount": 1790, **CNY})
        quote = {"lines": words["lines"], "pickup_point_id": words["pickup_point_id"], "delivery": wanted}

        assert shop.phone.post("/quotes", quote).json()["delivery"]["problem"] == "超出配送范围 2.3 km"
        refused = shop.phone.post("/orders", words, key="o1")
        assert (refused.status_code, refused.json()["code"]) == (409, "cannot_deliver")
        assert refused.json()["detail"] == "超出配送范围 2.3 km"


class TestLeader:
    def test_sees_where_to_bring_what_she_brings_and_no_other_address(self, shop: Shop) -> None:
        wanted = {"address_id": add(shop).json()["id"]}
        with in_store(shop.ref):
            a_way()
            a_way(WayKind.NEXT_DAY)
        for kind in ("leader_home", "next_day"):
            words = shop.order_words(delivery={"kind": kind, **wanted}, expected_total={"amount": 1790, **CNY})
            shop.phone.post("/orders", words, key=kind)
        with in_store(shop.ref):
            brought = {order.delivery: paid(order) for order in shop.member.orders.all()}

        (visit,) = shop.leader_phone.get("/leader/pickups?date=2026-11-21").json()["items"]
        detail = shop.leader_phone.get(f"/leader/pickups/{visit['id']}").json()

        number = brought["leader_home"].number
        assert [(one["order_number"], one["text"]) for one in detail["to_bring"]] == [
            (number, "杭州市西湖区文三路 1 号")
        ]
