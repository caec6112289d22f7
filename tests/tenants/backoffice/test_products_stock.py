"""库存: counts, deliveries and where they came from, through the pages."""

from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Sku
from tenants.inventory.models import DEFAULT_WAREHOUSE, MoveKind, Stock, StockMove
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.goods import text_of
from tests.tenants.shelf import a_sku

PAGE = "/backoffice/stock"
HERE = str(DEFAULT_WAREHOUSE)


@pytest.fixture
def sku(acme: StoreRef) -> Sku:
    with in_store(acme):
        sku = a_sku(in_stock=10)
        Stock.objects.update(reserved=4)
        return sku


class TestList:
    def test_tells_what_is_there_promised_and_left(self, desk: Client, sku: Sku) -> None:
        (row,) = desk.get(PAGE).context["rows"]

        assert (row.on_hand, row.reserved, row.left) == (10, 4, 6)

    def test_sorts_the_scarce_into_tabs(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        with in_store(acme):
            a_sku(title="香梨", in_stock=0)
            a_sku(title="青枣", in_stock=5)

        tabs = desk.get(PAGE).context["tabs"]

        assert [tab.count for tab in tabs] == [3, 1, 1]
        assert [row.product.title for row in desk.get(f"{PAGE}?level=none").context["rows"]] == ["香梨"]

    def test_asks_the_database_as_often_for_many_as_for_one(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        desk.get(PAGE)  # the first look writes the first warehouse down
        few = self._queries(desk)
        with in_store(acme):
            for number in range(15):
                a_sku(title=f"香梨{number}")

        assert self._queries(desk) == few

    def _queries(self, desk: Client) -> int:
        from django.db import connection

        with CaptureQueriesContext(connection) as seen:
            desk.get(PAGE)
        return len(seen)


class TestReceive:
    def test_adds_pieces_and_remembers_who(self, acme: StoreRef, clerk: Person, sign_in: SignIn, sku: Sku) -> None:
        typed = {"quantity": "12", "reason": "送货单 88", "warehouse": HERE}
        answer = sign_in(clerk).post(f"{PAGE}/{sku.pk}/receive", typed)

        assert answer.status_code == 303
        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == 22
            move = StockMove.objects.get(sku=sku)
            assert (move.kind, move.on_hand_delta, move.reason, move.by_name) == ("receive", 12, "送货单 88", "小张")

    @pytest.mark.parametrize("quantity", ["", "0", "-3", "1.5", "很多", "9999999999"])
    def test_refuses_what_is_no_number_of_pieces(self, acme: StoreRef, desk: Client, sku: Sku, quantity: str) -> None:
        answer = desk.post(f"{PAGE}/{sku.pk}/receive", {"quantity": quantity, "reason": "送货单 88"})

        assert answer.status_code == 422
        assert 'value="送货单 88"' in text_of(answer)
        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == 10


class TestCount:
    def test_writes_the_difference(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        desk.post(f"{PAGE}/{sku.pk}/count", {"counted": "7", "reason": "报损", "warehouse": HERE})

        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == 7
            move = StockMove.objects.get(sku=sku)
            assert (move.kind, move.on_hand_delta) == (MoveKind.ADJUST, -3)

    def test_keeps_what_orders_hold(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        answer = desk.post(f"{PAGE}/{sku.pk}/count", {"counted": "3", "reason": "报损", "warehouse": HERE})

        assert answer.status_code == 422
        assert "订单已占用 4 件" in text_of(answer)
        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == 10

    @pytest.mark.parametrize("typed", [{"counted": "5"}, {"counted": "-1", "reason": "报损"}, {"reason": "报损"}])
    def test_needs_a_number_and_a_reason(self, desk: Client, sku: Sku, typed: dict[str, str]) -> None:
        assert desk.post(f"{PAGE}/{sku.pk}/count", typed).status_code == 422


class TestMoves:
    def test_tell_the_story(self, desk: Client, sku: Sku) -> None:
        desk.post(f"{PAGE}/{sku.pk}/receive", {"quantity": "12", "reason": "送货单 88", "warehouse": HERE})

        page = text_of(desk.get(f"{PAGE}/{sku.pk}/moves"))

        assert "入库" in page
        assert "+12" in page

    @pytest.mark.parametrize("what", ["receive", "count", "moves"])
    def test_of_the_shop_next_door_are_unknown(self, rival: StoreRef, desk: Client, what: Any) -> None:
        with in_store(rival):
            foreign = a_sku()

        assert desk.get(f"{PAGE}/{foreign.pk}/{what}").status_code == 404
