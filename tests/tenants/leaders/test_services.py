"""Leaders come, get points, rest and go on."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from control.merchants.limits import PlanLimitReached
from control.merchants.models import Merchant
from kit.phones import NotAPhone
from kit.tenancy import StoreRef, in_control
from tenants.journal.models import JournalEntry
from tenants.leaders.models import Leader, LeaderState, PickupPoint
from tenants.leaders.selectors import LeaderMissing, PointMissing
from tenants.leaders.services import (
    AlreadyALeader,
    NotOnTheMap,
    PointDraft,
    add_leader,
    add_point,
    edit_leader,
    edit_point,
    rest_leader,
    resume_leader,
)
from tenants.members.models import Member
from tests.tenants.shelf import NOON, a_leader, a_member, a_point

DRAFT = PointDraft(
    name="绿城一期",
    city="上海",
    district="浦东新区",
    address="锦绣路 100 弄",
    latitude=Decimal("31.23"),
    longitude=Decimal("121.47"),
    opening_hours="16:00–20:30",
)


class TestAddLeader:
    def test_makes_a_member_of_a_stranger(self, in_acme: StoreRef) -> None:
        leader = add_leader(name="李姐", phone="138 1234 5678", now=NOON, by_name="老板")

        assert leader.member.phone == "13812345678"
        entry = JournalEntry.objects.get(subject_id=leader.pk)
        assert (entry.what, entry.actor_name) == ("leader.added", "老板")

    def test_finds_the_member_who_shops_here(self, in_acme: StoreRef) -> None:
        member = a_member(phone="13812345678", nickname="小李")

        leader = add_leader(name="李姐", phone="+8613812345678", now=NOON, by_name="老板")

        assert leader.member == member
        assert Member.objects.get(pk=member.pk).nickname == "小李"

    def test_refuses_a_second_time_beside_the_phone(self, in_acme: StoreRef) -> None:
        leader = add_leader(name="李姐", phone="13812345678", now=NOON, by_name="老板")

        with pytest.raises(AlreadyALeader) as no:
            add_leader(name="李姐姐", phone="13812345678", now=NOON, by_name="老板")

        assert no.value.facts["leader_id"] == str(leader.pk)
        assert list(no.value.fields) == ["phone"]
        assert Leader.objects.count() == 1

    def test_refuses_what_is_no_phone(self, in_acme: StoreRef) -> None:
        with pytest.raises(NotAPhone):
            add_leader(name="李姐", phone="12345", now=NOON, by_name="老板")

    def test_stops_at_the_plans_limit(self, in_acme: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=in_acme.merchant_id).update(limits={"leaders": 1})
        add_leader(name="李姐", phone="13812345678", now=NOON, by_name="老板")

        with pytest.raises(PlanLimitReached):
            add_leader(name="赵哥", phone="13912345678", now=NOON, by_name="老板")

        Leader.objects.update(state=LeaderState.RETIRED)  # who left does not count
        add_leader(name="赵哥", phone="13912345678", now=NOON, by_name="老板")


class TestEditLeader:
    def test_changes_name_and_phone_but_not_the_members_login(self, in_acme: StoreRef) -> None:
        leader = a_leader(phone="13812345678")

        edit_leader(leader_id=leader.pk, name="李大姐", phone="13900000001", now=NOON, by_name="老板")

        leader.refresh_from_db()
        assert (leader.name, leader.phone, leader.member.phone) == ("李大姐", "13900000001", "13812345678")

    def test_refuses_an_unknown_leader(self, in_acme: StoreRef) -> None:
        with pytest.raises(LeaderMissing):
            edit_leader(leader_id=uuid4(), name="谁", phone="13900000001", now=NOON, by_name="老板")


class TestRest:
    def test_rests_with_a_note_and_resumes_without(self, in_acme: StoreRef) -> None:
        leader = a_leader()

        rest_leader(leader_id=leader.pk, note="回老家，下周一恢复", now=NOON, by_name="老板")
        rest_leader(leader_id=leader.pk, note="回老家，下周一恢复", now=NOON, by_name="老板")
        leader.refresh_from_db()
        assert (leader.state, leader.resting_note) == (LeaderState.RESTING, "回老家，下周一恢复")

        resume_leader(leader_id=leader.pk, now=NOON, by_name="老板")
        leader.refresh_from_db()
        assert (leader.state, leader.resting_note) == (LeaderState.ACTIVE, "")
        assert JournalEntry.objects.filter(subject_id=leader.pk).count() == 2


class TestPoints:
    def test_adds_and_edits_a_point(self, in_acme: StoreRef) -> None:
        leader = a_leader()
        point = add_point(leader_id=leader.pk, draft=DRAFT, now=NOON, by_name="老板")

        edit_point(point_id=point.pk, draft=replace(DRAFT, is_open=False, name="绿城二期"), now=NOON, by_name="老板")

        kept = PickupPoint.objects.get()
        assert (kept.leader, kept.name, kept.is_open, kept.latitude) == (leader, "绿城二期", False, Decimal("31.23"))

    @pytest.mark.parametrize("place", [("0", "0"), ("91", "121"), ("31", "-181")])
    def test_refuses_a_place_that_is_none(self, in_acme: StoreRef, place: tuple[str, str]) -> None:
        leader = a_leader()
        draft = replace(DRAFT, latitude=Decimal(place[0]), longitude=Decimal(place[1]))

        with pytest.raises(NotOnTheMap):
            add_point(leader_id=leader.pk, draft=draft, now=NOON, by_name="老板")

    def test_refuses_an_unknown_point(self, in_acme: StoreRef) -> None:
        with pytest.raises(PointMissing):
            edit_point(point_id=uuid4(), draft=DRAFT, now=NOON, by_name="老板")

    def test_needs_a_leader(self, in_acme: StoreRef) -> None:
        a_point()
        with pytest.raises(LeaderMissing):
            add_point(leader_id=uuid4(), draft=DRAFT, now=NOON, by_name="老板")
