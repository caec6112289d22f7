"""Goods of several days are ordered in one go and paid at once, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import in_store
from tenants.campaigns.models import CampaignItem
from tenants.payments.models import Payment
from tenants.sales.services.settle_payment import settle_payment
from tests.api.conftest import Shop
from tests.factories.checkouts import a_checkout, an_offer_for
from tests.factories.orders import news_of
from tests.factories.times import NOW, TOMORROW

CNY = {"currency": "CNY"}


@pytest.fixture
def pears(shop: Shop) -> CampaignItem:
    """To be fetched the day after the shop's own item."""
    with in_store(shop.ref):
        return an_offer_for(1, title="丰水梨", price_minor=990)


def wanted(shop: Shop, *others: CampaignItem) -> list[dict[str, Any]]:
    return [{"campaign_item_id": str(item.pk), "quantity": 1} for item in (shop.item, *others)]


def place(shop: Shop, pears: CampaignItem, *, key: str = "c1", total: int = 2280) -> Any:
    words = shop.order_words(lines=wanted(shop, pears), expected_total={"amount": total, **CNY})
    return shop.phone.post("/checkouts", words, key=key)


class TestQuote:
    def test_tells_the_orders_it_becomes(self, shop: Shop, pears: CampaignItem) -> None:
        ask = {"lines": wanted(shop, pears), "pickup_point_id": str(shop.point.pk)}

        whole = shop.phone.post("/quotes", ask).json()
        split = shop.phone.post("/quotes", {**ask, "splits": True}).json()

        assert (whole["can_order"], split["can_order"]) == (False, True)
        told = [(group["pickup_date"], group["items"], group["total"]["amount"]) for group in split["groups"]]
        assert told == [
            (str(TOMORROW), [str(shop.item.pk)], 1290),
            (str(TOMORROW + timedelta(days=1)), [str(pears.pk)], 990),
        ]


class TestCheckout:
    def test_is_placed_read_and_paid_once(self, shop: Shop, pears: CampaignItem) -> None:
        placed = place(shop, pears)
        assert placed.status_code == 201
        first, second = placed.json()["orders"]
        assert first["checkout"]["to_pay"] == {"amount": 2280, **CNY}
        assert [one["id"] for one in second["checkout"]["orders"]] == [first["id"], second["id"]]

        payment = shop.phone.post(f"/orders/{second['id']}/payments", {"method": "sandbox"}, key="p1").json()
        assert payment["amount"]["amount"] == 2280
        assert payment["checkout_id"] == placed.json()["id"]
        assert shop.phone.get(f"/payments/{payment['id']}").json()["order_id"] in (first["id"], second["id"])
        with in_store(shop.ref):
            settle_payment(news=news_of(Payment.objects.get(pk=payment["id"])), now=NOW)

        read = shop.phone.get(f"/checkouts/{placed.json()['id']}").json()
        assert [order["state"] for order in read["orders"]] == ["paid", "paid"]
        assert read["orders"][0]["checkout"]["to_pay"]["amount"] == 0

    def test_the_same_key_is_the_same_checkout(self, shop: Shop, pears: CampaignItem) -> None:
        assert place(shop, pears).json() == place(shop, pears).json()
        assert len(shop.phone.get("/orders").json()["items"]) == 2
        assert place(shop, pears, total=1).status_code == 422

    def test_an_order_of_two_days_is_still_refused_by_the_old_call(self, shop: Shop, pears: CampaignItem) -> None:
        words = shop.order_words(lines=wanted(shop, pears), expected_total={"amount": 2280, **CNY})
        refused = shop.phone.post("/orders", words, key="o1")
        assert (refused.status_code, refused.json()["code"]) == (409, "mixed_pickup_days")

    def test_one_placed_alone_has_no_checkout(self, shop: Shop) -> None:
        assert shop.phone.post("/orders", shop.order_words(), key="o1").json()["checkout"] is None

    def test_a_moved_price_is_told(self, shop: Shop, pears: CampaignItem) -> None:
        refused = place(shop, pears, total=2279)
        assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
        assert refused.json()["total"] == {"amount": 2280, **CNY}

    def test_is_nobody_elses(self, shop: Shop, pears: CampaignItem) -> None:
        checkout = place(shop, pears).json()["id"]
        assert shop.leader_phone.get(f"/checkouts/{checkout}").status_code == 404

    def test_the_list_of_many_costs_no_more_than_of_one(self, shop: Shop, pears: CampaignItem) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as captured:
                shop.phone.get("/orders")
            return len(captured)

        place(shop, pears)
        one = asked()
        with in_store(shop.ref):
            for _more in range(3):
                a_checkout((shop.item, 1), (pears, 1), member=shop.member, point=shop.point, now=NOW)

        assert asked() == one
