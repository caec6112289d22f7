"""Giving up an order gives its goods back, unless it turns out to be paid."""

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.inventory.models import Stock
from tenants.orders.models import LineState, Order, OrderState
from tenants.orders.selectors import OrderMissing, timeline_of
from tenants.payments.methods import sandbox
from tenants.payments.models import Payment, PaymentState, SandboxCharge
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tests.factories.campaigns import an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment
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

    def test_leaves_a_paid_order_to_the_store(self, in_acme: StoreRef) -> None:
        with pytest.raises(NotCancellable):
            cancel(a_paid_order())

    def test_knows_no_order_of_somebody_else(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        for order_id, member in ((order.id, a_member()), (new_id(), order.member)):
            with pytest.raises(OrderMissing):
                cancel_order(order_id=order_id, member=member, reason="", now=NOW)
