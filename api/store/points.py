"""A member's points: what they have, what it is worth, and every change of it."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.pagination import PageQuery, id_after, page_of
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import StoreView, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.points.models import MoveKind, PointsMove
from tenants.points.selectors import PurseNow, moves_of, purse_of
from tenants.points.worth import PointsOffer


class EndingPointsSerializer(serializers.Serializer[Any]):
    """Points that can be spent until ``last_day`` and no longer."""

    points = serializers.IntegerField()
    last_day = serializers.DateField()


class PointsSerializer(serializers.Serializer[Any]):
    """``free`` can be spent now and is worth ``worth``; ``locked`` waits in unpaid orders; ``owed`` is kept from what
    is earned next. The rule: so many points for each yuan paid, ``per_yuan`` of them take one yuan off, at most
    ``max_share_percent`` of an order. Where points are off, ``is_on`` is false."""

    is_on = serializers.BooleanField()
    free = serializers.IntegerField()
    locked = serializers.IntegerField()
    owed = serializers.IntegerField()
    worth = MoneySerializer()
    earn_per_yuan = serializers.IntegerField()
    per_yuan = serializers.IntegerField()
    max_share_percent = serializers.IntegerField()
    ending = EndingPointsSerializer(allow_null=True)


class PointsMoveSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=MoveKind.values)
    kind_label = serializers.CharField()
    points = serializers.IntegerField()
    order_number = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


_POINTS = {
    "is_on": True,
    "free": 860,
    "locked": 0,
    "owed": 0,
    "worth": examples.yuan(860),
    "earn_per_yuan": 1,
    "per_yuan": 100,
    "max_share_percent": 50,
    "ending": {"points": 120, "last_day": "2026-12-31"},
}
_MOVE = {
    "id": examples.LINE_ID,
    "kind": "earn",
    "kind_label": "购物获得",
    "points": 11,
    "order_number": "261123000128",
    "reason": "",
    "at": "2026-11-26T04:00:00Z",
}


class Points(StoreView):
    @operation("getPoints", "我的积分", answer=PointsSerializer, example=_POINTS, tag="points")
    def get(self, request: Request) -> Response:
        return Response(_points_shape(purse_of(member=member_asking(request), now=clock.now())))


class PointsMoves(StoreView):
    @operation(
        "listPointsMoves",
        "积分明细，新的在前",
        query=PageQuery,
        answer=list_of(PointsMoveSerializer, "PointsMovePage"),
        example=examples.page(_MOVE),
        tag="points",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, PageQuery)
        moves = moves_of(member=member_asking(request), after=id_after(asked["cursor"]), limit=asked["limit"] + 1)
        return Response(page_of(moves, limit=asked["limit"], place=lambda one: (one.pk,), shape=_move_shape))


def _points_shape(purse: PurseNow) -> dict[str, Any]:
    rule = purse.rule
    worth = PointsOffer(purse.free, rule.per_yuan, rule.max_share_ppm).worth_minor
    return {
        "is_on": rule.is_on,
        "free": purse.free,
        "locked": purse.locked,
        "owed": purse.owed,
        "worth": money(worth, current_store().currency),
        "earn_per_yuan": rule.earn_per_yuan,
        "per_yuan": rule.per_yuan,
        "max_share_percent": rule.max_share_ppm // 10_000,
        "ending": purse.ending and {"points": purse.ending.points, "last_day": purse.ending.last_day},
    }


def _move_shape(move: PointsMove) -> dict[str, Any]:
    return {
        "id": move.pk,
        "kind": move.kind,
        "kind_label": move.get_kind_display(),
        "points": move.points,
        "order_number": move.order_number,
        "reason": move.reason,
        "at": moment(move.at),
    }
