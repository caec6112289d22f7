"""What an answer costs the database. A number that grows is a decision, so it is written here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from control.merchants.models import Merchant
from kit.tenancy import in_control, in_store
from tenants.campaigns.models import CampaignItem
from tenants.sales.cart import put_in_cart
from tests.api.conftest import Shop
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_promotion
from tests.factories.times import NOW


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that run inside, on a connection that comes from elsewhere and has to switch."""
    with in_control():
        Merchant.objects.exists()
    said: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield said


def switches(said: list[str]) -> int:
    return sum("search_path" in sql for sql in said)


def work(said: list[str]) -> list[str]:
    return [sql for sql in said if "search_path" not in sql and "SAVEPOINT" not in sql]


@pytest.fixture
def full_shop(shop: Shop) -> Shop:
    """Thirty goods on the list and a dozen paid orders."""
    with in_store(shop.ref):
        an_open_campaign(*(a_product(title=f"商品{number}") for number in range(30)))
        wanted = {item.pk: 1 for item in CampaignItem.objects.all()}
        put_in_cart(member=shop.member, wanted=wanted, adds=False, now=NOW)
        for _number in range(12):
            a_paid_order(shop.item, member=shop.member, point=shop.point)
    shop.phone.get("/store")  # the host is known by now
    return shop


class TestStatements:
    @pytest.mark.parametrize(
        ("path", "statements"),
        [
            ("/store", 2),  # the words of the shop, its ways to pay
            ("/campaigns", 2),
            ("/products", 3),  # the lists, what they offer, what of it is wanted
            ("/products?q=商品1", 3),
            ("/categories", 1),
            ("/pickup-points", 1),
            ("/pickup-points?lat=30.26&lng=120.13", 4),  # three boxes and the rest, while points are few
            ("/me", 4),  # token, leader?, counts, last point
            ("/cart", 3),  # token, lines, what they are judged by
            ("/orders", 7),  # token, orders, lines, timelines, codes, cut-offs, seats in teams
            ("/pickup-codes", 3),
        ],
    )
    def test_of_a_list(self, full_shop: Shop, path: str, statements: int) -> None:
        with counted() as said:
            assert full_shop.phone.get(path).status_code == 200

        assert len(work(said)) == statements, "\n".join(work(said))
        assert switches(said) == 1

    def test_of_a_product(self, full_shop: Shop) -> None:
        with in_store(full_shop.ref):
            product = full_shop.item.sku.product_id

        with counted() as said:
            full_shop.phone.get(f"/products/{product}")

        assert len(work(said)) == 5, "\n".join(work(said))
        assert switches(said) == 1

    def test_of_an_order_shown(self, full_shop: Shop) -> None:
        order = full_shop.phone.get("/orders?limit=1").json()["items"][0]["id"]

        with counted() as said:
            full_shop.phone.get(f"/orders/{order}")

        assert len(work(said)) == 7, "\n".join(work(said))
        assert switches(said) == 1

    def test_of_an_order_placed(self, full_shop: Shop) -> None:
        with counted() as said:
            placed = full_shop.phone.post("/orders", full_shop.order_words(quantity=2))

        assert placed.status_code == 201
        assert len(work(said)) == 9, "\n".join(work(said))
        assert switches(said) == 1

    def test_of_an_order_placed_with_a_discount(self, full_shop: Shop) -> None:
        with in_store(full_shop.ref):
            a_promotion(TWENTY_FIVE_LESS_THREE)
        words = full_shop.order_words(quantity=2)
        words["expected_total"] = {"amount": full_shop.item.price_minor * 2 - 300, "currency": "CNY"}
        with counted() as said:
            placed = full_shop.phone.post("/orders", words)

        assert placed.status_code == 201
        assert placed.json()["lines"][0]["discounts"] == placed.json()["discounts"]  # of its one line: what was written
        assert placed.json()["discounts"][0]["off"]["amount"] == 300
        assert len(work(said)) == 9, "\n".join(work(said))  # and it is not read again
        assert full_shop.phone.get(f"/orders/{placed.json()['id']}").json()["discounts"] == placed.json()["discounts"]

    @pytest.mark.parametrize(
        ("path", "statements"), [("/leader/desk", 8), ("/leader/pickups", 3), ("/leader/commissions", 4)]
    )
    def test_of_the_leaders_desk(self, full_shop: Shop, path: str, statements: int) -> None:
        with counted() as said:
            assert full_shop.leader_phone.get(path).status_code == 200

        assert len(work(said)) == statements, "\n".join(work(said))
        assert switches(said) == 1

    def test_of_an_address_that_is_none(self, full_shop: Shop) -> None:
        with counted() as said:
            full_shop.stranger.get("/nothing")

        assert said == []
