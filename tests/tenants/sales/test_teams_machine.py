"""拼团 against a model: whoever opens, joins, pays, leaves or is late, a team is what a few lines say it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kit.tenancy import StoreRef
from tenants.campaigns.models import Team
from tenants.campaigns.selectors_teams import TeamMissing
from tenants.campaigns.services.seats import TeamFull, TeamOver
from tenants.orders.models import Order
from tenants.payments.models import Payment
from tenants.sales.books import check
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tenants.sales.services.end_teams import end_teams
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import a_team_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_pending_order, a_started_payment, news_of
from tests.factories.times import NOW

SIZE, LIFE = 3, timedelta(hours=1)


@dataclass
class Group:
    team: Team
    state: str = "waiting"
    ends_at: datetime | None = None
    buyers: list["Buyer"] = field(default_factory=list)

    def count(self, *states: str) -> int:
        return sum(buyer.state in states for buyer in self.buyers)

    @property
    def taken(self) -> int:
        return SIZE if self.state == "formed" else self.count("pending", "paid")


@dataclass
class Buyer:
    order: Order
    payment: Payment
    expires_at: datetime
    is_first: bool
    state: str = "pending"  # paid, closed, cancelled, given_back (late money, not seated)


@contextmanager
def nobody_answers() -> Iterator[None]:
    """Let providers be silent, so that late money may come."""
    with pytest.MonkeyPatch.context() as patched:
        for story in ("expire_orders", "cancel_order"):
            patched.setattr(f"tenants.sales.services.{story}.stop_charging", lambda **_words: None)
        yield


class Teams(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.groups: list[Group] = []
        self.examined = transaction.atomic()
        self.examined.__enter__()
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        self.point = a_leader_with_point()
        self.item = a_team_offer(size=SIZE, hours=1)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.examined.__exit__(None, None, None)

    @rule(pays=st.booleans())
    def begin(self, pays: bool) -> None:
        order = a_pending_order(self.item, point=self.point, now=self.now)
        group = Group(Team.objects.get(seats__order_id=order.pk))
        self.groups.append(group)
        self._sit(group, order, is_first=True)
        if pays:
            self.pay(len(self._buyers()) - 1)

    @precondition(lambda self: self.groups)
    @rule(pick=st.integers(0, 9), pays=st.booleans())
    def join(self, pick: int, pays: bool) -> None:
        group = self.groups[pick % len(self.groups)]

        def ordered() -> Order:
            return a_pending_order(self.item, point=self.point, now=self.now, team_id=group.team.pk)

        if group.ends_at is None:
            with pytest.raises(TeamMissing):
                ordered()
        elif not self._has_a_seat(group):
            with pytest.raises((TeamFull, TeamOver)):
                ordered()
        else:
            self._sit(group, ordered(), is_first=False)
            if pays:
                self._pay(group, group.buyers[-1])

    @precondition(lambda self: self.groups)
    @rule(pick=st.integers(0, 99))
    def pay(self, pick: int) -> None:
        buyers = self._buyers()
        self._pay(*buyers[pick % len(buyers)])

    @precondition(lambda self: self.groups)
    @rule(pick=st.integers(0, 99))
    def leave(self, pick: int) -> None:
        buyers = self._buyers()
        group, buyer = buyers[pick % len(buyers)]
        with nobody_answers():
            if buyer.state == "paid" and group.state == "formed":
                with pytest.raises(NotCancellable):
                    cancel_order(order_id=buyer.order.pk, member=buyer.order.member, reason="", now=self.now)
                return
            cancel_order(order_id=buyer.order.pk, member=buyer.order.member, reason="", now=self.now)
        buyer.state = {"pending": "closed", "paid": "cancelled"}.get(buyer.state, buyer.state)
        self._end_if_empty(group)

    @rule()
    def expire(self) -> None:
        with nobody_answers():
            expire_orders(now=self.now)
        for group, buyer in self._buyers():
            if buyer.state == "pending" and self.now >= buyer.expires_at:
                buyer.state = "closed"
                self._end_if_empty(group)

    @rule()
    def end(self) -> None:
        over = [
            group
            for group in self.groups
            if group.state == "open" and group.ends_at and self.now >= group.ends_at and not group.count("pending")
        ]
        assert end_teams(now=self.now) == len(over)
        for group in over:
            group.state = "failed"
            for buyer in group.buyers:
                buyer.state = "cancelled" if buyer.state == "paid" else buyer.state

    @rule(minutes=st.sampled_from([1, 4, 20, 60]))
    def wait(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), NOW + timedelta(hours=9))

    @invariant()
    def is_what_the_model_says(self) -> None:
        for group in self.groups:
            group.team.refresh_from_db()
            assert (group.team.state, group.team.taken) == (group.state, group.taken)
            assert group.team.paid == (SIZE if group.state == "formed" else group.count("paid"))
        for _group, buyer in self._buyers():
            buyer.order.refresh_from_db()
            shown = {"pending": "pending_payment", "given_back": "closed"}.get(buyer.state, buyer.state)
            assert buyer.order.state == shown
            assert buyer.payment.refunds.count() == (buyer.state in ("cancelled", "given_back"))

    @invariant()
    def has_books_that_add_up(self) -> None:
        assert check(self.now) == []

    def _buyers(self) -> list[tuple[Group, Buyer]]:
        return [(group, buyer) for group in self.groups for buyer in group.buyers]

    def _sit(self, group: Group, order: Order, *, is_first: bool) -> None:
        payment = a_started_payment(order, now=self.now)
        group.buyers.append(Buyer(order, payment, order.expires_at, is_first))

    def _has_a_seat(self, group: Group) -> bool:
        in_time = group.ends_at is not None and self.now < group.ends_at
        return group.state == "open" and in_time and group.taken < SIZE

    def _pay(self, group: Group, buyer: Buyer) -> None:
        settle_payment(news=news_of(buyer.payment), now=self.now)
        if buyer.state == "closed":
            begins = buyer.is_first and group.state == "failed" and group.ends_at is None
            if not begins and not self._has_a_seat(group):
                buyer.state = "given_back"
                return
        elif buyer.state != "pending":
            return
        buyer.state = "paid"
        if group.ends_at is None:
            group.state, group.ends_at = "open", self.now + LIFE
        if group.count("paid") == SIZE:
            group.state = "formed"

    def _end_if_empty(self, group: Group) -> None:
        if group.state in ("waiting", "open") and not group.count("pending", "paid"):
            group.state = "failed"


def run(*, examples: int, steps: int, at_random: bool) -> None:
    run_state_machine_as_test(
        Teams,
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


class TestTeamsMachine:
    def test_short(self, in_acme: StoreRef) -> None:
        run(examples=4, steps=15, at_random=False)

    @pytest.mark.nightly
    def test_long(self, in_acme: StoreRef) -> None:
        run(examples=200, steps=60, at_random=True)
