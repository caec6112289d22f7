"""Who is near a neighbour."""

from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.leaders.models import LeaderState, PickupPoint
from tenants.leaders.selectors import count_leaders_by_state, leader_of, leaders_for_desk, nearest_points
from tests.tenants.shelf import a_leader, a_point

HERE = {"latitude": Decimal("31.230000"), "longitude": Decimal("121.470000")}


def _near(**options: Any) -> list[PickupPoint]:
    return nearest_points(**{**HERE, **options})


class TestNearestPoints:
    def test_lists_the_nearest_first_with_metres(self, in_acme: StoreRef) -> None:
        far = a_point(name="远", latitude=Decimal("31.330000"))
        near = a_point(name="近", latitude=Decimal("31.231000"))
        other_side_of_the_country = a_point(name="乌鲁木齐", latitude=Decimal("43.8"), longitude=Decimal("87.6"))

        found = _near()

        assert found == [near, far, other_side_of_the_country]
        assert found[0].distance_m == pytest.approx(111, abs=1)
        assert found[1].distance_m == pytest.approx(11_119, abs=15)
        assert found[2].distance_m == pytest.approx(3_270_000, rel=0.01)

    def test_pages_on_without_losing_or_repeating_one(self, in_acme: StoreRef) -> None:
        leader = a_leader()
        points = [
            a_point(leader=leader, name=f"点{step:02}", latitude=Decimal("31.23") + Decimal("0.004") * (step // 2))
            for step in range(25)
        ]

        seen: list[PickupPoint] = []
        while page := _near(limit=4, after=seen[-1].pk if seen else None):
            seen += page

        assert {point.pk for point in seen} == {point.pk for point in points}
        assert len(seen) == 25
        distances = [point.distance_m or 0 for point in seen]
        assert distances == sorted(distances)

    def test_counts_across_the_corner_of_a_box(self, in_acme: StoreRef) -> None:
        # in the corner of the 3 km box, yet farther than a point just outside its edge
        corner = a_point(name="角", latitude=Decimal("31.2565"), longitude=Decimal("121.5010"))
        edge = a_point(name="边", latitude=Decimal("31.2590"), longitude=Decimal("121.4700"))

        assert _near(limit=2) == [edge, corner]
        assert _near(limit=1) == [edge]

    @pytest.mark.parametrize(
        ("here", "near", "farther"),
        [
            (("0", "179.990000"), ("0", "-179.995000"), ("0", "179.965000")),  # over the date line
            (("-17.8", "-179.990000"), ("-17.8", "179.995000"), ("-17.8", "-179.965000")),
            (("89.999000", "0"), ("89.998000", "180"), ("89.980000", "0")),  # over a pole
            (("-90", "12"), ("-89.999", "-100"), ("-89.98", "12")),
            (("-33.86", "151.21"), ("-33.861", "151.211"), ("-33.88", "151.21")),  # where south is negative
        ],
    )
    def test_counts_over_the_date_line_and_the_poles(
        self, in_acme: StoreRef, here: tuple[str, str], near: tuple[str, str], farther: tuple[str, str]
    ) -> None:
        second = a_point(name="远", latitude=Decimal(farther[0]), longitude=Decimal(farther[1]))
        first = a_point(name="近", latitude=Decimal(near[0]), longitude=Decimal(near[1]))

        latitude, longitude = Decimal(here[0]), Decimal(here[1])
        assert nearest_points(latitude=latitude, longitude=longitude, limit=1) == [first]
        found = nearest_points(latitude=latitude, longitude=longitude, limit=2)
        assert found == [first, second]
        assert (found[0].distance_m or 0) < (found[1].distance_m or 0) <= 3_000

    def test_leaves_out_what_is_closed_and_who_left(self, in_acme: StoreRef) -> None:
        resting = a_point(name="休息", leader=a_leader())
        resting.leader.state = LeaderState.RESTING
        resting.leader.save()
        a_point(name="关", is_open=False)
        gone = a_point(name="走了", leader=a_leader())
        gone.leader.state = LeaderState.RETIRED
        gone.leader.save()

        assert _near() == [resting]

    def test_sorts_by_name_where_nobody_says_where_they_are(self, in_acme: StoreRef) -> None:
        b, a = a_point(name="B 座"), a_point(name="A 座")

        first = nearest_points(latitude=None, longitude=None, limit=1)
        second = nearest_points(latitude=None, longitude=None, limit=1, after=first[0].pk)

        assert (first, second) == ([a], [b])
        assert first[0].distance_m is None

    def test_finds_by_a_word_of_name_address_or_district(self, in_acme: StoreRef) -> None:
        wanted = a_point(name="万科", address="张杨路 1 号")
        a_point(name="绿城")

        assert _near(query="张杨") == [wanted]

    def test_asks_little(self, in_acme: StoreRef) -> None:
        from django.db import connection

        for step in range(30):
            a_point(name=f"点{step}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            for point in _near(limit=20):
                assert point.leader.name
        assert len(asked) == 1


class TestLeadersForDesk:
    def test_finds_by_name_phone_and_point(self, in_acme: StoreRef) -> None:
        li, zhao = a_leader(name="李姐", phone="13812345678"), a_leader(name="赵哥", phone="13912340000")
        a_point(leader=zhao, name="万科城")

        assert list(leaders_for_desk(query="李")) == [li]
        assert list(leaders_for_desk(query="5678")) == [li]
        assert list(leaders_for_desk(query="万科")) == [zhao]
        assert count_leaders_by_state(query="万科") == {"": 1, "active": 1, "resting": 0, "retired": 0}


class TestLeaderOf:
    def test_knows_a_leader_from_a_member(self, in_acme: StoreRef) -> None:
        leader = a_leader()

        assert leader_of(leader.member) == leader
        leader.state = LeaderState.RETIRED
        leader.save()
        assert leader_of(leader.member) is None
