"""Whatever order the news of a payment comes in, and however often, the end is the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.commissions.models import CommissionEntry
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.models import Pickup
from tenants.inventory.models import Stock
from tenants.journal.models import JournalEntry, OutboxFact
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import LineState, Order, OrderState
from tenants.payments.models import Payment, PaymentState, Refund, RefundState
from tenants.payments.news import PaymentNews
from tenants.payments.selectors import PaymentMissing
from tenants.sales.books import check
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.settle_payment import PAID_TWICE, TOO_LATE, settle_payment
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, news_of
from tests.factories.times import NOW, later


def settle(*news: PaymentNews, now: datetime = NOW) -> None:
    for piece in news:
        settle_payment(news=piece, now=now)


def stock_of(item: CampaignItem) -> tuple[int, int]:
    stock = Stock.objects.get(sku=item.sku_id)
    return stock.on_hand, stock.reserved


class TestMoneyArrives:
    def test_pays_the_order(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)
        item = an_offer(in_stock=10, price_minor=1290)

        order = a_paid_order(item, quantity=2)

        assert (order.state, order.paid_minor, order.paid_at) == (OrderState.PAID, 2580, NOW)
        assert stock_of(item) == (8, 0)
        item.refresh_from_db()
        assert (item.taken, item.sold) == (2, 2)
        assert balance_of(book=Book.CLEARING) == 2580
        assert balance_of(book=Book.ORDER, party_id=order.id) == -2580
        assert balance_of(book=Book.COMMISSION_PAYABLE, party_id=order.leader_id) == -206

    def test_issues_one_code_for_all_orders_of_the_visit(self, in_acme: StoreRef) -> None:
        first = a_paid_order()
        second = a_paid_order(member=first.member, point=first.pickup_point)
        a_paid_order(point=first.pickup_point)

        assert second.pickup_date == first.pickup_date
        codes = list(Pickup.objects.filter(member=first.member).values_list("code", flat=True))
        assert len(codes) == 1
        assert len(codes[0]) == 8
        assert codes[0].isdigit()
        assert Pickup.objects.count() == 2

    def test_leaves_one_fact_for_billing(self, in_acme: StoreRef) -> None:
        order = a_paid_order()

        fact = OutboxFact.objects.get()
        assert fact.event_key == f"order_paid:{order.id}"
        assert (fact.meter, fact.amount_minor, fact.currency, fact.occurred_at) == ("order_paid", 1290, "CNY", NOW)
        assert fact.payload == {"order_id": str(order.id), "order_number": order.number}

    def test_comes_after_the_cutoff_while_the_goods_are_held(self, in_acme: StoreRef) -> None:
        item = an_offer()
        order = a_pending_order(item, now=item.campaign.cutoff_at - timedelta(minutes=1))
        payment = a_started_payment(order, now=item.campaign.cutoff_at + timedelta(minutes=1))

        settle(news_of(payment), now=item.campaign.cutoff_at + timedelta(minutes=3))

        order.refresh_from_db()
        assert order.state == OrderState.PAID

    def test_comes_after_the_window_before_the_task(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)

        settle(news_of(payment), now=later(minutes=20))

        assert expire_orders(now=later(minutes=21)) == 0
        order.refresh_from_db()
        assert order.state == OrderState.PAID

    def test_of_an_unknown_payment_is_refused(self, in_acme: StoreRef) -> None:
        stranger = PaymentNews("nobody", PaymentState.SUCCEEDED, "ref", 1290, "CNY")
        with pytest.raises(PaymentMissing):
            settle(stranger)


def outcome(order: Order) -> dict[str, Any]:
    """Everything that must not depend on the order of arrival."""
    order.refresh_from_db()
    payment = Payment.objects.get(order=order)
    return {
        "order": (order.state, order.paid_minor, order.refunded_minor),
        "payment": (payment.state, payment.provider_ref, payment.failure, payment.parked_at is not None),
        "looked at again": payment.next_look_at is not None,
        "stock": list(Stock.objects.values_list("on_hand", "reserved")),
        "taken": list(CampaignItem.objects.values_list("taken", "sold")),
        "commissions": list(CommissionEntry.objects.values_list("amount_minor", "state")),
        "facts": OutboxFact.objects.count(),
        "pickups": Pickup.objects.count(),
        "refunds": Refund.objects.count(),
        "clearing": balance_of(book=Book.CLEARING),
        "told": sorted(JournalEntry.objects.exclude(what="order.placed").values_list("what", flat=True)),
        "books": check(NOW),
    }


def every_order_of(news: Sequence[PaymentNews], order: Order) -> list[dict[str, Any]]:
    outcomes = []
    for arrival in set(permutations(news)):
        with transaction.atomic():
            inside_test()
            settle(*arrival)
            outcomes.append(outcome(order))
            transaction.set_rollback(True)
    return outcomes


def inside_test() -> None:
    """Let the stories' durable transactions run inside this one, as pytest-django does for its own."""
    transaction.get_connection().atomic_blocks[-1]._from_testcase = True


