"""提货点设置 at the leader's desk: the points, and the days on which nothing is handed out there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.parsing import StrictSerializer
from api.schema import operation
from api.store import examples
from api.store.words import NamedSerializer, list_of
from api.views import StoreView, body_of
from kit import clock
from tenants.journal.services import Actor
from tenants.leaders.models import Leader, Rest
from tenants.leaders.rests import RestKnown, RestMissing, WrongRestDays, rest_days, rests_of
from tenants.leaders.selectors import PointMissing
from tenants.sales.services.rest_days import (
    Awaiting,
    OrdersThere,
    awaiting_at,
    awaiting_at_each,
    awaiting_on,
    call_off_rest,
    take_rest,
)


class RestDaysSerializer(StrictSerializer):
    """Days of rest, both counted; without a point, at all of the leader's."""

    pickup_point_id = serializers.UUIDField(allow_null=True)
    first_on = serializers.DateField()
    last_on = serializers.DateField()


class NewRestSerializer(RestDaysSerializer):
    """``agreed_orders``: how many orders for these days the leader was shown."""

    note = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    agreed_orders = serializers.IntegerField(min_value=0, max_value=100_000)


class AwaitingSerializer(serializers.Serializer[Any]):
    """What is ordered for some days already. It stays ordered."""

    orders = serializers.IntegerField()
    members = serializers.IntegerField()


class RestSerializer(serializers.Serializer[Any]):
    """A rest that is not over; ``pickup_point`` is null where it is of all points."""

    id = serializers.UUIDField()
    pickup_point = NamedSerializer(allow_null=True)
    first_on = serializers.DateField()
    last_on = serializers.DateField()
    days = serializers.CharField()
    note = serializers.CharField()
    orders = serializers.IntegerField()
    members = serializers.IntegerField()


_PAGE = list_of(RestSerializer, "LeaderRestPage")
_DAYS = {"pickup_point_id": examples.POINT_ID, "first_on": "2026-11-25", "last_on": "2026-11-27"}
_REST = {
    "id": examples.ENTRY_ID,
    "pickup_point": {"id": examples.POINT_ID, "name": "万科城市花园"},
    "first_on": "2026-11-25",
    "last_on": "2026-11-27",
    "days": "11月25日 周三至11月27日 周五",
    "note": "回老家",
    "orders": 3,
    "members": 2,
}


class LeaderRests(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "listLeaderRests",
        "团长还没过去的休息日期，和这几天已有的单",
        answer=_PAGE,
        example=examples.page(_REST),
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        return Response(_page(leader_asking(request), clock.now()))

    @operation(
        "takeLeaderRest",
        "安排休息：这几天提货的团在这里不卖；已有的单不会自动取消",
        body=NewRestSerializer,
        asked={**_DAYS, "note": "回老家", "agreed_orders": 3},
        answer=RestSerializer,
        status=201,
        example=_REST,
        refusals=(NotALeader, OrdersThere, PointMissing, WrongRestDays, RestKnown),
        tag="leader",
    )
    def post(self, request: Request) -> Response:
        words, leader = body_of(request, NewRestSerializer), leader_asking(request)
        point_id = words.pop("pickup_point_id")
        rest = take_rest(leader_id=leader.pk, point_id=point_id, actor=_actor(leader), now=clock.now(), **words)
        return Response(_shape(rest, awaiting_at(rest)), status=201)


class RestPreviews(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "previewLeaderRest",
        "休息前先看：这几天已有多少单、多少位顾客",
        body=RestDaysSerializer,
        asked=_DAYS,
        answer=AwaitingSerializer,
        example={"orders": 3, "members": 2},
        refusals=(NotALeader, WrongRestDays),
        tag="leader",
    )
    def post(self, request: Request) -> Response:
        words, leader = body_of(request, RestDaysSerializer), leader_asking(request)
        point_id = words.pop("pickup_point_id")
        there = awaiting_on(leader_id=leader.pk, point_id=point_id, now=clock.now(), **words)
        return Response({"orders": there.orders, "members": there.members})


class RestEnding(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "endLeaderRest",
        "取消一次休息，这几天照常提货",
        answer=_PAGE,
        status=201,
        example=examples.page(_REST),
        refusals=(NotALeader, RestMissing),
        tag="leader",
    )
    def post(self, request: Request, rest_id: UUID) -> Response:
        leader, now = leader_asking(request), clock.now()
        call_off_rest(rest_id=rest_id, leader=leader, actor=_actor(leader), now=now)
        return Response(_page(leader, now), status=201)


def _actor(leader: Leader) -> Actor:
    return Actor(kind="leader", id=str(leader.pk), name=leader.name)


def _page(leader: Leader, now: datetime) -> dict[str, Any]:
    rests = rests_of(leader, now=now)
    there = awaiting_at_each(rests)
    return {"items": [_shape(rest, there[rest.pk]) for rest in rests], "next": None}


def _shape(rest: Rest, there: Awaiting) -> dict[str, Any]:
    return {
        "id": rest.pk,
        "pickup_point": {"id": rest.point.pk, "name": rest.point.name} if rest.point else None,
        "first_on": rest.first_on,
        "last_on": rest.last_on,
        "days": rest_days(rest.first_on, rest.last_on),
        "note": rest.note,
        "orders": there.orders,
        "members": there.members,
    }
