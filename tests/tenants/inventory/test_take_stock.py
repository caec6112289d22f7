"""A warehouse is counted blind, by several, and booked once, by another when much is at stake."""

from datetime import datetime

import pytest

from kit.tenancy import StoreRef
from tenants.catalog.models import Sku
from tenants.inventory.models import DEFAULT_WAREHOUSE, Stock, StockTake
from tenants.inventory.services.receive_stock import WrongPieces
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.inventory.services.take_stock import (
    NothingCounted,
    SecondPersonNeeded,
    TakeMoved,
    approve_take,
    count_line,
    drop_take,
    end_counting,
    start_take,
)
from tenants.sales.books import check
from tests.factories.campaigns import an_offer
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW, later


def a_take(now: datetime = NOW) -> StockTake:
    keep_default_warehouse(now=NOW)
    return start_take(warehouse_id=DEFAULT_WAREHOUSE, name="周末盘点", by_name="小周", now=now)


def counted(take: StockTake, sku: Sku, pieces: int, by_name: str = "小周") -> None:
    count_line(line_id=take.lines.get(sku=sku).pk, counted=pieces, by_name=by_name, now=NOW)


class TestStockTake:
    def test_books_the_difference_and_keeps_what_was_sold_meanwhile(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10, price_minor=100)
        take = a_take()
        counted(take, item.sku, 9)
        counted(take, item.sku, 8, "小李")
        a_paid_order(item, quantity=3)
        end_counting(take_id=take.pk, by_name="小李", now=NOW)

        approve_take(take_id=take.pk, by_name="陈店长", now=NOW)

        assert Stock.objects.get(sku=item.sku).on_hand == 10 - 3 - 2
        assert [who for who, _n, _at in take.lines.get().counts] == ["小周", "小李"]
        assert check(NOW) == []
        with pytest.raises(TakeMoved):
            approve_take(take_id=take.pk, by_name="陈店长", now=NOW)

    def test_of_much_needs_a_second_person(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=100, price_minor=1290)
        take = a_take()
        counted(take, sku, 80)
        end_counting(take_id=take.pk, by_name="小李", now=NOW)
        for counter in ("小周", "小李"):
            with pytest.raises(SecondPersonNeeded):
                approve_take(take_id=take.pk, by_name=counter, now=NOW)
        approve_take(take_id=take.pk, by_name="陈店长", now=later(hours=1))
        assert Stock.objects.get(sku=sku).on_hand == 80

    def test_leaves_alone_what_nobody_counted(self, in_acme: StoreRef) -> None:
        one, other = a_product(in_stock=5, price_minor=1), a_product(in_stock=5)
        take = a_take()
        with pytest.raises(NothingCounted):
            end_counting(take_id=take.pk, by_name="", now=NOW)
        counted(take, one, 4)
        end_counting(take_id=take.pk, by_name="", now=NOW)
        with pytest.raises(TakeMoved):
            counted(take, one, 4)
        approve_take(take_id=take.pk, by_name="陈店长", now=NOW)
        assert Stock.objects.get(sku=other).on_hand == 5

    def test_given_up_books_nothing(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=5)
        take = a_take()
        counted(take, sku, 1)
        drop_take(take_id=take.pk, by_name="", now=NOW)
        assert Stock.objects.get(sku=sku).on_hand == 5

    @pytest.mark.parametrize("pieces", [-1, 1_000_001])
    def test_refuses_impossible_numbers(self, in_acme: StoreRef, pieces: int) -> None:
        sku = a_product()
        with pytest.raises(WrongPieces):
            counted(a_take(), sku, pieces)
