"""Batches: first over, first out; nothing that is over or stopped; called back when it must be."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import Sum

from kit import clock
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import CampaignItem
from tenants.catalog.models import Sku
from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.services.hand_over import CalledBack, HandedLine, hand_over
from tenants.inventory.models import Batch, BatchState, ShelfRule, Stock
from tenants.inventory.services.hold_batch import (
    NotOnSale,
    ReasonMissing,
    expire_batches,
    hold_batch,
    unhold_batch,
)
from tenants.inventory.services.move_stock import StockShort
from tenants.inventory.services.receive_stock import (
    BatchDraft,
    GoodsExpired,
    LotWithOtherDates,
    TooShortALife,
    receive_stock,
)
from tenants.inventory.services.reserve import reserve
from tenants.inventory.services.save_shelf_rule import save_shelf_rule
from tenants.inventory.stock_lines import StockLine
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Refund
from tenants.sales.books import check
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.refund_recalled import refund_recalled
from tenants.tracing.models import LineBatch, RecalledLine
from tenants.tracing.selectors import Stopped, lines_stopped_at, progress_of, stopped_pieces
from tenants.tracing.services.allocate_batches import NotThisBatch, allocate_batches, choose_batch
from tenants.tracing.services.mark_down import NothingToMarkDown, mark_down, mark_down_due
from tenants.tracing.services.recall import NothingChosen, StillToRefund, close_recall, start_recall
from tenants.tracing.tasks import look_after_batches
from tests.factories.campaigns import an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW, TOMORROW, later

TODAY = date(2026, 11, 20)
AFTER_CUTOFF = later(hours=12)


def a_batch(sku: Sku, lot: str, *, days: int | None, pieces: int = 10, cost_minor: int | None = None) -> Batch:
    expires_on = None if days is None else TODAY + timedelta(days=days)
    draft = BatchDraft(lot, expires_on=expires_on, cost_minor=cost_minor)
    receive_stock(sku_id=sku.id, quantity=pieces, reason="", by_name="小周", now=NOW, batch=draft)
    return Batch.objects.get(lot=lot)


def an_item(**batches: int | None) -> CampaignItem:
    """An offer whose stock lies in batches that end after so many days, ten pieces each."""
    item = an_offer(in_stock=0)
    for lot, days in batches.items():
        a_batch(item.sku, lot, days=days)
    return item


def given(order: Order) -> dict[str, int]:
    rows = LineBatch.objects.filter(order_line__order=order).values_list("batch__lot").annotate(n=Sum("quantity"))
    return dict(rows)


def in_order() -> bool:
    for stock in Stock.objects.all():
        held = Batch.objects.filter(stock=stock, state__in=("hold", "expired", "recalled"))
        assert stock.held == (held.aggregate(n=Sum("on_hand"))["n"] or 0)
    return check(AFTER_CUTOFF) == []


class TestReceiving:
    def test_lets_the_same_lot_grow(self, in_acme: StoreRef) -> None:
        item = an_item(A1=9)
        a_batch(item.sku, "A1", days=9, pieces=5)
        batch = Batch.objects.get()
        assert (batch.on_hand, batch.received, batch.stock.on_hand) == (15, 15, 15)

    def test_refuses_the_same_lot_with_other_dates(self, in_acme: StoreRef) -> None:
        item = an_item(A1=9)
        with pytest.raises(LotWithOtherDates):
            a_batch(item.sku, "A1", days=8)

    def test_refuses_what_is_over(self, in_acme: StoreRef) -> None:
        with pytest.raises(GoodsExpired):
            an_item(A1=-1)
        assert Stock.objects.get().on_hand == 0

    def test_refuses_what_is_made_tomorrow(self, in_acme: StoreRef) -> None:
        draft = BatchDraft("A1", produced_on=TOMORROW)
        with pytest.raises(GoodsExpired):
            receive_stock(sku_id=an_offer().sku_id, quantity=1, reason="", by_name="", now=NOW, batch=draft)

    def test_refuses_what_is_nearly_over(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=0)
        ShelfRule.objects.create(product=item.sku.product, receive_remaining_days=7)
        with pytest.raises(TooShortALife) as refused:
            a_batch(item.sku, "A1", days=6)
        assert refused.value.facts == {"days": 6, "least": 7}


class TestAllocation:
    def test_gives_first_what_ends_first(self, in_acme: StoreRef) -> None:
        item = an_item(LATE=9, SOON=3)
        order = a_paid_order(item, quantity=12)

        allocate_batches(now=AFTER_CUTOFF)

        assert given(order) == {"SOON": 10, "LATE": 2}
        assert Batch.objects.get(lot="SOON").state == BatchState.DEPLETED
        assert in_order()

    def test_waits_for_the_cut_off(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_item(A1=9))
        allocate_batches(now=NOW)
        assert given(order) == {}

    def test_gives_nothing_twice(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_item(A1=9), quantity=3)
        allocate_batches(now=AFTER_CUTOFF)
        assert allocate_batches(now=AFTER_CUTOFF).pieces == 0
        assert given(order) == {"A1": 3}

    def test_gives_nothing_to_what_was_taken_back(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_item(A1=9), quantity=3)
        wanted = [WantedRefund(order.lines.get().pk, quantity=2)]
        refund_lines(order_id=order.pk, wanted=wanted, reason="", actor=Actor(kind="person"), key="k", now=NOW)
        allocate_batches(now=AFTER_CUTOFF)
        assert given(order) == {"A1": 1}

    def test_keeps_days_for_the_shopper(self, in_acme: StoreRef) -> None:
        item = an_item(SHORT=2, LONG=9)
        ShelfRule.objects.create(product=item.sku.product, min_remaining_days=3)
        order = a_paid_order(item, quantity=3)
        allocate_batches(now=AFTER_CUTOFF)
        assert given(order) == {"LONG": 3}

    def test_says_what_is_short_and_gives_it_when_it_comes(self, in_acme: StoreRef) -> None:
        item = an_item(A1=9, A2=9)
        order = a_paid_order(item, quantity=15)
        hold_batch(batch_id=Batch.objects.get(lot="A2").pk, reason="抽检", by_name="", now=NOW)

        assert allocate_batches(now=AFTER_CUTOFF).short == 5
        a_batch(item.sku, "A3", days=5)
        assert allocate_batches(now=AFTER_CUTOFF).short == 0

        assert given(order) == {"A1": 10, "A3": 5}
        assert in_order()

    def test_may_be_chosen_with_a_reason(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_item(SOON=3, LATE=9), quantity=4)
        allocate_batches(now=AFTER_CUTOFF)
        row = LineBatch.objects.get()

        with pytest.raises(ReasonMissing):
            choose_batch(line_batch_id=row.pk, lot="LATE", reason="", by_name="", now=NOW)
        with pytest.raises(NotThisBatch):
            choose_batch(line_batch_id=row.pk, lot="B9", reason="压坏了", by_name="", now=NOW)
        choose_batch(line_batch_id=row.pk, lot="LATE", reason="压坏了", by_name="小周", now=NOW)

        assert given(order) == {"LATE": 4}
        assert Batch.objects.get(lot="SOON").on_hand == 10
        assert in_order()


class TestHolding:
    def test_takes_a_batch_out_of_sale_and_back(self, in_acme: StoreRef) -> None:
        item = an_item(A1=9, A2=9)
        batch = Batch.objects.get(lot="A1")

        hold_batch(batch_id=batch.pk, reason="抽检", by_name="小周", now=NOW)
        with pytest.raises(StockShort) as refused, transaction.atomic():
            reserve(lines=[StockLine(new_id(), item.sku_id, 11)], at=NOW)
        assert refused.value.left == {item.sku_id: 10}
        assert in_order()

        unhold_batch(batch_id=batch.pk, reason="合格", by_name="小周", now=NOW)
        with pytest.raises(NotOnSale):
            unhold_batch(batch_id=batch.pk, reason="合格", by_name="小周", now=NOW)
        assert Stock.objects.get().available == 20
        assert in_order()

    def test_what_is_promised_may_still_be_paid(self, in_acme: StoreRef) -> None:
        item = an_item(A1=9)
        order = a_paid_order(item, quantity=10)
        hold_batch(batch_id=Batch.objects.get().pk, reason="抽检", by_name="", now=NOW)
        assert order.state == "paid"
        assert Stock.objects.get().available == -10  # ten sold, and none of them may go out
        assert in_order()

    def test_over_is_over_though_the_task_has_yet_to_come(self, in_acme: StoreRef) -> None:
        item = an_item(A1=0, A2=9)
        with pytest.raises(StockShort) as refused, transaction.atomic():
            reserve(lines=[StockLine(new_id(), item.sku_id, 11)], at=later(days=1))
        assert refused.value.left == {item.sku_id: 10}

    def test_the_task_says_so_once(self, in_acme: StoreRef) -> None:
        an_item(A1=0, A2=9)
        assert expire_batches(now=NOW) == 0
        assert expire_batches(now=later(days=1)) == 1
        assert expire_batches(now=later(days=1)) == 0
        assert Batch.objects.get(lot="A1").state == BatchState.EXPIRED
        assert in_order()


class TestMarkdown:
    def test_cuts_what_is_on_sale_and_warns_below_cost(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=0, price_minor=1000)
        ShelfRule.objects.create(product=item.sku.product, near_days=3, markdown_ppm=300_000)
        batch = a_batch(item.sku, "A1", days=2, cost_minor=800)
        with pytest.raises(NothingToMarkDown):
            mark_down(batch_id=batch.pk, by_name="", now=NOW)

        assert expire_batches(now=NOW) == 1
        assert mark_down(batch_id=batch.pk, by_name="陈店长", now=NOW) == 1

        item.refresh_from_db()
        assert item.price_minor == 700
        with pytest.raises(NothingToMarkDown):
            mark_down(batch_id=batch.pk, by_name="", now=NOW)

    @pytest.mark.parametrize("by_itself", [True, False])
    def test_is_done_by_itself_where_the_rule_says_so(self, acme: StoreRef, by_itself: bool) -> None:
        with in_store(acme):
            item = an_offer(in_stock=0, price_minor=1000)
            save_shelf_rule(
                product_id=item.sku.product_id, min_remaining_days=0, receive_remaining_days=0, near_days=3,
                markdown_ppm=300_000, marks_down_itself=by_itself, by_name="", now=NOW,
            )  # fmt: skip
            a_batch(item.sku, "A1", days=2)
            a_batch(item.sku, "A2", days=9)
        for _run in range(2):
            with clock.at(NOW):
                look_after_batches(store=str(acme.merchant_id))
        with in_store(acme):
            item.refresh_from_db()
            assert item.price_minor == (700 if by_itself else 1000)
            assert Batch.objects.exclude(marked_down_at=None).count() == by_itself

    def test_two_batches_near_their_end_cut_a_price_once(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=0, price_minor=1000)
        ShelfRule.objects.create(product=item.sku.product, near_days=3, markdown_ppm=300_000, marks_down_itself=True)
        a_batch(item.sku, "A1", days=1)
        a_batch(item.sku, "A2", days=2)
        expire_batches(now=NOW)
        assert (mark_down_due(now=NOW), mark_down_due(now=NOW)) == (1, 0)
        item.refresh_from_db()
        assert item.price_minor == 700

    def test_waits_until_the_goods_are_on_a_list(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=0, price_minor=1000)
        ShelfRule.objects.create(product=sku.product, near_days=3, markdown_ppm=300_000, marks_down_itself=True)
        a_batch(sku, "A1", days=2)
        expire_batches(now=NOW)
        assert mark_down_due(now=NOW) == 0
        an_open_campaign(sku)
        assert (mark_down_due(now=NOW), mark_down_due(now=NOW)) == (1, 0)


class TestRecall:
    def test_finds_who_got_it_stops_it_and_refunds(self, in_acme: StoreRef) -> None:
        item = an_item(A1=3, A2=9)
        hit, spared = a_paid_order(item, quantity=10), a_paid_order(item, quantity=2, now=later(minutes=1))
        allocate_batches(now=AFTER_CUTOFF)
        batch = Batch.objects.get(lot="A1")

        recall = start_recall(batch_ids=[batch.pk], title="农残超标", reason="抽检不合格", by_name="老板", now=NOW)

        assert list(RecalledLine.objects.values_list("order_line__order", "quantity")) == [(hit.pk, 10)]
        with pytest.raises(CalledBack):
            _hand(hit)
        _hand(spared)
        with pytest.raises(StillToRefund):
            close_recall(recall_id=recall.pk, by_name="", now=NOW)
        assert refund_recalled(recall_id=recall.pk, by_name="老板", now=NOW) == (1, 0)
        assert refund_recalled(recall_id=recall.pk, by_name="老板", now=NOW) == (0, 0)
        assert Refund.objects.get().amount_minor == hit.total_minor
        close_recall(recall_id=recall.pk, by_name="老板", now=NOW)
        assert progress_of(recall.pk).refunded_minor == hit.total_minor
        assert in_order()

    def test_of_part_of_a_line_refunds_that_part(self, in_acme: StoreRef) -> None:
        item = an_item(A1=3, A2=9)
        a_paid_order(item, quantity=15)
        allocate_batches(now=AFTER_CUTOFF)
        recall = start_recall(
            batch_ids=[Batch.objects.get(lot="A2").pk], title="破包", reason="漏气", by_name="", now=NOW
        )
        refund_recalled(recall_id=recall.pk, by_name="", now=NOW)
        assert Refund.objects.get().amount_minor == 5 * item.price_minor

    def test_of_part_of_a_line_stops_that_part_before_and_nothing_after_it_was_given_back(
        self, in_acme: StoreRef
    ) -> None:
        item = an_item(A1=3, A2=9)
        order = a_paid_order(item, quantity=15)  # ten of A1 and five of A2
        allocate_batches(now=AFTER_CUTOFF)
        batch = Batch.objects.get(lot="A2")
        recall = start_recall(batch_ids=[batch.pk], title="破包", reason="漏气", by_name="", now=NOW)
        assert stopped_pieces(order.lines.all()) == {order.lines.get().pk: Stopped(5, "破包")}
        assert lines_stopped_at(order.leader_id) == 1

        with pytest.raises(CalledBack) as refused:
            _hand(order, quantity=11)
        assert refused.value.facts["stopped"] == 5
        _hand(order, quantity=8)
        with pytest.raises(CalledBack):
            _hand(order, quantity=3)
        _hand(order, quantity=2)
        refund_recalled(recall_id=recall.pk, by_name="", now=NOW)

        order.refresh_from_db()
        assert (order.state, stopped_pieces(order.lines.all())) == (OrderState.PICKED_UP, {})
        assert lines_stopped_at(order.leader_id) == 0

    def test_moves_everything_but_the_goods(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=100_000, by_name="", now=NOW)
        item = an_item(A1=9)
        order = a_paid_order(item, quantity=4)
        allocate_batches(now=AFTER_CUTOFF)
        recall = start_recall(batch_ids=[Batch.objects.get().pk], title="x", reason="x", by_name="", now=NOW)
        on_hand = Stock.objects.get().on_hand

        refund_recalled(recall_id=recall.pk, by_name="", now=NOW)

        order.refresh_from_db()
        item.refresh_from_db()
        assert (order.state, item.taken, Stock.objects.get().on_hand) == (OrderState.CANCELLED, 0, on_hand)
        assert set(CommissionEntry.objects.values_list("state", flat=True)) == {EntryState.REVERSED}
        assert in_order()

    def test_keeps_them_out_of_stock_whoever_gives_them_back(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_item(A1=3, A2=9), quantity=15)
        allocate_batches(now=AFTER_CUTOFF)
        recall = start_recall(batch_ids=[Batch.objects.get(lot="A2").pk], title="x", reason="x", by_name="", now=NOW)
        on_hand = Stock.objects.get().on_hand

        refund_whole(order_id=order.pk, reason="不要了", actor=Actor(kind="person"), key="k", now=NOW)

        assert Stock.objects.get().on_hand == on_hand + 10
        assert refund_recalled(recall_id=recall.pk, by_name="", now=NOW) == (1, 0)
        close_recall(recall_id=recall.pk, by_name="", now=NOW)
        assert Refund.objects.get().amount_minor == order.total_minor
        assert in_order()

    def test_of_nothing_is_refused(self, in_acme: StoreRef) -> None:
        with pytest.raises(NothingChosen):
            start_recall(batch_ids=[], title="x", reason="x", by_name="", now=NOW)

    def test_stops_selling_at_once(self, in_acme: StoreRef) -> None:
        item = an_item(A1=3)
        start_recall(batch_ids=[Batch.objects.get().pk], title="x", reason="x", by_name="", now=NOW)
        with pytest.raises(StockShort), transaction.atomic():
            reserve(lines=[StockLine(new_id(), item.sku_id, 1)], at=NOW)


def _hand(order: Order, *, quantity: int = 0) -> None:
    line = order.lines.get()
    hand_over(
        pickup_id=the_visit_of(order).id,
        leader=order.leader,
        lines=[HandedLine(line_id_of(order), quantity or line.quantity)],
        by_name="李姐",
        now=NOW,
    )
