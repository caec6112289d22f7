"""Handing out: ticked once, told who and when, taken back for ten minutes."""

from datetime import datetime, timedelta

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.models import Handover, Pickup, PickupState
from tenants.fulfilment.selectors import PickupMissing, WrongPoint
from tenants.fulfilment.services.hand_over import AlreadyTaken, HandedLine, NothingToHand, TooMuch, hand_over
from tenants.fulfilment.services.reverse_handover import (
    AlreadyReversed,
    HandoverMissing,
    ReasonNeeded,
    TooLateToReverse,
    reverse_handover,
)
from tenants.leaders.models import Leader
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import LineState, Order, OrderState
from tenants.orders.selectors import timeline_of
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.orders import a_paid_order, a_pending_order, line_id_of, the_visit_of
from tests.factories.times import NOW, later


def hand(
    order: Order,
    quantity: int = 1,
    *,
    leader: Leader | None = None,
    now: datetime = NOW,
    at_point_id: object = None,
) -> Pickup:
    return hand_over(
        pickup_id=the_visit_of(order).id,
        leader=leader or order.leader,
        lines=[HandedLine(line_id_of(order), quantity)],
        by_name="李姐",
        now=now,
        at_point_id=at_point_id,  # type: ignore[arg-type]
    )


def take_back(order: Order, *, now: datetime = NOW, leader: Leader | None = None, reason: str = "点错了") -> Pickup:
    handover = Handover.objects.latest("at", "id")
    return reverse_handover(
        handover_id=handover.id, leader=leader or order.leader, reason=reason, by_name="李姐", now=now
    )


