"""The leader's desk: today in numbers, and what they earn."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.pagination import PageQuery, page_of, place_after
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer, NamedSerializer
from api.views import StoreView, query_of
from kit import clock
from kit.money import PPM
from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.selectors import CommissionTotals, commission_totals, commissions_of
from tenants.fulfilment.selectors import DeskCounts, desk_counts
from tenants.fulfilment.selectors_unclaimed import count_unclaimed_of
from tenants.leaders.models import Leader, LeaderState
from tenants.leaders.rests import today_at
from tenants.leaders.selectors import points_of
from tenants.tracing.selectors import lines_stopped_at


class DayQuerySerializer(StrictSerializer):
    date = serializers.DateField(required=False, default=None)


class DeskCommissionSerializer(serializers.Serializer[Any]):
    today = MoneySerializer()
    pending = MoneySerializer()
    available = MoneySerializer()


class DeskSerializer(serializers.Serializer[Any]):
    """A leader's day; lines and pieces are those still to be handed out, ``unclaimed`` the visits of days before."""

    leader = NamedSerializer()
    date = serializers.DateField()
    pickup_points = NamedSerializer(many=True)
    people_waiting = serializers.IntegerField()
    people_done = serializers.IntegerField()
    lines_waiting = serializers.IntegerField()
    pieces_waiting = serializers.IntegerField()
    unclaimed = serializers.IntegerField()
    commission = DeskCommissionSerializer()
    notices = serializers.ListField(child=serializers.CharField())


class CommissionSerializer(serializers.Serializer[Any]):
    """One commission, with the reason for its amount."""

    id = serializers.UUIDField()
    order_number = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    base = MoneySerializer()
    rate_percent = serializers.CharField()
    amount = MoneySerializer()
    state = serializers.ChoiceField(choices=EntryState.values)
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class CommissionSummarySerializer(serializers.Serializer[Any]):
    accrued = MoneySerializer()
    pending = MoneySerializer()
    available = MoneySerializer()


class CommissionPageSerializer(serializers.Serializer[Any]):
    """A page of commissions, and the sums of all of them."""

    items = CommissionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    summary = CommissionSummarySerializer()


_DESK_EXAMPLE = {
    "leader": {"id": examples.LEADER_ID, "name": "陈姐"},
    "date": "2026-11-24",
    "pickup_points": [{"id": examples.POINT_ID, "name": "万科城市花园"}],
    "people_waiting": 18,
    "people_done": 5,
    "lines_waiting": 41,
    "pieces_waiting": 63,
    "unclaimed": 1,
    "commission": {"today": examples.yuan(3260), "pending": examples.yuan(12840), "available": examples.yuan(80650)},
    "notices": [],
}
_COMMISSION_EXAMPLE = {
    "items": [
        {
            "id": examples.ENTRY_ID,
            "order_number": "261123000128",
            "title": "崇明小青菜",
            "quantity": 2,
            "base": examples.yuan(1180),
            "rate_percent": "8",
            "amount": examples.yuan(94),
            "state": "accrued",
            "reason": "全店默认 8%：¥11.80 × 8% = ¥0.94",
            "created_at": "2026-11-23T10:13:02+08:00",
        }
    ],
    "next": None,
    "summary": {"accrued": examples.yuan(94), "pending": examples.yuan(12840), "available": examples.yuan(80650)},
}


class Desk(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "getDesk",
        "团长工作台：今天谁来提货",
        query=DayQuerySerializer,
        answer=DeskSerializer,
        example=_DESK_EXAMPLE,
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        leader, now = leader_asking(request), clock.now()
        date = query_of(request, DayQuerySerializer)["date"] or today_at(now)
        counts = desk_counts(leader=leader, date=date)
        totals = commission_totals(leader=leader, now=now)
        return Response({"date": date, **_desk_shape(leader, counts, totals)})


class Commissions(StoreView):
    permission_classes = (IsLeader,)

    class CommissionQuerySerializer(PageQuery):
        state = serializers.ChoiceField(choices=EntryState.values, required=False, default="")

    @operation(
        "listCommissions",
        "团长佣金，新的在前",
        query=CommissionQuerySerializer,
        answer=CommissionPageSerializer,
        example=_COMMISSION_EXAMPLE,
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        asked, leader = query_of(request, self.CommissionQuerySerializer), leader_asking(request)
        entries = commissions_of(
            leader=leader, state=asked["state"], after=place_after(asked["cursor"]), limit=asked["limit"] + 1
        )
        page = page_of(
            entries,
            limit=asked["limit"],
            place=lambda entry: (entry.created_at, entry.pk),
            shape=_commission_shape,
        )
        totals = commission_totals(leader=leader, now=clock.now())
        summary = {
            "accrued": money(totals.accrued_minor, totals.currency),
            "pending": money(totals.pending_minor, totals.currency),
            "available": money(totals.available_minor, totals.currency),
        }
        return Response({**page, "summary": summary})


def _desk_shape(leader: Leader, counts: DeskCounts, totals: CommissionTotals) -> dict[str, Any]:
    return {
        "leader": {"id": leader.pk, "name": leader.name},
        "pickup_points": [{"id": point.pk, "name": point.name} for point in points_of(leader)],
        "people_waiting": counts.people_waiting,
        "people_done": counts.people_done,
        "lines_waiting": counts.lines_waiting,
        "pieces_waiting": counts.pieces_waiting,
        "unclaimed": count_unclaimed_of(leader.pk),
        "commission": {
            "today": money(totals.today_minor, totals.currency),
            "pending": money(totals.pending_minor, totals.currency),
            "available": money(totals.available_minor, totals.currency),
        },
        "notices": _notices(leader),
    }


def _notices(leader: Leader) -> list[str]:
    notices = []
    if leader.state == LeaderState.RESTING:
        notices.append(_("您正在休息中，新订单暂时下不到您的自提点；已付款的照常交货。"))
    if stopped := lines_stopped_at(leader.pk):
        notices.append(_("有 %(n)d 件商品正在召回，交货前请看提货单上的红字，不要交给顾客。") % {"n": stopped})
    return notices


def _commission_shape(entry: CommissionEntry) -> dict[str, Any]:
    line = entry.order_line
    return {
        "id": entry.pk,
        "order_number": line.order.number,
        "title": line.title,
        "quantity": line.quantity,
        "base": money(entry.base_minor, entry.currency),
        "rate_percent": _percent(entry.rate_ppm),
        "amount": money(entry.amount_minor, entry.currency),
        "state": entry.state,
        "reason": entry.reason,
        "created_at": moment(entry.created_at),
    }


def _percent(ppm: int) -> str:
    """Write a rate without the zeros nobody says: 80000 ppm is "8", 65000 is "6.5"."""
    whole, rest = divmod(ppm, PPM // 100)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
