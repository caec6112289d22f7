"""Stock against a model: whatever is received, sold, stopped, moved, counted or lost in whatever order, it adds up."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.inventory.models import DEFAULT_WAREHOUSE, Batch, BatchState, Stock, WarehouseKind
from tenants.inventory.services.adjust_stock import CountedBelowReserved, MoreThanThere, adjust_stock, lose_stock
from tenants.inventory.services.hold_batch import NotOnSale, hold_batch, unhold_batch
from tenants.inventory.services.move_stock import StockShort
from tenants.inventory.services.receive_stock import BatchDraft, receive_stock
from tenants.inventory.services.release import release
from tenants.inventory.services.reserve import reserve
from tenants.inventory.services.save_warehouse import WarehouseDraft, keep_default_warehouse, save_warehouse
from tenants.inventory.services.transfer_stock import receive_transfer, send_transfer
from tenants.inventory.stock_lines import StockLine
from tenants.sales.books import check
from tenants.tracing.services.recall import NothingChosen, start_recall
from tests.factories.catalog import a_product
from tests.factories.times import NOW

LOTS = ("A", "B", "C")
PLACES = st.integers(0, 1)
PIECES = st.integers(1, 6)


class Warehousing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.examined = transaction.atomic()
        self.examined.__enter__()
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        keep_default_warehouse(now=NOW)
        draft = WarehouseDraft("西湖仓", WarehouseKind.FRONT)
        self.places = [DEFAULT_WAREHOUSE, save_warehouse(draft=draft, by_name="", now=NOW).pk]
        self.sku = a_product(in_stock=0)
        self.on_hand, self.reserved = [0, 0], [0, 0]
        self.promises: list[tuple[int, StockLine]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.examined.__exit__(None, None, None)

    @rule(place=PLACES, lot=st.sampled_from([*LOTS, ""]), pieces=PIECES)
    def receive(self, place: int, lot: str, pieces: int) -> None:
        end = date(2026, 12, 1) + timedelta(days=LOTS.index(lot)) if lot else None
        receive_stock(
            sku_id=self.sku.pk,
            quantity=pieces,
            reason="",
            by_name="",
            now=NOW,
            warehouse_id=self.places[place],
            batch=BatchDraft(lot, expires_on=end) if lot else None,
        )
        self.on_hand[place] += pieces

    @rule(place=PLACES, pieces=PIECES)
    def promise(self, place: int, pieces: int) -> None:
        line = StockLine(new_id(), self.sku.pk, pieces, self.places[place])
        if pieces > self.on_hand[place] - self.reserved[place] - self._held(place):
            with pytest.raises(StockShort), transaction.atomic():
                reserve(lines=[line], at=NOW)
            return
        reserve(lines=[line], at=NOW)
        self.promises.append((place, line))
        self.reserved[place] += pieces

    @rule()
    def give_up(self) -> None:
        if self.promises:
            place, line = self.promises.pop(0)
            release(lines=[line], at=NOW)
            self.reserved[place] -= line.quantity

    @rule(place=PLACES, pieces=PIECES)
    def lose(self, place: int, pieces: int) -> None:
        where = self.places[place]
        if pieces > self.on_hand[place] - self.reserved[place]:
            with pytest.raises(MoreThanThere):
                lose_stock(sku_id=self.sku.pk, quantity=pieces, reason="x", by_name="", now=NOW, warehouse_id=where)
            return
        lose_stock(sku_id=self.sku.pk, quantity=pieces, reason="x", by_name="", now=NOW, warehouse_id=where)
        self.on_hand[place] -= pieces

    @rule(place=PLACES, counted=st.integers(0, 12))
    def count(self, place: int, counted: int) -> None:
        where = self.places[place]
        if counted < self.reserved[place]:
            with pytest.raises(CountedBelowReserved):
                adjust_stock(sku_id=self.sku.pk, counted=counted, reason="", by_name="", now=NOW, warehouse_id=where)
            return
        adjust_stock(sku_id=self.sku.pk, counted=counted, reason="", by_name="", now=NOW, warehouse_id=where)
        self.on_hand[place] = counted

    @rule(place=PLACES, pieces=PIECES, lost=st.integers(0, 6))
    def move(self, place: int, pieces: int, lost: int) -> None:
        asked = {"sku_id": self.sku.pk, "quantity": pieces, "lot": "", "note": "", "by_name": "", "now": NOW}
        there = {"from_id": self.places[place], "to_id": self.places[1 - place], "key": str(new_id())}
        if pieces > self.on_hand[place] - self.reserved[place]:
            with pytest.raises(MoreThanThere):
                send_transfer(**asked, **there)  # type: ignore[arg-type]
            return
        sent = send_transfer(**asked, **there)  # type: ignore[arg-type]
        came = max(0, pieces - lost)
        receive_transfer(transfer_id=sent.pk, received=came, note="x", by_name="", now=NOW)
        self.on_hand[place] -= pieces
        self.on_hand[1 - place] += came

    @rule(lot=st.sampled_from(LOTS), place=PLACES, what=st.sampled_from(["hold", "unhold", "recall"]))
    def stop(self, lot: str, place: int, what: str) -> None:
        batch = Batch.objects.filter(lot=lot, stock__warehouse=self.places[place]).first()
        if batch is None:
            return
        try:
            if what == "recall":
                start_recall(batch_ids=[batch.pk], title="x", reason="x", by_name="", now=NOW)
            else:
                story = hold_batch if what == "hold" else unhold_batch
                story(batch_id=batch.pk, reason="x", by_name="", now=NOW)
        except NotOnSale:
            assert batch.state != (BatchState.AVAILABLE if what == "hold" else BatchState.HOLD)
        except NothingChosen:
            assert batch.state == BatchState.RECALLED

    @invariant()
    def is_what_the_model_says(self) -> None:
        for place, warehouse_id in enumerate(self.places):
            stock = Stock.objects.filter(sku=self.sku, warehouse=warehouse_id).first()
            seen = (stock.on_hand, stock.reserved) if stock else (0, 0)
            assert seen == (self.on_hand[place], self.reserved[place])

    @invariant()
    def has_books_that_add_up(self) -> None:
        # No order stands behind these promises
        assert [one for one in check(NOW) if not one.sentence.startswith("占用等于待付款订单之和")] == []

    def _held(self, place: int) -> int:
        stock = Stock.objects.filter(sku=self.sku, warehouse=self.places[place]).first()
        return stock.held if stock else 0


def _explored(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=examples < 100,
        database=None,
        phases=[Phase.generate, Phase.shrink] if examples > 100 else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class TestStock:
    @pytest.mark.filterwarnings("ignore")
    def test_adds_up_in_any_order(self, in_acme: StoreRef) -> None:
        run_state_machine_as_test(Warehousing, settings=_explored(4, 15))

    @pytest.mark.nightly
    @pytest.mark.filterwarnings("ignore")
    def test_adds_up_in_very_many_orders(self, in_acme: StoreRef) -> None:
        run_state_machine_as_test(Warehousing, settings=_explored(300, 50))
