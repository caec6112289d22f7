"""Areas hold their points, and a member belongs to a leader by the store's rule."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from kit.tenancy import StoreRef
from tenants.leaders.areas import (
    AreaDraft,
    AreaKnown,
    AreaMissing,
    CircleNotWhole,
    PointOutsideArea,
    ReachOutOfBounds,
    cities_for_shoppers,
    metres_between,
    save_area,
    save_entry_rule,
)
from tenants.leaders.binding import bind_member, binding_of, bindings_of
from tenants.leaders.models import BindingRule, Leader, LeaderState, PickupPoint, ServiceArea
from tenants.leaders.selectors import LeaderMissing, nearest_points
from tenants.leaders.services import PointDraft, edit_point
from tenants.members.models import Member
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.members import a_member
from tests.factories.times import NOW

WEST = AreaDraft(name="西湖", city="杭州市")
CIRCLE = replace(WEST, latitude=Decimal("30.259244"), longitude=Decimal("120.130742"), radius_m=500)


def area(draft: AreaDraft, *points: PickupPoint, known: ServiceArea | None = None) -> ServiceArea:
    return save_area(
        draft=draft,
        point_ids=[one.pk for one in points],
        now=NOW,
        by_name="陈店长",
        area_id=known.pk if known else None,
    )


def rule(binding: BindingRule, days: int = 30) -> None:
    save_entry_rule(reach_m=5000, binding=binding, protect_days=days, now=NOW, by_name="陈店长")


def bound(member: Member, leader: Leader, now: datetime = NOW) -> str:
    return bind_member(member=member, leader_id=leader.pk, now=now).leader.name


class TestAreas:
    def test_points_move_from_one_to_the_other(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        west = area(WEST, point)
        east = area(replace(WEST, name="滨江"), point)

        point.refresh_from_db()

        assert (point.area_id, west.points.count()) == (east.pk, 0)

    def test_a_point_of_another_city_is_refused(self, in_acme: StoreRef) -> None:
        with pytest.raises(PointOutsideArea) as refused:
            area(replace(WEST, city="上海"), a_leader_with_point(point="阳光花园"))

        assert refused.value.facts["points"] == ["阳光花园"]
        assert not ServiceArea.objects.exists()

    def test_a_point_outside_the_circle_is_refused(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        area(CIRCLE, point)
        PickupPoint.objects.filter(pk=point.pk).update(latitude=Decimal("30.270000"))

        with pytest.raises(PointOutsideArea):
            area(replace(CIRCLE, name="北山"), point)

    def test_a_point_may_not_move_out_of_its_circle(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        area(CIRCLE, point)
        draft = PointDraft(point.name, point.city, point.address, Decimal("30.4"), point.longitude, "16:00–20:30")

        with pytest.raises(PointOutsideArea):
            edit_point(point_id=point.pk, draft=draft, now=NOW, by_name="陈店长")

    @pytest.mark.parametrize("without", ["latitude", "longitude", "radius_m"])
    def test_half_a_circle_is_refused(self, in_acme: StoreRef, without: str) -> None:
        with pytest.raises(CircleNotWhole):
            area(replace(CIRCLE, **{without: None}))  # type: ignore[arg-type]

    @pytest.mark.parametrize("radius", [0, -5, 1_000_000])
    def test_a_senseless_radius_is_refused(self, in_acme: StoreRef, radius: int) -> None:
        with pytest.raises(CircleNotWhole):
            area(replace(CIRCLE, radius_m=radius))

    def test_a_name_is_there_once_a_city(self, in_acme: StoreRef) -> None:
        area(WEST)
        area(replace(WEST, city="上海"))
        with pytest.raises(AreaKnown):
            area(WEST)

    def test_an_area_that_is_none_is_missing(self, in_acme: StoreRef) -> None:
        with pytest.raises(AreaMissing):
            save_area(draft=WEST, point_ids=[], now=NOW, by_name="", area_id=a_member().pk)

    def test_a_closed_area_hides_its_points(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        west = area(WEST, point)
        before = nearest_points(latitude=None, longitude=None)
        area(replace(WEST, is_open=False), point, known=west)

        assert (before, nearest_points(latitude=None, longitude=None), cities_for_shoppers()) == ([point], [], [])

    def test_cities_are_those_with_points(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        a_point_of(point.leader, name="关着的", is_open=False)
        a_point_of(point.leader, name="西溪")
        PickupPoint.objects.filter(pk=a_leader_with_point(name="张姐", point="浦东").pk).update(city="上海")

        assert cities_for_shoppers() == [{"name": "杭州市", "points": 2}, {"name": "上海", "points": 1}]
        assert [one.name for one in nearest_points(latitude=None, longitude=None, city="上海")] == ["浦东"]

    def test_distances_are_the_earths(self) -> None:
        shanghai_to_hangzhou = metres_between(
            Decimal("31.2304"), Decimal("121.4737"), Decimal("30.2741"), Decimal("120.1551")
        )
        assert 163_000 < shanghai_to_hangzhou < 166_000


class TestBinding:
    def two_leaders(self) -> tuple[Leader, Leader]:
        return a_leader_with_point(name="李姐").leader, a_leader_with_point(name="张姐", point="绿地").leader

    def test_the_last_link_counts(self, in_acme: StoreRef) -> None:
        rule(BindingRule.LAST)
        li, zhang = self.two_leaders()
        member = a_member()

        assert [bound(member, one) for one in (li, zhang, zhang)] == ["李姐", "张姐", "张姐"]
        assert [(one.leader.name, one.ended_at is None) for one in bindings_of(member)] == [
            ("张姐", True),
            ("李姐", False),
        ]

    def test_the_first_link_counts(self, in_acme: StoreRef) -> None:
        rule(BindingRule.FIRST)
        li, zhang = self.two_leaders()
        member = a_member()

        assert [bound(member, one) for one in (li, zhang)] == ["李姐", "李姐"]

    def test_a_link_is_protected_for_so_many_days(self, in_acme: StoreRef) -> None:
        rule(BindingRule.PROTECT, days=10)
        li, zhang = self.two_leaders()
        member = a_member()
        bound(member, li)

        almost, over = NOW + timedelta(days=10, seconds=-1), NOW + timedelta(days=10)
        assert (bound(member, zhang, almost), bound(member, zhang, over)) == ("李姐", "张姐")

    def test_a_leader_who_left_keeps_nobody(self, in_acme: StoreRef) -> None:
        rule(BindingRule.FIRST)
        li, zhang = self.two_leaders()
        member = a_member()
        bound(member, li)
        Leader.objects.filter(pk=li.pk).update(state=LeaderState.RETIRED)

        assert bound(member, zhang) == "张姐"

    def test_a_link_of_nobody_binds_nobody(self, in_acme: StoreRef) -> None:
        li, _zhang = self.two_leaders()
        member = a_member()
        Leader.objects.filter(pk=li.pk).update(state=LeaderState.RETIRED)

        for leader_id in (li.pk, member.pk):
            with pytest.raises(LeaderMissing):
                bind_member(member=member, leader_id=leader_id, now=NOW)
        assert binding_of(member) is None

    @pytest.mark.parametrize(("reach", "days"), [(99, 30), (100_001, 30), (5000, 0), (5000, 366)])
    def test_a_senseless_rule_is_refused(self, in_acme: StoreRef, reach: int, days: int) -> None:
        with pytest.raises(ReachOutOfBounds):
            save_entry_rule(reach_m=reach, binding=BindingRule.LAST, protect_days=days, now=NOW, by_name="")
