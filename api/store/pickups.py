"""Handing goods out at the leader's desk."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.idempotency import answered_once
from api.pagination import PageQuery, page_of, place_after
from api.parsing import PiecesField, StrictSerializer
from api.schema import operation
from api.shapes import moment, picture
from api.store import examples
from api.store.deliveries import OrderSlotSerializer, slot_shape
from api.store.leader import DayQuerySerializer
from api.store.words import NamedSerializer, ReasonSerializer, list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from tenants.catalog.selectors import SMALL
from tenants.delivery.models import WayKind
from tenants.fulfilment.models import Handover, Pickup, PickupState
from tenants.fulfilment.selectors import PickupMissing, Visit, WrongPoint, pickup_of_leader, pickups_for_leader
from tenants.fulfilment.services.dispatch import NeedsTracking
from tenants.fulfilment.services.hand_over import (
    AlreadyTaken,
    CalledBack,
    HandedLine,
    NothingToHand,
    TeamNotFormed,
    TooMuch,
    hand_over,
)
from tenants.fulfilment.services.reverse_handover import (
    REVERSIBLE_FOR,
    AlreadyReversed,
    HandoverMissing,
    ReasonNeeded,
    TooLateToReverse,
    reverse_handover,
)
from tenants.leaders.rests import today_at
from tenants.orders.models import LineState, OrderLine
from tenants.tracing.selectors import Stopped, stopped_pieces

MOST_LINES = 200


class VisitorSerializer(serializers.Serializer[Any]):
    nickname = serializers.CharField()
    phone_last4 = serializers.CharField()


class PickupSummarySerializer(serializers.Serializer[Any]):
    """One member's visit."""

    id = serializers.UUIDField()
    member = VisitorSerializer()
    pickup_point = NamedSerializer()
    pickup_date = serializers.DateField()
    line_count = serializers.IntegerField()
    pieces = serializers.IntegerField()
    state = serializers.ChoiceField(choices=PickupState.values)
    taken_at = serializers.DateTimeField(allow_null=True)
    taken_by = serializers.CharField(allow_null=True)


class StoppedSerializer(serializers.Serializer[Any]):
    """So many of the line are being called back and must not go out; ``sentence`` says it."""

    quantity = serializers.IntegerField()
    sentence = serializers.CharField()


class PickupLineSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    order_number = serializers.CharField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    handed_quantity = serializers.IntegerField()
    stopped = StoppedSerializer(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=LineState.values)


class HandoverLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.UUIDField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()


class HandoverSerializer(serializers.Serializer[Any]):
    """One handing-out; ``can_reverse_until`` is null when it was taken back or it is too late for that."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    by = serializers.CharField()
    lines = HandoverLineSerializer(many=True)
    can_reverse_until = serializers.DateTimeField(allow_null=True)


class ToBringSerializer(serializers.Serializer[Any]):
    """An order of the visit that the leader brings to the door."""

    order_number = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField()
    text = serializers.CharField()
    slot = OrderSlotSerializer(allow_null=True)


class PickupDetailSerializer(PickupSummarySerializer):
    """One member's visit with its lines, where the leader brings them, and what was handed out when."""

    lines = PickupLineSerializer(many=True)
    to_bring = ToBringSerializer(many=True)
    handovers = HandoverSerializer(many=True)


