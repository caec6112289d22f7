"""Stock lies in warehouses: each guards its own, goods travel between them, and nothing is lost but with a reason."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.catalog.models import Sku
from tenants.inventory.models import (
    DEFAULT_WAREHOUSE,
    MoveKind,
    Stock,
    StockMove,
    Transfer,
    Warehouse,
    WarehouseKind,
    WarehouseState,
)
from tenants.inventory.services.adjust_stock import MoreThanThere, lose_stock
from tenants.inventory.services.hold_batch import ReasonMissing
from tenants.inventory.services.move_stock import StockShort
from tenants.inventory.services.receive_stock import WrongPieces, receive_stock
from tenants.inventory.services.reserve import reserve
from tenants.inventory.services.save_warehouse import (
    NameTaken,
    StillInUse,
    WarehouseDraft,
    keep_default_warehouse,
    save_warehouse,
)
from tenants.inventory.services.set_limits import PlanInUse, set_limits
from tenants.inventory.services.take import take
from tenants.inventory.services.transfer_stock import (
    AlreadyReceived,
    SameWarehouse,
    WrongArrival,
    receive_transfer,
    send_transfer,
)
from tenants.inventory.stock_lines import StockLine
from tenants.sales.books import check
from tests.factories.catalog import a_product
from tests.factories.times import NOW


def a_place(name: str = "西湖前置仓") -> Warehouse:
    keep_default_warehouse(now=NOW)
    draft = WarehouseDraft(name, WarehouseKind.FRONT, latitude=Decimal("30.25"), longitude=Decimal("120.15"))
    return save_warehouse(draft=draft, by_name="陈店长", now=NOW)


def on_hand(sku: Sku, warehouse_id: UUID = DEFAULT_WAREHOUSE) -> int:
    stock = Stock.objects.filter(sku=sku, warehouse=warehouse_id).first()
    return stock.on_hand if stock else 0


def sent(sku: Sku, to: Warehouse, quantity: int = 4, key: str = "") -> Transfer:
    return send_transfer(
        sku_id=sku.id,
        quantity=quantity,
        from_id=DEFAULT_WAREHOUSE,
        to_id=to.pk,
        lot="",
        note="",
        key=key or str(new_id()),
        by_name="小周",
        now=NOW,
    )


class TestWarehouses:
    def test_each_guards_its_own_stock(self, in_acme: StoreRef) -> None:
        place, sku = a_place(), a_product(in_stock=5)
        receive_stock(sku_id=sku.id, quantity=2, reason="", by_name="", now=NOW, warehouse_id=place.pk)

        reserve(lines=[StockLine(new_id(), sku.id, 2, place.pk)], at=NOW)

        with pytest.raises(StockShort) as refused, transaction.atomic():
            reserve(lines=[StockLine(new_id(), sku.id, 1, place.pk)], at=NOW)
        assert refused.value.left == {sku.id: 0}
        assert Stock.objects.get(sku=sku, warehouse=DEFAULT_WAREHOUSE).reserved == 0

    def test_one_basket_may_come_from_two(self, in_acme: StoreRef) -> None:
        place, sku = a_place(), a_product(in_stock=5)
        receive_stock(sku_id=sku.id, quantity=2, reason="", by_name="", now=NOW, warehouse_id=place.pk)
        lines = [StockLine(new_id(), sku.id, 2, place.pk), StockLine(new_id(), sku.id, 3)]

        reserve(lines=lines, at=NOW)
        take(lines=lines, at=NOW)

        assert (on_hand(sku), on_hand(sku, place.pk)) == (2, 0)
        assert check(NOW) == []

    def test_two_have_two_names(self, in_acme: StoreRef) -> None:
        a_place()
        with pytest.raises(NameTaken):
            a_place()

    def test_with_goods_in_it_stays_open(self, in_acme: StoreRef) -> None:
        place, sku = a_place(), a_product()
        receive_stock(sku_id=sku.id, quantity=2, reason="", by_name="", now=NOW, warehouse_id=place.pk)
        closed = WarehouseDraft(place.name, WarehouseKind.FRONT, state=WarehouseState.CLOSED)

        with pytest.raises(StillInUse):
            save_warehouse(draft=closed, by_name="", now=NOW, warehouse_id=place.pk)

    def test_the_first_never_closes(self, in_acme: StoreRef) -> None:
        keep_default_warehouse(now=NOW)
        closed = WarehouseDraft("默认仓库", WarehouseKind.CENTRAL, state=WarehouseState.CLOSED)
        with pytest.raises(StillInUse):
            save_warehouse(draft=closed, by_name="", now=NOW, warehouse_id=DEFAULT_WAREHOUSE)


class TestTransfers:
    def test_take_goods_out_here_and_put_them_in_there(self, in_acme: StoreRef) -> None:
        place, sku = a_place(), a_product(in_stock=10)

        transfer = sent(sku, place)
        assert (on_hand(sku), on_hand(sku, place.pk)) == (6, 0)
        receive_transfer(transfer_id=transfer.pk, received=3, note="破了一箱", by_name="小李", now=NOW)

        assert (on_hand(sku), on_hand(sku, place.pk)) == (6, 3)
        assert check(NOW) == []

    def test_are_sent_and_received_once(self, in_acme: StoreRef) -> None:
        place, sku = a_place(), a_product(in_stock=10)
        transfer = sent(sku, place, key="k")
        assert sent(sku, place, key="k") == transfer
        receive_transfer(transfer_id=transfer.pk, received=4, note="", by_name="", now=NOW)

        with pytest.raises(AlreadyReceived):
            receive_transfer(transfer_id=transfer.pk, received=4, note="", by_name="", now=NOW)
        assert (on_hand(sku), on_hand(sku, place.pk)) == (6, 4)

    @pytest.mark.parametrize(("received", "note"), [(5, ""), (-1, "丢了"), (3, " ")])
    def test_lose_nothing_without_a_word(self, in_acme: StoreRef, received: int, note: str) -> None:
        transfer = sent(a_product(in_stock=10), a_place())
        with pytest.raises(WrongArrival):
            receive_transfer(transfer_id=transfer.pk, received=received, note=note, by_name="", now=NOW)

    def test_never_send_what_orders_hold(self, in_acme: StoreRef) -> None:
        place, sku = a_place(), a_product(in_stock=5)
        reserve(lines=[StockLine(new_id(), sku.id, 3)], at=NOW)

        with pytest.raises(MoreThanThere) as refused:
            sent(sku, place, quantity=3)
        assert refused.value.facts["left"] == 2
        assert Transfer.objects.count() == 0

    @pytest.mark.parametrize("quantity", [0, -3, 10_000_000])
    def test_of_impossible_numbers_are_refused(self, in_acme: StoreRef, quantity: int) -> None:
        with pytest.raises(WrongPieces):
            sent(a_product(), a_place(), quantity=quantity)

    def test_go_somewhere_else(self, in_acme: StoreRef) -> None:
        keep_default_warehouse(now=NOW)
        here = Warehouse.objects.get(pk=DEFAULT_WAREHOUSE)
        with pytest.raises(SameWarehouse):
            sent(a_product(), here)


class TestLosses:
    def test_leave_with_their_reason(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=5)
        lose_stock(sku_id=sku.id, quantity=2, reason="变质", by_name="小周", now=NOW)

        move = StockMove.objects.get(kind=MoveKind.LOSS)
        assert (move.on_hand_delta, move.reason, move.by_name) == (-2, "变质", "小周")
        assert check(NOW) == []

    def test_without_a_reason_are_refused(self, in_acme: StoreRef) -> None:
        with pytest.raises(ReasonMissing):
            lose_stock(sku_id=a_product().id, quantity=1, reason=" ", by_name="", now=NOW)


class TestPlans:
    def test_sell_ahead_as_far_as_they_go(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=1)
        set_limits(sku_id=sku.id, low_at=None, planned=4, by_name="陈店长", now=NOW)
        lines = [StockLine(new_id(), sku.id, 5)]

        reserve(lines=lines, at=NOW)
        take(lines=lines, at=NOW)
        assert on_hand(sku) == -4

        with pytest.raises(StockShort), transaction.atomic():
            reserve(lines=[StockLine(new_id(), sku.id, 1)], at=NOW)
        with pytest.raises(PlanInUse) as refused:
            set_limits(sku_id=sku.id, low_at=None, planned=3, by_name="", now=NOW)
        assert refused.value.facts["least"] == 4
        receive_stock(sku_id=sku.id, quantity=6, reason="", by_name="", now=NOW)
        assert on_hand(sku) == 2
        assert check(NOW) == []

    def test_the_database_holds_the_line_by_itself(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Stock.objects.filter(sku=sku).update(reserved=2)
