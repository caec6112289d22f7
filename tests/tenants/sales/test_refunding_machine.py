"""Refunds against a model: whatever is handed out and given back in whatever order, a few lines say what is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kit.tenancy import StoreRef
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.fulfilment.services.reverse_handover import RefundedSince, reverse_handover
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Refund, SandboxCharge
from tenants.sales.books import check
from tenants.sales.services.refund_lines import (
    NotRefundable,
    TooMuchRefunded,
    WantedRefund,
    refund_lines,
    refund_whole,
)
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, the_visit_of
from tests.factories.times import NOW

BOSS = Actor(kind="person", name="陈店长")
STOCK = 50


@dataclass
class Line:
    """One line, as the model sees it: how many pieces are where, and what was given back."""

    waiting: int
    handed: int = 0
    taken_back: int = 0  # had been handed out
    withdrawn: int = 0
    restocked: int = 0
    back_minor: int = 0
    bought: int = field(init=False)

    def __post_init__(self) -> None:
        self.bought = self.waiting

    @property
    def pieces_left(self) -> int:
        return self.waiting + self.handed


@contextmanager
def undone_inside() -> Iterator[None]:
    """Let a story that refuses roll back alone, though the whole example is one transaction."""
    with transaction.atomic():
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        yield


class Refunding(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.examined = transaction.atomic()
        self.examined.__enter__()
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        set_store_rate(rate_ppm=83_000, by_name="陈店长", now=NOW)
        offers = [an_offer(price_minor=333, in_stock=STOCK), an_offer(price_minor=1000, in_stock=STOCK)]
        self.order = a_paid_order(*offers, quantity=3)
        self.rows = list(self.order.lines.order_by("id"))
        self.lines = [Line(waiting=3), Line(waiting=3)]
        self.keys = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.examined.__exit__(None, None, None)

    @rule(which=st.integers(0, 1), quantity=st.integers(1, 4), of_handed=st.booleans(), restock=st.booleans())
    def give_back_pieces(self, which: int, quantity: int, of_handed: bool, restock: bool) -> None:
        line = self.lines[which]
        wish = WantedRefund(self.rows[which].pk, quantity=quantity, of_handed=of_handed, restock=restock)
        if quantity > line.pieces_left:
            with pytest.raises(TooMuchRefunded):
                self._refund(wish)
            return
        amount = self._refund(wish)
        out = min(quantity, line.handed) if of_handed else quantity - min(quantity, line.waiting)
        line.handed -= out
        line.taken_back += out
        line.waiting -= quantity - out
        line.withdrawn += quantity - out
        line.restocked += quantity if restock else quantity - out
        line.back_minor += amount
        if not line.pieces_left:
            assert line.back_minor == self.rows[which].net_minor

    @rule(which=st.integers(0, 1), amount=st.integers(1, 2000))
    def give_back_money(self, which: int, amount: int) -> None:
        line, wish = self.lines[which], WantedRefund(self.rows[which].pk, amount_minor=amount)
        if amount > self.rows[which].net_minor - line.back_minor:
            with pytest.raises(TooMuchRefunded):
                self._refund(wish)
            return
        line.back_minor += self._refund(wish)

    @rule(which=st.integers(0, 1), quantity=st.integers(1, 3))
    def hand_out(self, which: int, quantity: int) -> None:
        line = self.lines[which]
        quantity = min(quantity, line.waiting)
        if not quantity:
            return
        hand_over(
            pickup_id=the_visit_of(self.order).pk,
            leader=self.order.leader,
            lines=[HandedLine(self.rows[which].pk, quantity)],
            by_name="李姐",
            now=NOW,
        )
        line.waiting -= quantity
        line.handed += quantity

    @precondition(lambda self: the_visit_of(self.order).handovers.filter(reversed_at=None).exists())
    @rule()
    def take_the_last_handover_back(self) -> None:
        handover = the_visit_of(self.order).handovers.filter(reversed_at=None).latest("at", "id")
        given = handover.lines.get()
        which = [row.pk for row in self.rows].index(given.order_line_id)
        line = self.lines[which]
        asked: dict[str, Any] = {
            "handover_id": handover.pk,
            "leader": self.order.leader,
            "reason": "错",
            "by_name": "李姐",
            "now": NOW,
        }
        if given.quantity > line.handed:
            with pytest.raises(RefundedSince), undone_inside():
                reverse_handover(**asked)
            return
        reverse_handover(**asked)
        line.handed -= given.quantity
        line.waiting += given.quantity

    @rule()
    def give_all_back(self) -> None:
        self.keys += 1
        asked: dict[str, Any] = {
            "order_id": self.order.pk,
            "reason": "",
            "actor": BOSS,
            "key": str(self.keys),
            "now": NOW,
        }
        if not any(line.pieces_left for line in self.lines):
            with pytest.raises(NotRefundable):
                refund_whole(**asked)
            return
        refund_whole(**asked)
        for row, line in zip(self.rows, self.lines, strict=True):
            line.withdrawn += line.waiting
            line.restocked += line.waiting
            line.taken_back += line.handed
            line.waiting = line.handed = 0
            line.back_minor = row.net_minor

    @rule()
    def send_money(self) -> None:
        SandboxCharge.objects.update(state="paid")
        Refund.objects.filter(state="requested").update(next_look_at=NOW)
        watch_payments(now=NOW)

    @invariant()
    def is_what_the_model_says(self) -> None:
        order = Order.objects.get(pk=self.order.pk)
        for row, line in zip(self.rows, self.lines, strict=True):
            row.refresh_from_db()
            assert (row.left_to_hand, row.withdrawn_quantity) == (line.waiting, line.withdrawn)
            assert row.handed_quantity == line.handed + line.taken_back
            assert row.refunded_minor == line.back_minor
            stock = Stock.objects.get(sku=row.sku_id)
            assert stock.on_hand == STOCK - line.bought + line.restocked
        live = [line for line in self.lines if line.withdrawn < line.bought]
        if not live:
            assert order.state == OrderState.CANCELLED
        elif not any(line.waiting for line in live):
            assert order.state == OrderState.PICKED_UP
        else:
            touched = any(line.handed + line.taken_back for line in live)
            assert order.state == (OrderState.PARTLY_PICKED if touched else OrderState.PAID)
        promised = sum(refund.amount_minor for refund in Refund.objects.all())
        assert promised == sum(line.back_minor for line in self.lines)
        gone = sum(refund.amount_minor for refund in Refund.objects.filter(state="succeeded"))
        assert order.refunded_minor == gone == order.paid_minor - balance_of(book=Book.CLEARING)

    @invariant()
    def has_books_that_add_up(self) -> None:
        assert check(NOW) == []

    def _refund(self, wish: WantedRefund) -> int:
        self.keys += 1
        with undone_inside():
            return refund_lines(
                order_id=self.order.pk, wanted=[wish], reason="坏", actor=BOSS, key=str(self.keys), now=NOW
            ).amount_minor


def run(*, examples: int, steps: int, at_random: bool) -> None:
    run_state_machine_as_test(
        Refunding,
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


class TestRefundingMachine:
    def test_short(self, in_acme: StoreRef) -> None:
        run(examples=10, steps=15, at_random=False)

    @pytest.mark.nightly
    def test_long(self, in_acme: StoreRef) -> None:
        run(examples=300, steps=40, at_random=True)
