"""休息日期: days on which a leader hands nothing out, so that lists fetched on them are not sold there."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from kit.web.format import long_day
from tenants.journal.services import Actor, record
from tenants.leaders.models import Leader, PickupPoint, Rest
from tenants.leaders.selectors import LeaderMissing, PointMissing

MOST_DAYS = 60
AHEAD = timedelta(days=180)
TOLD_AHEAD = timedelta(days=14)  # how early shoppers read of it


class RestMissing(Refused):
    """There is no such rest, or it is another leader's, or it was called off."""

    code, kind, sentence = "rest_missing", Kind.MISSING, _("没有找到这次休息安排。")


class WrongRestDays(Refused):
    """Days that are over, too many, too far away, or the last before the first."""

    code, kind, sentence = "wrong_rest_days", Kind.INVALID, _("请选今天起半年内的日期，一次最多 60 天。")


class RestKnown(Refused):
    """Some of these days are days of rest already."""

    code, kind, sentence = "rest_known", Kind.CONFLICT, _("这几天里已经有休息安排了，请先取消原来的。")


def rests_at(point_id: UUID, *, day: OuterRef) -> QuerySet[Rest]:
    """Build the query of the rests that cover a day at a point, for whoever needs it inside another statement."""
    leader = PickupPoint.objects.filter(pk=point_id).values("leader")[:1]
    return resting(point=point_id, leader=Subquery(leader), day=day)


def resting(*, point: Any, leader: Any, day: OuterRef) -> QuerySet[Rest]:
    """Build the same where the point and its leader stand in the query around it."""
    here = Q(point__isnull=True) | Q(point=point)
    return Rest.objects.filter(here, leader=leader, ended_at__isnull=True, first_on__lte=day, last_on__gte=day)


def rest_told(now: datetime, *, point: str = "pk", leader: str = "leader") -> Subquery:
    """Build an expression for when a point rests next, or is resting, as shoppers should read of it; or nothing.

    ``point`` and ``leader`` lead to both in the query around it. ``PickupPoint.rest_told`` is where it belongs.
    """
    here, today = Q(point__isnull=True) | Q(point=OuterRef(point)), today_at(now)
    soon = Rest.objects.filter(here, leader=OuterRef(leader), ended_at__isnull=True, last_on__gte=today)
    told = soon.filter(first_on__lte=today + TOLD_AHEAD).order_by("first_on", "pk")
    return Subquery(told.values(json=JSONObject(first_on="first_on", last_on="last_on", note="note"))[:1])


def rests_of(leader: Leader, *, now: datetime) -> list[Rest]:
    """List a leader's rests that are not over, the next one first."""
    found = Rest.objects.filter(leader=leader, ended_at__isnull=True, last_on__gte=today_at(now))
    return list(found.select_related("point", "leader").order_by("first_on", "pk"))


def rest_with_id(rest_id: UUID, *, leader: Leader | None = None) -> Rest:
    """Read one rest, of this leader where one is given. :raises RestMissing:"""
    found = Rest.objects.select_related("leader", "point").filter(pk=rest_id, ended_at__isnull=True)
    rest: Rest | None = (found.filter(leader=leader) if leader else found).first()
    if rest is None:
        raise RestMissing
    return rest


def rest_days(first_on: date, last_on: date) -> str:
    """Write the days of a rest."""
    if first_on == last_on:
        return long_day(first_on)
    return gettext("%(first)s至%(last)s") % {"first": long_day(first_on), "last": long_day(last_on)}


def rest_sentence(name: str, first_on: date, last_on: date) -> str:
    """Tell a shopper that a leader hands nothing out on these days."""
    words = {"name": name, "days": rest_days(first_on, last_on)}
    if first_on == last_on:
        return gettext("%(name)s%(days)s休息，当天不能提货") % words
    return gettext("%(name)s%(days)s休息，这几天不能提货") % words


def today_at(now: datetime) -> date:
    """Say which day it is in the store's city."""
    return now.astimezone(ZoneInfo(current_store().timezone)).date()


def check_days(*, first_on: date, last_on: date, now: datetime) -> None:
    """Let through what can be days of rest. :raises WrongRestDays:"""
    today = today_at(now)
    if not today <= first_on <= last_on <= min(first_on + timedelta(days=MOST_DAYS - 1), today + AHEAD):
        raise WrongRestDays(fields={"last_on": [WrongRestDays.sentence]})


def write_rest(
    *,
    leader_id: UUID,
    point_id: UUID | None,
    first_on: date,
    last_on: date,
    note: str,
    agreed_orders: int,
    actor: Actor,
    now: datetime,
) -> Rest:
    """Write days of rest in the caller's transaction; without a point, of all the leader's points.

    :raises LeaderMissing, PointMissing, WrongRestDays, RestKnown:
    """
    check_days(first_on=first_on, last_on=last_on, now=now)
    leader: Leader | None = Leader.objects.select_for_update().filter(pk=leader_id).first()
    if leader is None:
        raise LeaderMissing
    if point_id and not PickupPoint.objects.filter(pk=point_id, leader=leader).exists():
        raise PointMissing
    known = Rest.objects.filter(leader=leader, ended_at__isnull=True, first_on__lte=last_on, last_on__gte=first_on)
    if (known.filter(Q(point__isnull=True) | Q(point=point_id)) if point_id else known).exists():
        raise RestKnown(fields={"first_on": [RestKnown.sentence]})
    rest: Rest = Rest.objects.create(
        leader=leader,
        point_id=point_id,
        first_on=first_on,
        last_on=last_on,
        note=note.strip(),
        created_at=now,
        by_name=actor.name[:60],
        agreed_orders=agreed_orders,
    )
    days = {"first_on": f"{first_on:%Y-%m-%d}", "last_on": f"{last_on:%Y-%m-%d}"}
    record(what="leader.rest_set", subject=leader, at=now, actor=actor, reason=rest.note, orders=agreed_orders, **days)
    return rest


def locked_rest(rest_id: UUID, *, leader: Leader | None) -> Rest:
    """Hold a rest that was not called off, of this leader where one is given. :raises RestMissing:"""
    rows = Rest.objects.select_for_update(of=["self"]).select_related("leader", "point")
    found = rows.filter(pk=rest_id, ended_at__isnull=True)
    rest: Rest | None = (found.filter(leader=leader) if leader else found).first()
    if rest is None:
        raise RestMissing
    return rest
