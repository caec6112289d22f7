"""At the cut-off: nobody gets in, what is not paid is closed, what is too little is given back, the rest goes on."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState, CutoffRun, LateOrder
from tenants.campaigns.services.change_quota import QuotaChange, QuotaShort, change_quota
from tenants.campaigns.services.judge_campaign import NotCutOffYet
from tenants.inventory.models import Stock
from tenants.orders.models import LineState, Order, OrderLine, OrderRefund, OrderState
from tenants.payments.services import MoreThanPaid
from tenants.sales.services import cut_off as cutting
from tenants.sales.services.call_off import ReasonNeeded, call_off
from tenants.sales.services.cut_off import NOT_FORMED, NOT_PAID, cut_off, cut_off_due
from tenants.sales.services.late_orders import LateDecided, decide_late
from tenants.sales.services.refund_lines import refund_lines
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import an_item_of, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, news_of
from tests.factories.times import NOW, later

CUTOFF = NOW + timedelta(hours=11)
OVER = CUTOFF + timedelta(minutes=2)
NEAR = CUTOFF - timedelta(minutes=1)


def a_list(*, minimum: int | None = None, with_other: bool = True) -> tuple[Campaign, CampaignItem, CampaignItem]:
    """A group buy of eggs, with a minimum, and of apples without."""
    eggs, apples = a_product(title="土鸡蛋", price_minor=1990), a_product(title="苹果", price_minor=1290)
    campaign = an_open_campaign(eggs, apples)
    item, other = campaign.items.order_by("position")
    CampaignItem.objects.filter(pk=item.pk).update(min_form_quantity=minimum)
    item.refresh_from_db()
    return campaign, item, other


def again(row: Any) -> Any:
    row.refresh_from_db()
    return row


class TestMinimum:
    def test_gives_back_that_line_only(self, in_acme: StoreRef) -> None:
        campaign, eggs, apples = a_list(minimum=3)
        both, alone = a_paid_order(eggs, apples), a_paid_order(eggs)

        run = cut_off(campaign_id=campaign.pk, now=OVER)

        states = dict(OrderLine.objects.filter(order=both).values_list("campaign_item", "state"))
        assert states == {eggs.pk: LineState.REFUNDED, apples.pk: LineState.OPEN}
        assert again(both).state == OrderState.PAID
        assert again(alone).state == OrderState.CANCELLED
        assert set(OrderRefund.objects.values_list("amount_minor", "reason")) == {(1990, NOT_FORMED)}
        assert (run.items_failed, run.lines_refunded, run.refunded_minor) == (1, 2, 3980)
        assert run.finished_at == OVER
        assert [(one["title"], one["sold"], one["failed"]) for one in run.snapshot] == [
            ("土鸡蛋", 2, True),
            ("苹果", 1, False),
        ]
        assert Stock.objects.get(sku=eggs.sku_id).on_hand == 100

    def test_keeps_what_reaches_it(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list(minimum=3)
        order = a_paid_order(eggs, quantity=3)

        assert cut_off(campaign_id=campaign.pk, now=OVER).items_failed == 0
        assert again(order).state == OrderState.PAID

    def test_counts_what_is_paid_not_what_is_reserved(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list(minimum=3)
        paid = a_paid_order(eggs, quantity=2)
        pending = a_pending_order(eggs, now=NEAR)

        run = cut_off(campaign_id=campaign.pk, now=OVER)

        assert (run.orders_closed, run.items_failed) == (1, 1)
        assert (again(pending).state, pending.close_reason) == (OrderState.CLOSED, NOT_PAID)
        assert again(paid).state == OrderState.CANCELLED


class TestRun:
    def test_waits_for_the_minutes_of_grace(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list()
        order = a_pending_order(eggs, now=NEAR)

        assert order.expires_at == OVER
        assert cut_off_due(now=OVER - timedelta(seconds=1)) == 0
        with pytest.raises(NotCutOffYet):
            cut_off(campaign_id=campaign.pk, now=OVER - timedelta(seconds=1))
        settle_payment(news=news_of(a_started_payment(order, now=NEAR)), now=CUTOFF + timedelta(minutes=1))
        assert cut_off_due(now=OVER) == 1
        assert again(order).state == OrderState.PAID
        assert not LateOrder.objects.exists()

    def test_is_the_same_however_often_it_runs(self, in_acme: StoreRef) -> None:
        campaign, eggs, apples = a_list(minimum=3)
        a_paid_order(eggs, apples)

        first = cut_off(campaign_id=campaign.pk, now=OVER)
        assert [cut_off_due(now=OVER) for _time in range(2)] == [0, 0]
        second = cut_off(campaign_id=campaign.pk, now=later(hours=20))

        assert second.finished_at == first.finished_at
        assert (second.lines_refunded, second.tries) == (first.lines_refunded, 1)
        assert OrderRefund.objects.count() == 1

    def test_goes_on_where_it_stopped(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list(minimum=9)
        orders = [a_paid_order(eggs) for _order in range(3)]

        def dies_at_the_second(**words: Any) -> Any:
            if OrderRefund.objects.exists():
                raise ConnectionError("gone")
            return refund_lines(**words)

        with patch.object(cutting, "refund_lines", dies_at_the_second):
            assert cut_off_due(now=OVER) == 0
        run = CutoffRun.objects.get(campaign=campaign)
        assert (run.finished_at, run.problem) == (None, "ConnectionError: gone")

        assert cut_off_due(now=OVER + timedelta(minutes=1)) == 1
        run = again(run)
        assert (run.tries, run.lines_refunded, run.problem) == (2, 3, "")
        assert {again(order).state for order in orders} == {OrderState.CANCELLED}
        assert OrderRefund.objects.count() == 3

    def test_is_not_finished_while_money_is_stuck(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list(minimum=9)
        a_paid_order(eggs)

        with patch.object(cutting, "refund_lines", side_effect=MoreThanPaid):
            run = cut_off(campaign_id=campaign.pk, now=OVER)

        assert (run.finished_at, run.orders_stuck) == (None, 1)
        run = cut_off(campaign_id=campaign.pk, now=OVER)
        assert (run.finished_at, run.orders_stuck) == (OVER, 0)

    def test_one_that_fails_keeps_no_other_waiting(self, in_acme: StoreRef) -> None:
        broken, eggs, _apples = a_list(minimum=9)
        a_paid_order(eggs)
        fine, _eggs, _apples = a_list()
        Campaign.objects.filter(pk=fine.pk).update(cutoff_at=CUTOFF + timedelta(seconds=1))

        with patch.object(cutting, "refund_lines", side_effect=ConnectionError):
            assert cut_off_due(now=later(hours=12)) == 1

        assert CutoffRun.objects.get(campaign=broken).finished_at is None
        cut_off_due(now=later(hours=12))

    def test_lets_nobody_in_whose_request_began_in_time(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list()
        cut_off(campaign_id=campaign.pk, now=OVER)

        with pytest.raises(QuotaShort):
            change_quota(changes=[QuotaChange(eggs.pk, taken=1)], open_at=NEAR)


class TestLateMoney:
    def late(self, *, minimum: int | None = None) -> Order:
        campaign, eggs, apples = a_list(minimum=minimum)
        order = a_pending_order(eggs, apples, now=NEAR)
        payment = a_started_payment(order, now=NEAR)
        # The company took back no charge: its word comes afterwards
        with patch.object(cutting, "stop_charging"):
            cut_off(campaign_id=campaign.pk, now=OVER)
        settle_payment(news=news_of(payment), now=OVER + timedelta(minutes=3))
        return again(order)  # type: ignore[no-any-return]

    def test_is_put_on_the_list_while_the_goods_are_there(self, in_acme: StoreRef) -> None:
        order = self.late()

        assert order.state == OrderState.PAID
        late = LateOrder.objects.get()
        assert (late.order_id, late.is_kept) == (order.pk, None)

    def test_goes_back_when_the_item_was_too_little(self, in_acme: StoreRef) -> None:
        order = self.late(minimum=5)

        assert order.state == OrderState.CLOSED
        assert order.payments.get().refunding_minor == order.total_minor
        assert not LateOrder.objects.exists()

    def test_is_kept_or_given_back_once(self, in_acme: StoreRef) -> None:
        kept, back = self.late(), self.late()

        decide_late(order_id=kept.pk, keep=True, now=OVER, by_name="老板")
        for _time in range(2):
            decide_late(order_id=back.pk, keep=False, now=OVER, by_name="老板")

        assert again(kept).state == OrderState.PAID
        assert again(back).state == OrderState.CANCELLED
        with pytest.raises(LateDecided):
            decide_late(order_id=kept.pk, keep=False, now=OVER, by_name="老板")
        assert again(kept).state == OrderState.PAID


class TestCallOff:
    def test_gives_everything_back_with_its_reason(self, in_acme: StoreRef) -> None:
        campaign, eggs, apples = a_list()
        paid, pending = a_paid_order(eggs, apples), a_pending_order(apples)

        for _time in range(2):
            call_off(campaign_id=campaign.pk, reason="大雪封路", now=NOW, by_name="老板")
        with pytest.raises(QuotaShort):
            change_quota(changes=[QuotaChange(eggs.pk, taken=1)], open_at=NOW)
        assert cut_off_due(now=NOW) == 1

        assert again(paid).state == OrderState.CANCELLED
        assert paid.close_reason == "大雪封路"
        assert again(pending).state == OrderState.CLOSED
        run = CutoffRun.objects.get(campaign=campaign)
        assert (run.items_failed, run.lines_refunded, run.refunded_minor) == (2, 2, 3280)
        assert again(campaign).state == CampaignState.CANCELLED

    def test_wants_a_reason(self, in_acme: StoreRef) -> None:
        campaign, _eggs, _apples = a_list()
        with pytest.raises(ReasonNeeded):
            call_off(campaign_id=campaign.pk, reason="  ", now=NOW, by_name="老板")

    def test_an_order_of_two_lists_keeps_the_other(self, in_acme: StoreRef) -> None:
        campaign, eggs, _apples = a_list()
        other = an_item_of(an_open_campaign(), a_product(title="雪梨"))
        order = a_paid_order(eggs, other)

        call_off(campaign_id=campaign.pk, reason="缺货", now=NOW, by_name="老板")
        cut_off_due(now=NOW)

        assert again(order).state == OrderState.PAID
        assert set(order.lines.values_list("state", flat=True)) == {LineState.REFUNDED, LineState.OPEN}
