"""What a member fetches, and who comes to a leader today, in few statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.fulfilment.models import Pickup
from tenants.fulfilment.selectors import (
    DeskCounts,
    PickupMissing,
    WrongPoint,
    desk_counts,
    pickup_of_leader,
    pickups_for_leader,
    pickups_of_member,
)
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.orders.models import Order
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, line_id_of, the_visit_of
from tests.factories.times import NOW, TOMORROW, later


def hand_out(order: Order, quantity: int) -> None:
    ticked = [HandedLine(line_id_of(order), quantity)]
    hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=ticked, by_name="李姐", now=NOW)


class TestPickupsOfMember:
    def test_lists_each_visit_with_its_lines(self, in_acme: StoreRef) -> None:
        member = a_member()
        here = a_paid_order(member=member, quantity=2)
        also_here = a_paid_order(member=member, point=here.pickup_point)
        there = a_paid_order(member=member)
        a_pending_order(member=member, point=here.pickup_point)
        a_paid_order(point=here.pickup_point)
        hand_out(there, 1)

        waiting, done = pickups_of_member(member=member, now=NOW)

        assert waiting.pickup == the_visit_of(here)
        assert [line.order.number for line in waiting.lines] == [here.number, also_here.number]
        assert [line.order_id for line in done.lines] == [there.id]

    def test_forgets_a_visit_after_a_week(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        assert len(pickups_of_member(member=order.member, now=later(days=8))) == 1
        assert pickups_of_member(member=order.member, now=later(days=9)) == []

    def test_takes_two_statements_whatever_the_number(self, in_acme: StoreRef) -> None:
        member = a_member()
        for _visit in range(4):
            a_paid_order(member=member)

        with CaptureQueriesContext(connection) as captured:
            visits = pickups_of_member(member=member, now=NOW)
            assert [visit.pickup.pickup_point.name for visit in visits]

        assert len(captured) == 2


class TestPickupsForLeader:
    def test_sums_what_each_person_fetches(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        member = a_member()
        a_paid_order(member=member, point=point, quantity=2)
        a_paid_order(an_offer(), an_offer(), member=member, point=point)
        a_paid_order()

        (pickup,) = pickups_for_leader(leader=point.leader, date=TOMORROW)

        assert (pickup.member, pickup.line_count, pickup.pieces) == (member, 3, 4)  # type: ignore[attr-defined]
        assert pickups_for_leader(leader=point.leader, date=NOW.date()) == []

    def test_is_filtered(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        done = a_paid_order(point=point, member=a_member(nickname="赵叔", phone="13900001234"))
        partly = a_paid_order(point=point, member=a_member(nickname="钱婶", phone="13900005678"), quantity=2)
        hand_out(done, 1)
        hand_out(partly, 1)

        def found(**asked: str) -> list[str]:
            pickups = pickups_for_leader(leader=point.leader, date=TOMORROW, **asked)  # type: ignore[arg-type]
            return [pickup.member.nickname for pickup in pickups]

        assert found() == ["赵叔", "钱婶"]
        assert found(state="done") == ["赵叔"]
        assert found(state="waiting") == ["钱婶"]
        assert found(query="1234") == ["赵叔"]
        assert found(query="钱") == ["钱婶"]
        assert found(code=the_visit_of(partly).code) == ["钱婶"]
        assert found(code="00000000") == []

    def test_tells_the_right_point_of_a_code(self, in_acme: StoreRef) -> None:
        here = a_leader_with_point(point="阳光花园")
        there = a_point_of(here.leader, name="绿地新村")
        code = the_visit_of(a_paid_order(point=there)).code

        with pytest.raises(WrongPoint) as refused:
            pickups_for_leader(leader=here.leader, date=TOMORROW, code=code, pickup_point_id=here.id)
        assert refused.value.facts["pickup_point"]["name"] == "绿地新村"
        assert len(pickups_for_leader(leader=here.leader, date=TOMORROW, code=code, pickup_point_id=there.id)) == 1
        assert pickups_for_leader(leader=here.leader, date=TOMORROW, pickup_point_id=here.id) == []

    def test_goes_on_behind_a_page(self, in_acme: StoreRef) -> None:
        point, item = a_leader_with_point(), an_offer()
        for minute in range(5):
            a_paid_order(item, point=point, now=later(minutes=minute // 2))

        seen: list[Pickup] = []
        while page := pickups_for_leader(
            leader=point.leader, date=TOMORROW, after=(seen[-1].created_at, seen[-1].id) if seen else None, limit=2
        ):
            seen += page

        assert len(seen) == len({pickup.id for pickup in seen}) == 5

    def test_takes_one_statement(self, in_acme: StoreRef) -> None:
        point, item = a_leader_with_point(), an_offer()
        for _person in range(4):
            a_paid_order(item, point=point)

        with CaptureQueriesContext(connection) as captured:
            pickups = pickups_for_leader(leader=point.leader, date=TOMORROW)
            assert [pickup.member.nickname + pickup.pickup_point.name for pickup in pickups]

        assert len(captured) == 1


class TestPickupOfLeader:
    def test_has_lines_and_handovers(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=2)
        hand_out(order, 1)

        with CaptureQueriesContext(connection) as captured:
            visit = pickup_of_leader(leader=order.leader, pickup_id=the_visit_of(order).id)
            given = [(line.order_line.title, line.quantity) for one in visit.handovers for line in one.lines.all()]

        assert [line.order.number for line in visit.lines] == [order.number]
        assert given == [("洛川苹果", 1)]
        assert len(captured) <= 6  # one of them is this test's own look for the visit

    def test_is_missing_for_another_leader(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        with pytest.raises(PickupMissing):
            pickup_of_leader(leader=a_leader_with_point().leader, pickup_id=the_visit_of(order).id)


class TestDeskCounts:
    def test_counts_what_is_left(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        done, partly = a_paid_order(point=point), a_paid_order(point=point, quantity=3)
        a_paid_order(an_offer(), an_offer(), point=point)
        a_pending_order(point=point)
        a_paid_order()
        hand_out(done, 1)
        hand_out(partly, 1)

        counts = desk_counts(leader=point.leader, date=TOMORROW)

        assert counts == DeskCounts(people_waiting=2, people_done=1, lines_waiting=3, pieces_waiting=4)
        assert desk_counts(leader=point.leader, date=NOW.date()) == DeskCounts(0, 0, 0, 0)