class TestHandOver:
    def test_hands_everything_out(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)
        order = a_paid_order(an_offer(price_minor=1290), quantity=2)

        pickup = hand(order, 2, now=later(hours=28))

        order.refresh_from_db()
        line = order.lines.get()
        entry = CommissionEntry.objects.get()
        assert (pickup.state, pickup.taken_at, pickup.taken_by) == (PickupState.TAKEN, later(hours=28), "李姐")
        assert (order.state, order.picked_up_at) == (OrderState.PICKED_UP, later(hours=28))
        assert (line.state, line.handed_quantity) == (LineState.PICKED_UP, 2)
        assert (entry.state, entry.available_at) == (EntryState.PENDING, later(hours=28 + 48))
        assert balance_of(book=Book.ORDER, party_id=order.id) == 0
        assert balance_of(book=Book.SALES, party_id=order.id) == -2580
        assert timeline_of(order)[-1].sentence == "在自提点取走 2 件，经手人 李姐"

    def test_hands_out_in_parts(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(price_minor=333), quantity=3)

        assert hand(order, 1).state == PickupState.PARTLY_TAKEN
        order.refresh_from_db()
        assert order.state == OrderState.PARTLY_PICKED
        assert CommissionEntry.objects.get().state == EntryState.ACCRUED
        assert balance_of(book=Book.SALES, party_id=order.id) == -333

        assert hand(order, 2).state == PickupState.TAKEN
        assert balance_of(book=Book.SALES, party_id=order.id) == -999

    def test_says_who_took_it_and_when(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        hand(order, now=later(hours=28))

        with pytest.raises(AlreadyTaken) as refused:
            hand(order, now=later(hours=29))

        assert refused.value.facts == {"taken_at": later(hours=28).isoformat(), "taken_by": "李姐"}
        assert str(refused.value) == "已于 2026-11-21 16:00 提走，经手人：李姐。"
        assert Handover.objects.count() == 1

    def test_remembers_a_key(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=2)
        ticked = [HandedLine(line_id_of(order), 1)]
        asked = {"pickup_id": the_visit_of(order).id, "leader": order.leader, "lines": ticked, "by_name": "李姐"}

        for key in ("tap-1", "tap-1"):
            hand_over(**asked, now=NOW, key=key)  # type: ignore[arg-type]

        assert order.lines.get().handed_quantity == 1
        assert hand_over(**asked, now=NOW, key="tap-2").state == PickupState.TAKEN  # type: ignore[arg-type]

    def test_covers_all_orders_of_the_visit(self, in_acme: StoreRef) -> None:
        first = a_paid_order()
        second = a_paid_order(member=first.member, point=first.pickup_point)
        unpaid = a_pending_order(member=first.member, point=first.pickup_point)

        hand_over(
            pickup_id=the_visit_of(first).id,
            leader=first.leader,
            lines=[HandedLine(line_id_of(first), 1), HandedLine(line_id_of(second), 1)],
            by_name="李姐",
            now=NOW,
        )

        for order, state in ((first, "picked_up"), (second, "picked_up"), (unpaid, "pending_payment")):
            order.refresh_from_db()
            assert order.state == state
        assert the_visit_of(first).state == PickupState.TAKEN

    def test_opens_again_when_more_is_bought(self, in_acme: StoreRef) -> None:
        first = a_paid_order()
        hand(first)

        second = a_paid_order(member=first.member, point=first.pickup_point)

        assert the_visit_of(first).state == PickupState.PARTLY_TAKEN
        assert hand(second).state == PickupState.TAKEN

    def test_refuses_more_than_is_left(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=3)
        hand(order, 2)

        with pytest.raises(TooMuch) as refused:
            hand(order, 2)

        assert str(refused.value) == "“洛川苹果”只剩 1 份待提。"
        assert refused.value.facts["left"] == 1

    def test_refuses_nothing_and_what_is_not_part_of_the_visit(self, in_acme: StoreRef) -> None:
        order, other = a_paid_order(), a_paid_order()
        for lines in (
            [],
            [HandedLine(line_id_of(order), 0)],
            [HandedLine(new_id(), 1)],
            [HandedLine(line_id_of(order), 1), HandedLine(line_id_of(other), 1)],
        ):
            with pytest.raises(NothingToHand):
                hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=lines, by_name="李姐", now=NOW)
        assert order.lines.get().handed_quantity == 0

    def test_knows_nothing_of_another_leaders_visit(self, in_acme: StoreRef) -> None:
        with pytest.raises(PickupMissing):
            hand(a_paid_order(), leader=a_leader_with_point().leader)

    def test_tells_the_right_point(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point(point="阳光花园")
        other = a_point_of(point.leader, name="绿地新村")
        order = a_paid_order(point=point)

        with pytest.raises(WrongPoint) as refused:
            hand(order, at_point_id=other.id)

        assert refused.value.facts["pickup_point"]["name"] == "阳光花园"
        assert str(refused.value) == "这份货在“阳光花园”，地址：杭州市西湖区阳光花园 3 幢 101。"


class TestReverseHandover:
    def test_makes_the_goods_wait_again(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(price_minor=333), quantity=3)
        hand(order, 1, now=NOW)
        hand(order, 2, now=later(minutes=1))

        pickup = take_back(order, now=later(minutes=11))

        order.refresh_from_db()
        assert (pickup.state, pickup.taken_at, pickup.taken_by) == (PickupState.PARTLY_TAKEN, None, "")
        assert (order.state, order.picked_up_at) == (OrderState.PARTLY_PICKED, None)
        assert order.lines.get().handed_quantity == 1
        assert CommissionEntry.objects.get().state == EntryState.ACCRUED
        assert balance_of(book=Book.SALES, party_id=order.id) == -333
        assert hand(order, 2).state == PickupState.TAKEN

    def test_may_take_back_an_earlier_one(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(price_minor=1), quantity=3)
        hand(order, 1)
        first = Handover.objects.get()
        hand(order, 2)

        reverse_handover(handover_id=first.id, leader=order.leader, reason="点错了", by_name="李姐", now=NOW)

        assert order.lines.get().handed_quantity == 2
        assert balance_of(book=Book.SALES, party_id=order.id) == -2

    def test_is_done_once(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        hand(order)
        take_back(order)
        with pytest.raises(AlreadyReversed):
            take_back(order)

    def test_ends_after_ten_minutes(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        hand(order)
        with pytest.raises(TooLateToReverse):
            take_back(order, now=later(minutes=10) + timedelta(microseconds=1))

    def test_says_why(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        hand(order)
        with pytest.raises(ReasonNeeded):
            take_back(order, reason=" ")

    def test_knows_nothing_of_another_leaders_handover(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        hand(order)
        with pytest.raises(HandoverMissing):
            take_back(order, leader=a_leader_with_point().leader)
