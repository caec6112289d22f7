"""Giving up an order gives its goods back, unless it turns out to be paid."""

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.inventory.models import Stock
from tenants.orders.models import LineState, Order, OrderState
from tenants.orders.selectors import OrderMissing, timeline_of
from tenants.payments.methods import sandbox
from tenants.payments.models import Payment, PaymentState, Refund, SandboxCharge
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tests.factories.campaigns import an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, line_id_of, the_visit_of
from tests.factories.times import NOW, later


def cancel(order: Order, *, reason: str = "买错了") -> Order:
    return cancel_order(order_id=order.id, member=order.member, reason=reason, now=later(minutes=1))


class TestCancelOrder:
    def test_gives_stock_and_quota_back(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=3, quota=3)
        order = a_pending_order(item, quantity=3)

        cancelled = cancel(order)

        stock = Stock.objects.get(sku=item.sku_id)
        item.refresh_from_db()
        assert (stock.on_hand, stock.reserved, item.taken) == (3, 0, 0)
        assert (cancelled.state, cancelled.close_reason) == (OrderState.CLOSED, "买错了")
        assert order.lines.get().state == LineState.CLOSED
        assert [one.sentence for one in timeline_of(order)] == ["提交订单，等待付款", "订单已关闭：买错了"]

    def test_may_be_repeated(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        assert cancel(order).closed_at == cancel(order, reason="again").closed_at

    def test_takes_the_charge_back_so_that_nobody_pays_it(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)

        cancel(order)

        payment.refresh_from_db()
        assert (payment.state, SandboxCharge.objects.get().state) == (PaymentState.CANCELLED, "failed")
        with pytest.raises(sandbox.ChargeDecided):
            sandbox.sandbox_decide(key=payment.key, decision="pay", now=later(minutes=2))

    def test_finds_that_it_was_paid_a_moment_ago(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        sandbox.sandbox_decide(key=payment.key, decision="silent", now=NOW)

        with pytest.raises(NotCancellable):
            cancel(order)

        order.refresh_from_db()
        assert order.state == OrderState.PAID
        assert Payment.objects.get().state == PaymentState.SUCCEEDED

    def test_gives_a_paid_order_back_until_it_is_cut_off(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=3)
        order = a_paid_order(item)

        given_up = [cancel(order) for _tap in range(3)][-1]

        assert (given_up.state, given_up.close_reason) == (OrderState.CANCELLED, "买错了")
        assert (Stock.objects.get().on_hand, Refund.objects.get().amount_minor) == (3, 1290)

    def test_leaves_an_order_that_is_cut_off_or_partly_fetched_to_the_store(self, in_acme: StoreRef) -> None:
        item = an_offer()
        order, fetched = a_paid_order(item), a_paid_order(item, quantity=2)
        hand_over(
            pickup_id=the_visit_of(fetched).pk,
            leader=fetched.leader,
            lines=[HandedLine(line_id_of(fetched), 1)],
            by_name="李姐",
            now=NOW,
        )
        with pytest.raises(NotCancellable):
            cancel(fetched)
        with pytest.raises(NotCancellable):
            cancel_order(order_id=order.pk, member=order.member, reason="", now=item.campaign.cutoff_at)
        assert not Refund.objects.exists()

    def test_knows_no_order_of_somebody_else(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        for order_id, member in ((order.id, a_member()), (new_id(), order.member)):
            with pytest.raises(OrderMissing):
                cancel_order(order_id=order_id, member=member, reason="", now=NOW)