_SUMMARY = {
    "id": examples.PICKUP_ID,
    "member": {"nickname": "李女士", "phone_last4": "5678"},
    "pickup_point": {"id": examples.POINT_ID, "name": "万科城市花园"},
    "pickup_date": "2026-11-24",
    "line_count": 1,
    "pieces": 2,
    "state": "waiting",
    "taken_at": None,
    "taken_by": None,
}
_LINE = {
    "id": examples.LINE_ID,
    "order_number": "261123000128",
    "title": "崇明小青菜",
    "sku_label": "500g/份",
    "image": examples.IMAGE,
    "quantity": 2,
    "handed_quantity": 0,
    "stopped": None,
    "notes": [],
    "state": "open",
}
_DETAIL = {
    **_SUMMARY,
    "lines": [_LINE],
    "to_bring": [
        {
            "order_number": "261123000128",
            "name": "李女士",
            "phone": "13812345678",
            "text": "上海闵行区七莘路 3333 号 12 号楼 501",
            "slot": {"day": "2026-11-24", "starts": "18:00", "ends": "20:00", "text": "11-24 18:00–20:00"},
        }
    ],
    "handovers": [],
}
_TAKEN = {
    **_SUMMARY,
    "state": "taken",
    "taken_at": "2026-11-24T17:05:11+08:00",
    "taken_by": "陈姐",
    "lines": [{**_LINE, "handed_quantity": 2, "state": "picked_up"}],
    "to_bring": [],
    "handovers": [
        {
            "id": examples.HANDOVER_ID,
            "at": "2026-11-24T17:05:11+08:00",
            "by": "陈姐",
            "lines": [{"line_id": examples.LINE_ID, "title": "崇明小青菜", "quantity": 2}],
            "can_reverse_until": "2026-11-24T17:15:11+08:00",
        }
    ],
}


