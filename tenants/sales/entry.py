"""At which pickup point a neighbour begins: the link's, their leader's, their last one, the nearest, a chosen one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from tenants.campaigns.reach import hands_something_out
from tenants.leaders.areas import entry_rule
from tenants.leaders.binding import binding_of
from tenants.leaders.models import Leader, LeaderState, PickupPoint
from tenants.leaders.rests import rest_days, rest_told, rests_of
from tenants.leaders.selectors import nearest_points
from tenants.members.models import Member
from tenants.orders.selectors import last_point_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a neighbour is."""

    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """Where to begin and why: link, bound, last, nearest; "choose" leaves it to the neighbour, "too_far" too."""

    why: str
    sentence: str
    point: PickupPoint | None = None


def entry_for(*, member: Member | None, leader_id: UUID | None, place: Place | None, now: datetime) -> Entry:
    """Choose the pickup point to begin with. A leader's link wins; who rests or left is passed over, and it is said.

    A point that rests on every day on which what is sold now is fetched is passed over too.
    """
    note = ""
    if leader_id:
        point = _first(place, now, leader_id=leader_id)
        if point:
            words = {"name": point.leader.name, "point": point.name}
            return Entry("link", _("来自%(name)s的邀请，自提点：%(point)s") % words, point)
        note = _missed(leader_id, now)
    if member:
        point, why = _own_point(member, place, now)
        if point:
            return Entry(why, note or _("继续在%(point)s取货") % {"point": point.name}, point)
    return _nearest(place, note, now)


def _own_point(member: Member, place: Place | None, now: datetime) -> tuple[PickupPoint | None, str]:
    binding, last = binding_of(member), last_point_of(member=member, now=now)
    # Somebody who is bound keeps the point they know, if it is their leader's
    takes_orders = last is not None and _takes_orders(last, now)
    if binding and (last is None or last.leader_id != binding.leader_id or not takes_orders):
        point = _first(place, now, leader_id=binding.leader_id)
        if point:
            return point, "bound"
    return (last, "last") if takes_orders else (None, "")


def _nearest(place: Place | None, note: str, now: datetime) -> Entry:
    if place is None:
        return Entry("choose", note or _("选择城市和自提点"))
    nearest, reach = _first(place, now), entry_rule().reach_m
    if nearest is None:
        return Entry("choose", note or _("选择城市和自提点"))
    away = nearest.distance_m or 0
    words = {"point": nearest.name, "away": _distance(away), "reach": _distance(reach)}
    if away > reach:
        return Entry("too_far", note or _("%(reach)s内没有自提点，最近的%(point)s有 %(away)s") % words)
    return Entry("nearest", note or _("离您最近：%(point)s，%(away)s") % words, nearest)


def _first(place: Place | None, now: datetime, *, leader_id: UUID | None = None) -> PickupPoint | None:
    found = nearest_points(
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        leader_id=leader_id,
        takes_orders=True,
        only=hands_something_out(now),
        told=rest_told(now),
        limit=1,
    )
    return found[0] if found else None


def _distance(metres: int) -> str:
    if metres < 1000:
        return _("%(n)s 米") % {"n": metres}
    return _("%(n)s 公里") % {"n": f"{metres / 1000:.1f}".removesuffix(".0")}


def _takes_orders(point: PickupPoint, now: datetime) -> bool:
    closed = point.area is not None and not point.area.is_open
    if not point.is_open or point.leader.state != LeaderState.ACTIVE or closed:
        return False
    return PickupPoint.objects.filter(hands_something_out(now), pk=point.pk).exists()


def _missed(leader_id: UUID, now: datetime) -> str:
    leader = Leader.objects.filter(pk=leader_id).first()
    if leader is None or leader.state == LeaderState.RETIRED:
        return _("邀请您的团长已不在本店，请选一个自提点")
    rest = next(iter(rests_of(leader, now=now)), None)
    if rest and leader.state == LeaderState.ACTIVE:
        words = {"name": leader.name, "days": rest_days(rest.first_on, rest.last_on)}
        return _("%(name)s%(days)s休息，请先选别的自提点") % words
    return _("%(name)s休息中，请先选别的自提点") % {"name": leader.name}
