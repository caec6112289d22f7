"""A cart is the member's, not the phone's."""

from typing import Any

import pytest

from kit import clock
from kit.tenancy import in_store
from tenants.campaigns.models import Campaign
from tenants.campaigns.reach import Reach, set_reach
from tenants.catalog.models import Product, ProductState
from tenants.orders.models import CartLine
from tests.api.conftest import Shop
from tests.api.phone import Phone, signed_in
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.times import NOW, later


def put(phone: Phone, *lines: tuple[Any, int], **more: object) -> Any:
    wanted = [{"campaign_item_id": str(item.pk), "quantity": quantity} for item, quantity in lines]
    return phone.ask("PUT", "/cart", {"lines": wanted, **more})


def lines_of(answer: Any) -> list[tuple[str, int, str]]:
    return [
        (line["item"]["product"]["title"], line["quantity"], (line["problem"] or {"code": ""})["code"])
        for group in answer.json()["groups"]
        for line in group["lines"]
    ]


class TestCart:
    def test_is_the_same_on_another_phone(self, shop: Shop) -> None:
        put(shop.phone, (shop.item, 2))

        other = signed_in(shop.ref, shop.member).get("/cart")

        assert lines_of(other) == [("洛川苹果", 2, "")]
        assert other.json()["pieces"] == 2

    def test_a_phone_brings_what_it_gathered_before(self, shop: Shop) -> None:
        with in_store(shop.ref):
            pears = an_offer(title="丰水梨")
        put(shop.phone, (shop.item, 3))

        joined = put(shop.phone, (shop.item, 1), (pears, 2), adds=True)
        again = put(shop.phone, (shop.item, 1), (pears, 2), adds=True)

        assert lines_of(joined) == lines_of(again) == [("洛川苹果", 3, ""), ("丰水梨", 2, "")]

    def test_a_line_left_out_is_gone(self, shop: Shop) -> None:
        put(shop.phone, (shop.item, 2))
        assert lines_of(put(shop.phone)) == []

    def test_is_split_by_the_day_it_is_fetched(self, shop: Shop) -> None:
        with in_store(shop.ref):
            pears = an_offer(title="丰水梨")
            Campaign.objects.filter(pk=pears.campaign_id).update(pickup_date=later(days=5).date())

        groups = put(shop.phone, (pears, 1), (shop.item, 1)).json()["groups"]

        assert [group["pickup_date"] for group in groups] == ["2026-11-21", "2026-11-25"]

    def test_what_the_point_has_not_is_marked_and_stays(self, shop: Shop) -> None:
        with in_store(shop.ref):
            other = a_leader_with_point(name="张姐", point="绿地新村")
            reach = Reach(leader_ids=[other.leader_id])
            set_reach(campaign_id=shop.item.campaign_id, reach=reach, now=NOW, by_name="")
        put(shop.phone, (shop.item, 2))

        here = shop.phone.get(f"/cart?pickup_point_id={shop.point.pk}")
        there = shop.phone.get(f"/cart?pickup_point_id={other.pk}")

        assert (lines_of(here), lines_of(there)) == ([("洛川苹果", 2, "not_here")], [("洛川苹果", 2, "")])

    def test_what_left_the_shelf_is_marked_and_stays(self, shop: Shop) -> None:
        put(shop.phone, (shop.item, 2))
        with in_store(shop.ref):
            Product.objects.update(state=ProductState.OFF_SHELF)

        assert lines_of(shop.phone.get("/cart")) == [("洛川苹果", 2, "off_sale")]

    def test_what_was_over_a_week_ago_is_dropped(self, shop: Shop) -> None:
        put(shop.phone, (shop.item, 2))
        with in_store(shop.ref):
            fresh = an_offer(title="丰水梨")
            Campaign.objects.filter(pk=fresh.campaign_id).update(cutoff_at=later(days=30))
        with clock.at(later(days=8)):
            assert lines_of(put(signed_in(shop.ref, shop.member), (fresh, 1), adds=True)) == [("丰水梨", 1, "")]

    def test_ids_of_nobody_are_passed_over(self, shop: Shop) -> None:
        assert lines_of(put(shop.phone, (shop.member, 2), (shop.item, 1))) == [("洛川苹果", 1, "")]

    def test_another_members_cart_is_another(self, shop: Shop) -> None:
        put(shop.phone, (shop.item, 2))
        with in_store(shop.ref):
            other = a_member()
        assert lines_of(signed_in(shop.ref, other).get("/cart")) == []
        with in_store(shop.ref):
            assert CartLine.objects.count() == 1

    @pytest.mark.parametrize("quantity", [0, -1, 1.5, 10_000_000, "2"])
    def test_a_senseless_number_is_refused(self, shop: Shop, quantity: Any) -> None:
        lines = [{"campaign_item_id": str(shop.item.pk), "quantity": quantity}]
        assert shop.phone.ask("PUT", "/cart", {"lines": lines}).status_code == 400

    def test_a_hundred_kinds_and_no_more(self, shop: Shop) -> None:
        lines = [{"campaign_item_id": str(shop.item.pk), "quantity": 1}] * 101
        assert shop.phone.ask("PUT", "/cart", {"lines": lines}).status_code == 400

    def test_a_stranger_has_none(self, shop: Shop) -> None:
        assert shop.stranger.get("/cart").status_code == 401
        assert put(shop.stranger, (shop.item, 1)).status_code == 401