class Pickups(StoreView):
    permission_classes = (IsLeader,)

    class PickupQuerySerializer(PageQuery, DayQuerySerializer):
        pickup_point_id = serializers.UUIDField(required=False, default=None)
        state = serializers.ChoiceField(choices=("waiting", "done"), required=False, default="")
        q = serializers.CharField(required=False, default="", max_length=30)
        code = serializers.RegexField(r"^\d{1,8}\Z", required=False, default="")

    @operation(
        "listPickups",
        "今天来提货的人；按手机尾号、昵称或提货码查找",
        query=PickupQuerySerializer,
        answer=list_of(PickupSummarySerializer, "PickupPage"),
        example=examples.page(_SUMMARY),
        refusals=(NotALeader, WrongPoint),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.PickupQuerySerializer)
        pickups = pickups_for_leader(
            leader=leader_asking(request),
            date=asked["date"] or today_at(clock.now()),
            pickup_point_id=asked["pickup_point_id"],
            state=asked["state"],
            query=asked["q"],
            code=asked["code"],
            after=place_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        page = page_of(
            pickups, limit=asked["limit"], place=lambda pickup: (pickup.created_at, pickup.pk), shape=_summary_shape
        )
        return Response(page)


class PickupDetail(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "getPickup",
        "一位顾客的提货单",
        answer=PickupDetailSerializer,
        example=_DETAIL,
        refusals=(NotALeader, PickupMissing),
        tag="leader",
    )
    def get(self, request: Request, pickup_id: UUID) -> Response:
        return Response(_detail(request, pickup_id, now=clock.now()))


class Handovers(StoreView):
    permission_classes = (IsLeader,)

    class HandOverSerializer(StrictSerializer):
        class TickedLineSerializer(StrictSerializer):
            line_id = serializers.UUIDField()
            quantity = PiecesField()

        lines = serializers.ListField(child=TickedLineSerializer(), allow_empty=False, max_length=MOST_LINES)

    @operation(
        "handOver",
        "交货：勾选这次提走的商品",
        body=HandOverSerializer,
        asked={"lines": [{"line_id": examples.LINE_ID, "quantity": 2}]},
        answer=PickupDetailSerializer,
        status=201,
        example=_TAKEN,
        refusals=(
            NotALeader,
            PickupMissing,
            AlreadyTaken,
            WrongPoint,
            TooMuch,
            NothingToHand,
            CalledBack,
            TeamNotFormed,
            NeedsTracking,
        ),
        tag="leader",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, pickup_id: UUID, key: str) -> Response:
        words, leader, now = body_of(request, self.HandOverSerializer), leader_asking(request), clock.now()
        hand_over(
            pickup_id=pickup_id,
            leader=leader,
            lines=[HandedLine(line_id=line["line_id"], quantity=line["quantity"]) for line in words["lines"]],
            by_name=leader.name,
            now=now,
            key=key,
        )
        return Response(_detail(request, pickup_id, now=now), status=201)


class Reversal(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "reverseHandover",
        "撤销一次交货（10 分钟内）",
        body=ReasonSerializer,
        asked={"reason": "点错人了"},
        answer=PickupDetailSerializer,
        status=201,
        example=_DETAIL,
        refusals=(NotALeader, HandoverMissing, AlreadyReversed, TooLateToReverse, ReasonNeeded),
        tag="leader",
    )
    def post(self, request: Request, handover_id: UUID) -> Response:
        words, leader, now = body_of(request, ReasonSerializer), leader_asking(request), clock.now()
        pickup = reverse_handover(
            handover_id=handover_id, leader=leader, reason=words["reason"], by_name=leader.name, now=now
        )
        return Response(_detail(request, pickup.pk, now=now), status=201)


def _detail(request: Request, pickup_id: UUID, *, now: datetime) -> dict[str, Any]:
    visit: Visit = pickup_of_leader(leader=leader_asking(request), pickup_id=pickup_id)
    stopped = stopped_pieces(visit.lines)
    return {
        **_summary_shape(visit.pickup),
        "lines": [_line_shape(line, stopped.get(line.pk), visit.pickup.pickup_date) for line in visit.lines],
        "to_bring": _to_bring(visit),
        "handovers": [_handover_shape(handover, now=now) for handover in visit.handovers],
    }


def _to_bring(visit: Visit) -> list[dict[str, Any]]:
    """What the store brings itself goes by no leader: its addresses are not theirs to see."""
    orders = {line.order_id: line.order for line in visit.lines if line.order.delivery == WayKind.LEADER_HOME}
    return [
        {
            "order_number": order.number,
            **{name: order.address[name] for name in ("name", "phone", "text")},
            "slot": slot_shape(order),
        }
        for order in orders.values()
        if order.address
    ]


def _summary_shape(pickup: Pickup) -> dict[str, Any]:
    return {
        "id": pickup.pk,
        "member": {"nickname": pickup.member.nickname, "phone_last4": pickup.member.phone[-4:]},
        "pickup_point": {"id": pickup.pickup_point_id, "name": pickup.pickup_point.name},
        "pickup_date": pickup.pickup_date,
        "line_count": pickup.line_count,  # type: ignore[attr-defined]  # summed by the selector
        "pieces": pickup.pieces,  # type: ignore[attr-defined]
        "state": pickup.state,
        "taken_at": moment(pickup.taken_at),
        "taken_by": pickup.taken_by or None,
    }


def _line_shape(line: OrderLine, stopped: Stopped | None, day: date) -> dict[str, Any]:
    sentence = _("%(n)d 份正在召回（%(title)s），请不要交给顾客")
    return {
        "id": line.pk,
        "order_number": line.order.number,
        "title": line.title,
        "sku_label": line.sku_label,
        "image": picture(line.picture_key, SMALL),
        "quantity": line.due_on(day),
        "handed_quantity": line.handed_on(day),
        "stopped": _by_express(line)
        or (
            stopped
            and {"quantity": stopped.pieces, "sentence": sentence % {"n": stopped.pieces, "title": stopped.title}}
        ),
        "notes": line.shortage_notes,
        "state": line.state,
    }


def _by_express(line: OrderLine) -> dict[str, Any] | None:
    if line.order.delivery != WayKind.EXPRESS or not line.left_to_hand:
        return None
    return {"quantity": line.left_to_hand, "sentence": _("走快递寄出，不用交给顾客")}


def _handover_shape(handover: Handover, *, now: datetime) -> dict[str, Any]:
    until = handover.at + REVERSIBLE_FOR
    can_reverse = handover.reversed_at is None and now <= until
    return {
        "id": handover.pk,
        "at": moment(handover.at),
        "by": handover.by_name,
        "lines": [
            {"line_id": given.order_line_id, "title": given.order_line.title, "quantity": given.quantity}
            for given in handover.lines.all()
        ],
        "can_reverse_until": moment(until) if can_reverse else None,
    }
