"""Notices are acted on once, in their own store; periodic work reaches every store."""

from datetime import timedelta
from typing import Any

import pytest

from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import accept_event
from control.merchants.models import Merchant, MerchantState
from kit import clock
from kit.tenancy import NoStore, StoreRef, in_control, in_store
from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.orders.models import Order, OrderState
from tenants.payments.methods import sandbox
from tenants.sales import tasks
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, line_id_of, the_visit_of
from tests.factories.times import NOW, later


def notice_in_inbox(store: StoreRef, notice: dict[str, Any]) -> OutsideEvent:
    with in_control():
        event, _is_new = accept_event(
            provider="sandbox",
            account=str(store.merchant_id),
            event_id=notice["event_id"],
            kind=notice["kind"],
            payload=notice,
            now=NOW,
        )
    return event


def state_of(event: OutsideEvent) -> tuple[str, str]:
    with in_control():
        event.refresh_from_db()
    return event.state, event.error


class TestSettleEvent:
    def test_pays_the_order_once(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        notice = sandbox.sandbox_decide(key=a_started_payment(order).key, decision="pay", now=NOW)
        assert notice
        event = notice_in_inbox(in_acme, notice)

        for _time in range(3):
            tasks.settle_event.delay(store=str(in_acme.merchant_id), event_id=str(event.id))

        order.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.PAID, 1290)
        assert state_of(event) == (EventState.DONE, "")

    def test_believes_the_provider_and_not_the_notice(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        forged = {"event_id": "evt", "kind": "charge.paid", "key": payment.key, "amount_minor": 1290}

        tasks.settle_event.delay(store=str(in_acme.merchant_id), event_id=str(notice_in_inbox(in_acme, forged).id))

        order.refresh_from_db()
        assert order.state == OrderState.PENDING_PAYMENT

    def test_ignores_what_concerns_nothing_here(self, in_acme: StoreRef) -> None:
        sandbox.open_charge(key="no payment of ours", amount_minor=1, currency="CNY", now=NOW)
        for key in ("nobody", "no payment of ours"):
            event = notice_in_inbox(in_acme, {"event_id": f"evt {key}", "kind": "charge.paid", "key": key})
            tasks.settle_event.delay(store=str(in_acme.merchant_id), event_id=str(event.id))
            assert state_of(event) == (EventState.IGNORED, "no such payment")

    def test_leaves_another_stores_notice_alone(self, acme: StoreRef, rival: StoreRef) -> None:
        event = notice_in_inbox(acme, {"event_id": "evt", "kind": "charge.paid", "key": "nobody"})

        tasks.settle_event.delay(store=str(rival.merchant_id), event_id=str(event.id))

        assert state_of(event) == (EventState.RECEIVED, "")

    def test_needs_a_store(self, db: None) -> None:
        with pytest.raises(NoStore):
            tasks.settle_event.delay(event_id="1")


class TestRounds:
    def test_expire_and_release_in_every_store(self, acme: StoreRef, rival: StoreRef) -> None:
        for store in (acme, rival):
            with in_store(store):
                set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)
                a_pending_order()
                order = a_paid_order()
                hand_over(
                    pickup_id=the_visit_of(order).id,
                    leader=order.leader,
                    lines=[HandedLine(line_id_of(order), 1)],
                    by_name="李姐",
                    now=NOW,
                )

        with clock.at(later(hours=48)):
            assert tasks.expire_orders_everywhere.delay().get() == 2
            assert tasks.release_freezes_everywhere.delay().get() == 2

        for store in (acme, rival):
            with in_store(store):
                assert set(Order.objects.values_list("state", flat=True)) == {"closed", "picked_up"}
                assert CommissionEntry.objects.get().state == EntryState.AVAILABLE

    def test_find_money_nobody_told_of(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        sandbox.sandbox_decide(key=a_started_payment(order).key, decision="silent", now=NOW)

        with in_control(), clock.at(later(seconds=30)):
            tasks.watch_payments_everywhere.delay()

        order.refresh_from_db()
        assert order.state == OrderState.PAID

    def test_pass_over_stores_that_may_not_work(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=rival.merchant_id).update(state=MerchantState.SUSPENDED)

        assert tasks.expire_orders_everywhere.delay().get() == 1

    def test_pick_up_notices_the_broker_forgot(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        notice = sandbox.sandbox_decide(key=a_started_payment(order).key, decision="pay", now=NOW)
        assert notice
        notice_in_inbox(in_acme, notice)

        with in_control():
            with clock.at(NOW + timedelta(seconds=29)):
                assert tasks.settle_forgotten_events.delay().get() == 0
            with clock.at(NOW + timedelta(seconds=31)):
                assert tasks.settle_forgotten_events.delay().get() == 1

        order.refresh_from_db()
        assert order.state == OrderState.PAID
