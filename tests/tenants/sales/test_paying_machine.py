"""Payments against a model: whatever a company says of them, in whatever order and however often, one thing follows.

The news here obey nothing: a charge fails and then succeeds, succeeds twice, with another amount, after the order was
closed or given back. The model keeps for each payment the most final word it heard, and for each order whether the
first good money found the goods still there.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kit.tenancy import StoreRef
from tenants.inventory.models import Stock
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import PAID_STATES, Order
from tenants.payments.models import PAYMENT_RANK, Payment, PaymentState, Refund, RefundState, SandboxCharge
from tenants.payments.news import MethodUnreachable, PaymentNews
from tenants.sales.books import check
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.start_payment import NotPayable, start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW

WINDOW = timedelta(minutes=15)
STATES = ["processing", "unknown", "failed", "cancelled", "succeeded"]
WORDS = [*STATES, "succeeded", "another amount", "another currency", "another's reference"]
BOSS = Actor(kind="person", name="陈店长")
PIECES = 5


@dataclass
class Attempt:
    """One payment as the model sees it: the most final word heard, and whether somebody must look at it."""

    payment: Payment
    state: str
    is_parked: bool = False

    def hear(self, state: str) -> bool:
        """Take a word in; say whether it is the first that the money came."""
        if PAYMENT_RANK[PaymentState(state)] <= PAYMENT_RANK[PaymentState(self.state)]:
            return False
        self.state = state
        return state == "succeeded"


@dataclass
class Sale:
    """One order of one piece as the model sees it."""

    order: Order
    expires_at: datetime
    state: str = "pending"
    was_sold: bool = False
    captured: int = 0
    returned: int = 0
    attempts: list[Attempt] = field(default_factory=list)


class Paying(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now, self.keys = NOW, 0
        self.on_hand, self.reserved = PIECES, 0
        self.sales: list[Sale] = []
        self.examined = transaction.atomic()
        self.examined.__enter__()
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        self.point, self.item = a_leader_with_point(), an_offer(in_stock=PIECES)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.examined.__exit__(None, None, None)

    @precondition(lambda self: self.on_hand > self.reserved)
    @rule(many=st.integers(1, 2), tries=st.integers(1, 2))
    def place_and_go_to_pay(self, many: int, tries: int) -> None:
        for _order in range(min(many, self.on_hand - self.reserved)):
            order = a_pending_order(self.item, point=self.point, now=self.now)
            self.sales.append(Sale(order, self.now + WINDOW))
            self.reserved += 1
            self.go_to_pay(len(self.sales) - 1)
            if tries > 1:
                self._hear(self.sales[-1], self.sales[-1].attempts[-1], "failed")
                self.go_to_pay(len(self.sales) - 1)

    @precondition(lambda self: self.sales)
    @rule(pick=st.integers(0, 99))
    def go_to_pay(self, pick: int) -> None:
        sale = self.sales[pick % len(self.sales)]
        self.keys += 1
        if sale.state != "pending" or self.now >= sale.expires_at:
            with pytest.raises(NotPayable):
                self._start(sale)
            return
        under_way = [one for one in sale.attempts if one.state in STATES[:2] and not one.is_parked]
        payment = self._start(sale)
        if under_way:
            assert payment == under_way[-1].payment
        else:
            sale.attempts.append(Attempt(payment, "processing"))

    @precondition(lambda self: self._attempts())
    @rule(pick=st.integers(0, 99), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
    def be_told(self, pick: int, words: list[str]) -> None:
        sale, attempt = self._attempt(pick)
        for word in words:
            self._hear(sale, attempt, word)

    @precondition(lambda self: self._attempts())
    @rule(words=st.lists(st.tuples(st.integers(0, 99), st.sampled_from(WORDS)), min_size=2, max_size=6))
    def be_told_all_at_once(self, words: list[tuple[int, str]]) -> None:
        for pick, word in words:
            self._hear(*self._attempt(pick), word)

    @rule(minutes=st.sampled_from([1, 14, 15, 40]))
    def wait(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), NOW + timedelta(hours=8))

    @rule()
    def expire(self) -> None:
        """The company does not answer when it is asked to take a charge back: so late money may come."""
        due = [sale for sale in self.sales if sale.state == "pending" and self.now >= sale.expires_at]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tenants.payments.methods.sandbox.close_charge", _silence)
            assert expire_orders(now=self.now) == len(due)
        for sale in due:
            sale.state = "closed"
            self.reserved -= 1

    @precondition(lambda self: any(sale.state == "paid" for sale in self.sales))
    @rule(pick=st.integers(0, 99), is_paid_again=st.booleans())
    def give_back(self, pick: int, is_paid_again: bool) -> None:
        paid = [sale for sale in self.sales if sale.state == "paid"]
        sale = paid[pick % len(paid)]
        refund_whole(order_id=sale.order.pk, reason="不要了", actor=BOSS, key="back", now=self.now)
        sale.state = "cancelled"
        sale.returned += 1
        self.on_hand += 1
        if is_paid_again:
            self._hear(sale, sale.attempts[-1], "succeeded")
            self._hear(sale, sale.attempts[0], "succeeded")

    @rule()
    def send_refunds(self) -> None:
        Payment.objects.update(next_look_at=None)  # what a charge became is told by this machine alone
        watch_payments(now=self.now)
        assert set(Refund.objects.values_list("state", flat=True)) <= {RefundState.SUCCEEDED}

    @invariant()
    def is_what_the_model_says(self) -> None:
        stock = Stock.objects.get(sku=self.item.sku_id)
        assert (stock.on_hand, stock.reserved) == (self.on_hand, self.reserved)
        for sale in self.sales:
            sale.order.refresh_from_db()
            shown = "paid" if sale.order.state in PAID_STATES else sale.order.state.removesuffix("_payment")
            assert shown == sale.state
            assert sale.order.paid_minor == sale.captured * sale.order.total_minor
            assert Refund.objects.filter(payment__order=sale.order).count() == sale.returned
            back = Refund.objects.filter(payment__order=sale.order, state=RefundState.SUCCEEDED).count()
            assert balance_of(book=Book.ORDER, party_id=sale.order.pk) == (back - sale.captured) * 1290
            for attempt in sale.attempts:
                attempt.payment.refresh_from_db()
                assert (attempt.payment.state, bool(attempt.payment.parked_at)) == (attempt.state, attempt.is_parked)
        assert OutboxFact.objects.filter(meter="order_paid").count() == sum(sale.was_sold for sale in self.sales)

    @invariant()
    def has_books_that_add_up(self) -> None:
        assert check(self.now) == []

    def _start(self, sale: Sale) -> Payment:
        order = sale.order
        return start_payment(
            order_id=order.id, member=order.member, method="sandbox", key=str(self.keys), now=self.now
        ).payment

    def _attempts(self) -> list[tuple[Sale, Attempt]]:
        return [(sale, attempt) for sale in self.sales for attempt in sale.attempts]

    def _attempt(self, pick: int) -> tuple[Sale, Attempt]:
        attempts = self._attempts()
        return attempts[pick % len(attempts)]

    def _hear(self, sale: Sale, attempt: Attempt, word: str) -> None:
        others = [one.payment.provider_ref for _sale, one in self._attempts() if one is not attempt]
        taken = next((ref for ref in others if ref), None)
        if word == "another's reference" and taken is None:
            return
        is_wrong = word not in STATES
        state = "succeeded" if is_wrong else word
        if state == "succeeded":
            SandboxCharge.objects.filter(key=attempt.payment.key).update(state="paid")
        news = PaymentNews(
            key=attempt.payment.key,
            state=PaymentState(state),
            provider_ref=(taken or "") if word == "another's reference" else f"ref-{attempt.payment.key}",
            amount_minor=attempt.payment.amount_minor - (word == "another amount"),
            currency="USD" if word == "another currency" else attempt.payment.currency,
        )
        settle_payment(news=news, now=self.now)
        attempt.payment.refresh_from_db()
        if is_wrong:
            attempt.is_parked = True
            attempt.hear("unknown")
        elif attempt.hear(state):
            self._capture(sale)

    def _capture(self, sale: Sale) -> None:
        sale.captured += 1
        if sale.state == "pending":
            self.reserved -= 1
        elif sale.state != "closed" or self.on_hand <= self.reserved:
            sale.returned += 1
            return
        self.on_hand -= 1
        sale.state, sale.was_sold = "paid", True


def _silence(*, key: str, handle: str = "") -> PaymentNews | None:
    raise MethodUnreachable(key)


def run(*, examples: int, steps: int, at_random: bool) -> None:
    run_state_machine_as_test(
        Paying,
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


class TestPayingMachine:
    def test_short(self, in_acme: StoreRef) -> None:
        run(examples=8, steps=18, at_random=False)

    @pytest.mark.nightly
    def test_long(self, in_acme: StoreRef) -> None:
        run(examples=300, steps=50, at_random=True)
