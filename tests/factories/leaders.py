"""Leaders with a point at which they hand goods out."""

from decimal import Decimal

from tenants.leaders.models import Leader, LeaderState, PickupPoint
from tests.factories.members import a_member
from tests.factories.times import NOW


def a_leader_with_point(
    *, name: str = "李姐", point: str = "阳光花园", state: LeaderState = LeaderState.ACTIVE
) -> PickupPoint:
    """A leader and her point; ``point.leader`` is the leader."""
    member = a_member(nickname=name)
    leader = Leader.objects.create(member=member, name=name, phone=member.phone, state=state, joined_at=NOW)
    return a_point_of(leader, name=point)


def a_point_of(leader: Leader, *, name: str = "绿地新村", is_open: bool = True) -> PickupPoint:
    return PickupPoint.objects.create(
        leader=leader,
        name=name,
        city="杭州市",
        district="西湖区",
        address=f"{name} 3 幢 101",
        latitude=Decimal("30.259244"),
        longitude=Decimal("120.130742"),
        opening_hours="16:00–20:30",
        is_open=is_open,
        created_at=NOW,
    )