class TestNewsInAnyOrder:
    def test_paid_once(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        news = [
            news_of(payment, PaymentState.SUCCEEDED),
            news_of(payment, PaymentState.SUCCEEDED),
            news_of(payment, PaymentState.FAILED),
            news_of(payment, PaymentState.UNKNOWN),
            news_of(payment, PaymentState.CANCELLED),
        ]

        outcomes = every_order_of(news, order)

        assert len(outcomes) == 60
        assert all(one == outcomes[0] for one in outcomes)
        assert outcomes[0]["order"] == ("paid", 1290, 0)
        assert outcomes[0]["payment"][0] == PaymentState.SUCCEEDED
        assert outcomes[0]["refunds"] == 0
        assert outcomes[0]["books"] == []

    def test_an_amount_that_differs_among_them(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        news = [
            news_of(payment, PaymentState.SUCCEEDED),
            news_of(payment, PaymentState.SUCCEEDED, amount_minor=1),
            news_of(payment, PaymentState.FAILED),
            news_of(payment, PaymentState.UNKNOWN),
        ]

        outcomes = every_order_of(news, order)

        assert len(outcomes) == 24
        assert all(one == outcomes[0] for one in outcomes)
        assert outcomes[0]["payment"][::3] == (PaymentState.SUCCEEDED, True)

    def test_two_attempts_both_paid(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        first = a_started_payment(order, key="one")
        settle(news_of(first, PaymentState.FAILED))
        second = a_started_payment(order, key="two")
        news = [news_of(first), news_of(second), news_of(first), news_of(second)]

        for arrival in set(permutations(news)):
            with transaction.atomic():
                inside_test()
                settle(*arrival)
                order.refresh_from_db()
                assert (order.state, order.paid_minor) == ("paid", 2580)
                assert Refund.objects.get().amount_minor == 1290
                assert OutboxFact.objects.count() == 1
                assert check(NOW) == []
                transaction.set_rollback(True)


class TestMoneyThatMustGoBack:
    def test_paid_twice(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        first = a_started_payment(order, key="one")
        settle(news_of(first, PaymentState.FAILED))
        second = a_started_payment(order, key="two")
        assert second != first

        settle(news_of(second), news_of(first))

        refund = Refund.objects.get()
        assert (refund.payment, refund.amount_minor, refund.reason) == (first, 1290, PAID_TWICE)
        assert (refund.state, refund.next_look_at) == (RefundState.REQUESTED, NOW)

    def test_comes_after_closing_and_the_goods_are_gone(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=1)
        order = a_pending_order(item)
        payment = a_started_payment(order)
        expire_orders(now=later(minutes=15))
        a_paid_order(item, now=later(minutes=16))

        settle(news_of(payment), now=later(minutes=17))

        order.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.CLOSED, 1290)
        assert Refund.objects.get().reason == TOO_LATE
        assert stock_of(item) == (0, 0)

    def test_comes_after_closing_and_the_quota_is_gone(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10, quota=1)
        order = a_pending_order(item)
        payment = a_started_payment(order)
        expire_orders(now=later(minutes=15))
        a_paid_order(item, now=later(minutes=16))

        settle(news_of(payment), now=later(minutes=17))

        assert Refund.objects.get().payment == payment
        assert stock_of(item) == (9, 0)

    def test_comes_after_the_day_of_pickup(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        expire_orders(now=later(minutes=15))

        settle(news_of(payment), now=later(days=2))

        assert Refund.objects.get().reason == TOO_LATE


class TestLateMoney:
    def test_opens_the_order_again_while_the_goods_are_there(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=3)
        order = a_pending_order(item, quantity=2)
        payment = a_started_payment(order)
        expire_orders(now=later(minutes=15))
        assert stock_of(item) == (3, 0)

        settle(news_of(payment), now=later(minutes=17))

        order.refresh_from_db()
        assert (order.state, order.close_reason, order.closed_at) == (OrderState.PAID, "", None)
        assert order.lines.get().state == LineState.OPEN
        assert stock_of(item) == (1, 0)
        assert OutboxFact.objects.count() == 1
        assert Refund.objects.count() == 0


class TestParked:
    @pytest.mark.parametrize("amount", [1289, 1291, 0])
    def test_another_amount_pays_nothing(self, in_acme: StoreRef, amount: int) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)

        settle(news_of(payment, amount_minor=amount))

        order.refresh_from_db()
        payment.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.PENDING_PAYMENT, 0)
        assert (payment.state, payment.parked_at, payment.next_look_at) == (PaymentState.UNKNOWN, NOW, None)
        assert JournalEntry.objects.get(what="payment.parked").subject_id == payment.id

    def test_another_currency_pays_nothing(self, in_acme: StoreRef) -> None:
        payment = a_started_payment(a_pending_order())

        settle(PaymentNews(payment.key, PaymentState.SUCCEEDED, "ref", 1290, "HKD"))

        payment.refresh_from_db()
        assert payment.parked_at == NOW

    def test_a_reference_used_before_pays_nothing(self, in_acme: StoreRef) -> None:
        settle(news_of(a_started_payment(a_pending_order()), ref="wx-1"))
        payment = a_started_payment(a_pending_order())

        settle(news_of(payment, ref="wx-1"))

        payment.refresh_from_db()
        assert (payment.state, payment.parked_at) == (PaymentState.UNKNOWN, NOW)

    def test_lets_the_member_pay_by_a_new_attempt(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        parked = a_started_payment(order, key="one")
        settle(news_of(parked, amount_minor=1))

        fresh = a_started_payment(order, key="two")

        assert fresh != parked
        settle(news_of(fresh))
        order.refresh_from_db()
        assert order.state == OrderState.PAID


def test_a_failure_is_told_and_a_new_attempt_may_pay(in_acme: StoreRef) -> None:
    order = a_pending_order()
    failed = a_started_payment(order, key=str(new_id()))
    settle(news_of(failed, PaymentState.FAILED))

    payment = a_started_payment(order, key=str(new_id()))
    settle(news_of(payment))

    order.refresh_from_db()
    assert (payment.attempt, order.state, order.paid_minor) == (2, OrderState.PAID, 1290)
