"""Selling against a model: whatever is done in whatever order, stock, money and states are what a few lines say.

The model knows nothing of rows and locks. Hypothesis looks for a sequence of acts after which the two differ.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.fulfilment.services.hand_over import AlreadyTaken, HandedLine, hand_over
from tenants.inventory.models import MoveKind, Stock
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.journal.models import OutboxFact
from tenants.orders.models import PAID_STATES, Order
from tenants.payments.methods import sandbox
from tenants.payments.models import Payment
from tenants.payments.news import MethodUnreachable, PaymentNews
from tenants.sales.books import check
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import OutOfStock
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import NotPayable, start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order, line_id_of, the_visit_of
from tests.factories.times import NOW

WINDOW = timedelta(minutes=15)


@dataclass
class Goods:
    """One item for sale, as the model sees it."""

    item: CampaignItem
    on_hand: int
    quota: int | None
    reserved: int = 0
    taken: int = 0

    @property
    def left(self) -> int:
        free = self.on_hand - self.reserved
        return free if self.quota is None else min(free, self.quota - self.taken)


@dataclass
class Attempt:
    """One payment: what we know, and what the provider did."""

    payment: Payment
    known: str = "open"  # succeeded, ended
    charge: str = "open"  # paid, failed


@dataclass
class Sale:
    """One order, as the model sees it."""

    order: Order
    goods: Goods
    quantity: int
    expires_at: datetime
    state: str = "pending"  # paid, closed
    handed: int = 0
    captured: int = 0
    given_back: int = 0
    attempts: list[Attempt] = field(default_factory=list)


@contextmanager
def the_provider(*, is_silent: bool) -> Iterator[None]:
    """Let the provider not answer when it is asked to take a charge back: then late money may come."""
    with pytest.MonkeyPatch.context() as patched:
        if is_silent:
            patched.setattr(sandbox, "close_charge", _silence)
        yield


def _silence(*, key: str) -> PaymentNews | None:
    raise MethodUnreachable(key)


class Selling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.sales: list[Sale] = []
        self.keys = 0
        self.examined = transaction.atomic()
        self.examined.__enter__()
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        self.point = a_leader_with_point()
        self.goods = [
            Goods(an_offer(in_stock=4, price_minor=1290), on_hand=4, quota=None),
            Goods(an_offer(in_stock=9, price_minor=333, quota=5), on_hand=9, quota=5),
        ]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.examined.__exit__(None, None, None)

    @rule(which=st.integers(0, 1), quantity=st.integers(1, 3), goes_to_pay=st.booleans())
    def place(self, which: int, quantity: int, goes_to_pay: bool) -> None:
        goods = self.goods[which]
        if quantity > goods.left:
            with pytest.raises(OutOfStock):
                a_pending_order(goods.item, quantity=quantity, point=self.point, now=self.now)
            return
        order = a_pending_order(goods.item, quantity=quantity, point=self.point, now=self.now)
        self.sales.append(Sale(order, goods, quantity, expires_at=self.now + WINDOW))
        goods.reserved += quantity
        goods.taken += quantity
        if goes_to_pay:
            self.start_paying(len(self.sales) - 1)

    @precondition(lambda self: self.sales)
    @rule(pick=st.integers(0, 99))
    def start_paying(self, pick: int) -> None:
        sale = self._sale(pick)
        self.keys += 1
        asked = {"order_id": sale.order.id, "member": sale.order.member, "method": "sandbox", "now": self.now}
        if sale.state != "pending" or self.now >= sale.expires_at:
            with pytest.raises(NotPayable):
                start_payment(**asked, key=str(self.keys))  # type: ignore[arg-type]
            return
        started = start_payment(**asked, key=str(self.keys))  # type: ignore[arg-type]
        under_way = [attempt for attempt in sale.attempts if attempt.known == "open"]
        if under_way:
            assert started.payment == under_way[-1].payment
        else:
            sale.attempts.append(Attempt(started.payment))

    @precondition(lambda self: self._attempts())
    @rule(pick=st.integers(0, 99), decision=st.sampled_from(["pay", "fail", "silent"]))
    def decide_at_the_cashier(self, pick: int, decision: Any) -> None:
        sale, attempt = self._attempt(pick)
        wanted = "failed" if decision == "fail" else "paid"
        if attempt.charge not in ("open", wanted):
            with pytest.raises(sandbox.ChargeDecided):
                sandbox.sandbox_decide(key=attempt.payment.key, decision=decision, now=self.now)
            return
        sandbox.sandbox_decide(key=attempt.payment.key, decision=decision, now=self.now)
        attempt.charge = wanted
        if decision != "silent":
            self._tell(sale, attempt)

    @precondition(lambda self: self._attempts())
    @rule(pick=st.integers(0, 99))
    def pay_while_the_order_is_given_up(self, pick: int) -> None:
        sale, attempt = self._attempt(pick)
        self.give_up(self.sales.index(sale), is_silent=True)
        if attempt.charge == "open":
            sandbox.sandbox_decide(key=attempt.payment.key, decision="silent", now=self.now)
            attempt.charge = "paid"

    @precondition(lambda self: self._attempts())
    @rule(pick=st.integers(0, 99))
    def tell(self, pick: int) -> None:
        self._tell(*self._attempt(pick))

    @precondition(lambda self: self.sales)
    @rule(pick=st.integers(0, 99), is_silent=st.booleans())
    def give_up(self, pick: int, is_silent: bool) -> None:
        sale = self._sale(pick)
        was_paid = sale.state == "paid"
        if sale.state == "pending" and not is_silent:
            self._stop_charging(sale)
        with the_provider(is_silent=is_silent):
            if was_paid and not sale.handed:
                cancel_order(order_id=sale.order.id, member=sale.order.member, reason="", now=self.now)
                self._take_back(sale)
                return
            if sale.state == "paid":
                with pytest.raises(NotCancellable):
                    cancel_order(order_id=sale.order.id, member=sale.order.member, reason="", now=self.now)
                return
            cancel_order(order_id=sale.order.id, member=sale.order.member, reason="", now=self.now)
        self._close(sale)

    @rule(minutes=st.sampled_from([1, 14, 15, 60]))
    def wait(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), NOW + timedelta(hours=10))

    @rule(is_silent=st.booleans())
    def expire(self, is_silent: bool) -> None:
        closed = 0
        for sale in self.sales:
            if sale.state == "pending" and self.now >= sale.expires_at:
                if not is_silent:
                    self._stop_charging(sale)
                closed += sale.state == "pending"
                self._close(sale)
        with the_provider(is_silent=is_silent):
            assert expire_orders(now=self.now) == closed

    @rule()
    def send_refunds(self) -> None:
        Payment.objects.update(next_look_at=None)  # the janitor's own timing is tested by itself
        watch_payments(now=self.now)

    @precondition(lambda self: any(sale.state == "paid" for sale in self.sales))
    @rule(pick=st.integers(0, 99), quantity=st.integers(1, 3))
    def hand_out(self, pick: int, quantity: int) -> None:
        paid = [sale for sale in self.sales if sale.state == "paid"]
        sale = paid[pick % len(paid)]
        ticked = [HandedLine(line_id_of(sale.order), min(quantity, sale.quantity - sale.handed) or 1)]
        asked = {"pickup_id": the_visit_of(sale.order).id, "leader": self.point.leader, "by_name": "李姐"}
        if sale.handed == sale.quantity:
            with pytest.raises(AlreadyTaken):
                hand_over(**asked, lines=ticked, now=self.now)  # type: ignore[arg-type]
            return
        hand_over(**asked, lines=ticked, now=self.now)  # type: ignore[arg-type]
        sale.handed += ticked[0].quantity

    @rule(which=st.integers(0, 1), quantity=st.integers(1, 3))
    def receive(self, which: int, quantity: int) -> None:
        goods = self.goods[which]
        move_stock(kind=MoveKind.RECEIVE, changes=[StockChange(goods.item.sku_id, on_hand_delta=quantity)], at=self.now)
        goods.on_hand += quantity

    @invariant()
    def is_what_the_model_says(self) -> None:
        for goods in self.goods:
            stock = Stock.objects.get(sku=goods.item.sku_id)
            goods.item.refresh_from_db()
            assert (stock.on_hand, stock.reserved) == (goods.on_hand, goods.reserved)
            assert goods.item.taken == goods.taken
        for sale in self.sales:
            sale.order.refresh_from_db()
            shown = "paid" if sale.order.state in PAID_STATES else sale.order.state.removesuffix("_payment")
            assert shown == sale.state
            assert sale.order.paid_minor == sale.captured * sale.order.total_minor
            assert sale.order.lines.get().handed_quantity == sale.handed
            assert sum(payment.refunds.count() for payment in sale.order.payments.all()) == sale.given_back
        told = OutboxFact.objects.filter(meter="order_paid").count()
        assert told == sum(sale.state in ("paid", "cancelled") for sale in self.sales)

    @invariant()
    def has_books_that_add_up(self) -> None:
        assert check(self.now) == []

    def _sale(self, pick: int) -> Sale:
        return self.sales[pick % len(self.sales)]

    def _attempts(self) -> list[tuple[Sale, Attempt]]:
        return [(sale, attempt) for sale in self.sales for attempt in sale.attempts]

    def _attempt(self, pick: int) -> tuple[Sale, Attempt]:
        attempts = self._attempts()
        return attempts[pick % len(attempts)]

    def _tell(self, sale: Sale, attempt: Attempt) -> None:
        news = sandbox.read_charge(key=attempt.payment.key)
        assert news
        settle_payment(news=news, now=self.now)
        self._hear(sale, attempt)

    def _stop_charging(self, sale: Sale) -> None:
        for attempt in sale.attempts:
            if attempt.known == "open":
                attempt.charge = "paid" if attempt.charge == "paid" else "failed"
                self._hear(sale, attempt)

    def _hear(self, sale: Sale, attempt: Attempt) -> None:
        if attempt.charge == "failed" and attempt.known == "open":
            attempt.known = "ended"
        if attempt.charge != "paid" or attempt.known == "succeeded":
            return
        attempt.known = "succeeded"
        sale.captured += 1
        goods = sale.goods
        if sale.state == "pending":
            goods.reserved -= sale.quantity
        elif sale.state == "closed" and sale.quantity <= goods.left:
            goods.taken += sale.quantity
        else:
            sale.given_back += 1
            return
        goods.on_hand -= sale.quantity
        sale.state = "paid"

    def _take_back(self, sale: Sale) -> None:
        sale.state = "cancelled"
        sale.goods.on_hand += sale.quantity
        sale.goods.taken -= sale.quantity
        sale.given_back += 1

    def _close(self, sale: Sale) -> None:
        if sale.state == "pending":
            sale.state = "closed"
            sale.goods.reserved -= sale.quantity
            sale.goods.taken -= sale.quantity


def run(*, examples: int, steps: int, at_random: bool) -> None:
    run_state_machine_as_test(
        Selling,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not at_random,
            phases=[Phase.generate, Phase.shrink] if at_random else [Phase.generate],
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


class TestSellingMachine:
    def test_short(self, in_acme: StoreRef) -> None:
        run(examples=10, steps=20, at_random=False)

    @pytest.mark.nightly
    def test_long(self, in_acme: StoreRef) -> None:
        run(examples=400, steps=60, at_random=True)
