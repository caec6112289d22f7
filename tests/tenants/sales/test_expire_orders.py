"""What is not paid in fifteen minutes is for others."""

from typing import Any

import pytest

from kit.tenancy import StoreRef
from tenants.inventory.models import Stock
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import order_of
from tenants.payments.methods import sandbox
from tenants.sales.services import expire_orders as expiry
from tenants.sales.services.expire_orders import expire_orders
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment
from tests.factories.times import NOW, later


class TestExpireOrders:
    def test_closes_what_ran_out_and_nothing_else(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=9)
        lapsed, paid = a_pending_order(item, quantity=2), a_paid_order(item)
        fresh = a_pending_order(item, now=later(minutes=1))

        assert expire_orders(now=later(minutes=15)) == 1

        for order, state in ((lapsed, OrderState.CLOSED), (paid, OrderState.PAID), (fresh, OrderState.PENDING_PAYMENT)):
            order.refresh_from_db()
            assert order.state == state
        stock = Stock.objects.get(sku=item.sku_id)
        assert (stock.on_hand, stock.reserved) == (8, 1)

    def test_may_be_repeated(self, in_acme: StoreRef) -> None:
        a_pending_order()
        assert [expire_orders(now=later(minutes=15)) for _time in range(2)] == [1, 0]

    def test_goes_on_past_a_batch(self, in_acme: StoreRef, monkeypatch: object) -> None:
        monkeypatch.setattr(expiry, "_BATCH", 2)  # type: ignore[attr-defined]
        item = an_offer()
        for _order in range(5):
            a_pending_order(item)

        assert expire_orders(now=later(minutes=15)) == 5

    def test_one_that_fails_keeps_none_of_the_others_and_is_told_of(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item = an_offer()
        orders = [a_pending_order(item, now=later(seconds=place)) for place in range(3)]
        close = expiry.close_unpaid  # type: ignore[attr-defined]

        def fails_for_the_first(*, order: Order, **rest: Any) -> None:
            close(order=order, **rest)
            if order.pk == orders[0].pk:
                raise RuntimeError("a defect of ours")

        monkeypatch.setattr(expiry, "close_unpaid", fails_for_the_first)
        with pytest.raises(RuntimeError, match="a defect of ours"):
            expire_orders(now=later(minutes=16))

        states = [Order.objects.get(pk=order.pk).state for order in orders]
        assert states == [OrderState.PENDING_PAYMENT, OrderState.CLOSED, OrderState.CLOSED]
        assert Stock.objects.get(sku=item.sku_id).reserved == 1

    def test_keeps_an_order_that_was_paid_in_silence(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        sandbox.sandbox_decide(key=payment.key, decision="silent", now=NOW)

        assert expire_orders(now=later(minutes=15)) == 0

        order.refresh_from_db()
        assert order.state == OrderState.PAID

    def test_is_seen_before_the_task_has_come(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        read = order_of(member=order.member, order_id=order.id, now=later(minutes=15))

        assert read.shown_state(later(minutes=14)) == OrderState.PENDING_PAYMENT
        assert read.shown_state(later(minutes=15)) == OrderState.CLOSED
        assert not read.can_be_paid(later(minutes=15))
