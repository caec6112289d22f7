"""Stock is changed by one guarded statement, and each change leaves its move."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.catalog.models import Sku
from tenants.inventory.models import MoveKind, Stock, StockMove
from tenants.inventory.services.move_stock import StockChange, StockShort, move_stock
from tenants.inventory.services.release import release
from tenants.inventory.services.reserve import reserve
from tenants.inventory.services.take import take
from tenants.inventory.services.take_unpromised import take_unpromised
from tenants.inventory.stock_lines import StockLine
from tests.factories.catalog import a_product
from tests.factories.times import NOW


def a_line(sku: Sku, quantity: int) -> StockLine:
    return StockLine(line_id=new_id(), sku_id=sku.id, quantity=quantity)


def stock_of(sku: Sku) -> tuple[int, int]:
    stock = Stock.objects.get(sku=sku)
    return stock.on_hand, stock.reserved


class TestMoveStock:
    def test_walks_a_line_through_its_life(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=5)
        sold, given_up = a_line(sku, 2), a_line(sku, 3)

        reserve(lines=[sold, given_up], at=NOW)
        assert stock_of(sku) == (5, 5)
        release(lines=[given_up], at=NOW)
        assert stock_of(sku) == (5, 2)
        take(lines=[sold], at=NOW)
        assert stock_of(sku) == (3, 0)
        take_unpromised(lines=[given_up], at=NOW)
        assert stock_of(sku) == (0, 0)

        moves = list(StockMove.objects.filter(sku=sku).values_list("kind", "on_hand_delta", "reserved_delta"))
        assert sorted(moves) == sorted(
            [
                ("receive", 5, 0),
                ("reserve", 0, 2),
                ("reserve", 0, 3),
                ("release", 0, -3),
                ("take", -2, -2),
                ("take", -3, 0),
            ]
        )

    def test_says_what_is_left_of_each_that_is_short(self, in_acme: StoreRef) -> None:
        plenty, scarce, none = a_product(in_stock=9), a_product(in_stock=1), a_product(in_stock=0)

        with pytest.raises(StockShort) as refused, transaction.atomic():
            reserve(lines=[a_line(plenty, 1), a_line(scarce, 2), a_line(none, 1)], at=NOW)

        assert refused.value.left == {scarce.id: 1, none.id: 0}
        assert stock_of(plenty) == (9, 0)

    def test_never_takes_what_is_promised_to_others(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=3)
        reserve(lines=[a_line(sku, 2)], at=NOW)

        with pytest.raises(StockShort) as refused, transaction.atomic():
            take_unpromised(lines=[a_line(sku, 2)], at=NOW)

        assert refused.value.left == {sku.id: 1}

    def test_refuses_the_same_move_of_a_line_twice(self, in_acme: StoreRef) -> None:
        line = a_line(a_product(in_stock=9), 1)
        reserve(lines=[line], at=NOW)

        with pytest.raises(IntegrityError), transaction.atomic():
            reserve(lines=[line], at=NOW)

    def test_is_one_statement_whatever_the_basket(self, in_acme: StoreRef) -> None:
        lines = [a_line(a_product(title=str(number)), 1) for number in range(20)]

        with CaptureQueriesContext(connection) as captured:
            reserve(lines=lines, at=NOW)

        assert len(captured) == 1

    def test_keeps_the_reason_and_the_name(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=0)

        move_stock(
            kind=MoveKind.RECEIVE,
            changes=[StockChange(sku.id, on_hand_delta=7)],
            at=NOW,
            reason="早市到货",
            by_name="小周",
        )

        move = StockMove.objects.get(sku=sku)
        assert (move.on_hand_delta, move.reason, move.by_name, move.at) == (7, "早市到货", "小周", NOW)

    def test_of_nothing_asks_nothing(self, in_acme: StoreRef) -> None:
        with CaptureQueriesContext(connection) as captured:
            reserve(lines=[], at=NOW)
        assert len(captured) == 0
