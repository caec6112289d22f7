"""The janitor finds what nobody told us."""

from types import SimpleNamespace
from typing import Any

import pytest

from kit.tenancy import StoreRef
from tenants.journal.models import JournalEntry
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.payments.methods import METHODS, sandbox
from tenants.payments.models import Payment, PaymentState, Refund, RefundState, SandboxCharge
from tenants.payments.news import MethodUnreachable, RefundNews
from tenants.payments.services import LOOKS
from tenants.sales.services import watch_payments as janitor
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.settle_refund import RefundMissing, settle_refund
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment
from tests.factories.times import NOW, later


def silence(**_asked: Any) -> Any:
    raise MethodUnreachable


def a_silent_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    own = dict.fromkeys(("open_charge", "read_charge", "close_charge", "refund"), silence)
    monkeypatch.setitem(METHODS, "sandbox", SimpleNamespace(**own))


def a_refund_to_send() -> Refund:
    """An order of the last piece closed, sold to somebody else, and paid after all."""
    item = an_offer(in_stock=1)
    order = a_pending_order(item)
    payment = a_started_payment(order)
    # the provider does not answer when the order closes, so the charge stays open there
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.FAILED)
    expire_orders(now=later(minutes=15))
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.PROCESSING)
    a_paid_order(item, now=later(minutes=16))
    sandbox.sandbox_decide(key=payment.key, decision="silent", now=later(minutes=17))
    Payment.objects.filter(pk=payment.pk).update(next_look_at=later(minutes=17))
    watch_payments(now=later(minutes=17))
    return Refund.objects.get(payment=payment)


class TestTurns:
    def test_one_that_fails_keeps_neither_payments_nor_refunds_from_their_turn(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refund = a_refund_to_send()
        item = an_offer()
        first, second = (a_started_payment(a_pending_order(item, now=later(minutes=18))) for _time in range(2))
        Payment.objects.filter(pk=first.pk).update(next_look_at=later(minutes=18))
        for payment in (first, second):
            sandbox.sandbox_decide(key=payment.key, decision="silent", now=later(minutes=18))
        settle = janitor.settle_payment  # type: ignore[attr-defined]

        def fails_for_the_first(*, news: Any, now: Any) -> Any:
            if news.key == first.key:
                raise RuntimeError("a defect of ours")
            return settle(news=news, now=now)

        monkeypatch.setattr(janitor, "settle_payment", fails_for_the_first)
        with pytest.raises(RuntimeError, match="a defect of ours"):
            janitor.watch_payments(now=later(minutes=19))

        second.refresh_from_db()
        refund.refresh_from_db()
        assert (second.state, refund.state) == (PaymentState.SUCCEEDED, RefundState.SUCCEEDED)


class TestPayments:
    def test_finds_money_nobody_told_of(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        assert sandbox.sandbox_decide(key=payment.key, decision="silent", now=NOW) is None

        assert watch_payments(now=later(seconds=29)) == 0
        assert watch_payments(now=later(seconds=30)) == 1

        order.refresh_from_db()
        assert order.state == OrderState.PAID

    def test_looks_at_growing_distances_and_then_leaves_it_to_a_person(self, in_acme: StoreRef) -> None:
        payment = a_started_payment(a_pending_order())
        moment, seen = NOW, 0

        for wait in LOOKS:
            moment += wait
            seen += watch_payments(now=moment)

        payment.refresh_from_db()
        assert seen == payment.looks == 6
        assert (payment.state, payment.next_look_at) == (PaymentState.PROCESSING, None)

    def test_silence_is_unknown_never_failed(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        order = a_pending_order()
        payment = a_started_payment(order)
        a_silent_sandbox(monkeypatch)

        watch_payments(now=later(seconds=30))

        payment.refresh_from_db()
        order.refresh_from_db()
        assert (payment.state, payment.next_look_at) == (PaymentState.UNKNOWN, later(seconds=150))
        assert order.state == OrderState.PENDING_PAYMENT

    def test_an_order_closes_though_its_payment_is_unknown(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = a_pending_order()
        a_started_payment(order)
        a_silent_sandbox(monkeypatch)

        assert expire_orders(now=later(minutes=15)) == 1


class TestRefunds:
    def test_sends_the_money_back_once(self, in_acme: StoreRef) -> None:
        refund = a_refund_to_send()
        if refund.state == RefundState.REQUESTED:
            watch_payments(now=later(minutes=18))
        watch_payments(now=later(minutes=19))

        refund.refresh_from_db()
        charge = SandboxCharge.objects.get(key=refund.payment.key)
        order = refund.payment.order
        assert order is not None
        assert (refund.state, charge.refunded_minor) == (RefundState.SUCCEEDED, 1290)
        assert (order.state, order.paid_minor, order.refunded_minor) == (OrderState.CLOSED, 1290, 1290)
        assert balance_of(book=Book.ORDER, party_id=order.id) == 0
        assert JournalEntry.objects.filter(what="order.refunded", subject_id=order.id).count() == 1

    def test_asks_again_after_silence_and_pays_back_once(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def pay_back_in_silence(**asked: Any) -> RefundNews:
            sandbox.refund(**asked)
            raise MethodUnreachable

        with monkeypatch.context() as patched:
            patched.setitem(
                METHODS,
                "sandbox",
                SimpleNamespace(
                    open_charge=sandbox.open_charge,
                    read_charge=sandbox.read_charge,
                    close_charge=sandbox.close_charge,
                    refund=pay_back_in_silence,
                ),
            )
            refund = a_refund_to_send()
            refund.refresh_from_db()
            assert refund.state == RefundState.UNKNOWN

        watch_payments(now=later(hours=1))

        refund.refresh_from_db()
        assert refund.state == RefundState.SUCCEEDED
        assert SandboxCharge.objects.get(key=refund.payment.key).refunded_minor == 1290

    def test_news_in_any_order_gives_one_result(self, in_acme: StoreRef) -> None:
        refund = a_refund_to_send()
        for state in (RefundState.UNKNOWN, RefundState.SUCCEEDED, RefundState.SENT, RefundState.FAILED) * 2:
            settle_refund(news=RefundNews(refund.key, state, "r-1"), now=later(hours=1))

        refund.refresh_from_db()
        assert refund.state == RefundState.SUCCEEDED
        assert Order.objects.get(payments=refund.payment).refunded_minor == 1290

    def test_a_refusal_is_left_to_a_person(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*, key: str, **_asked: Any) -> RefundNews:
            return RefundNews(key, RefundState.FAILED, "", failure="certificate expired")

        monkeypatch.setattr(sandbox, "refund", refuse)
        refund = a_refund_to_send()

        refund.refresh_from_db()
        assert (refund.state, refund.next_look_at) == (RefundState.FAILED, None)
        assert JournalEntry.objects.get(what="refund.failed").reason == "certificate expired"

    def test_of_nothing_is_refused(self, in_acme: StoreRef) -> None:
        with pytest.raises(RefundMissing):
            settle_refund(news=RefundNews("nothing", RefundState.SUCCEEDED, ""), now=NOW)
