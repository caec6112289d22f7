"""What still lies at a leader's points though its day is over."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.pickups import VisitorSerializer
from api.store.words import NamedSerializer, list_of
from api.views import StoreView
from tenants.fulfilment.models import Unclaimed, UnclaimedState
from tenants.fulfilment.selectors_unclaimed import lines_left, unclaimed_of_leader
from tenants.orders.models import OrderLine


class UnclaimedGoodsSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    sku_label = serializers.CharField()
    quantity = serializers.IntegerField()


class UnclaimedSerializer(serializers.Serializer[Any]):
    """A visit nobody made: it can still be handed out, by ``pickup_id``. At ``decide_at`` the store decides."""

    pickup_id = serializers.UUIDField()
    member = VisitorSerializer()
    pickup_point = NamedSerializer()
    pickup_date = serializers.DateField()
    state = serializers.ChoiceField(choices=UnclaimedState.values)
    state_label = serializers.CharField()
    decide_at = serializers.DateTimeField(allow_null=True)
    held_until = serializers.DateField(allow_null=True)
    goods = UnclaimedGoodsSerializer(many=True)


_EXAMPLE = {
    "pickup_id": examples.PICKUP_ID,
    "member": {"nickname": "李女士", "phone_last4": "5678"},
    "pickup_point": {"id": examples.POINT_ID, "name": "万科城市花园"},
    "pickup_date": "2026-11-24",
    "state": "reminded",
    "state_label": "已提醒",
    "decide_at": "2026-11-26T12:00:00Z",
    "held_until": None,
    "goods": [{"title": "崇明小青菜", "sku_label": "500g/份", "quantity": 2}],
}


class UnclaimedGoods(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "listUnclaimed",
        "过了提货日还没人取的货，等得最久的在前",
        answer=list_of(UnclaimedSerializer, "UnclaimedPage"),
        example=examples.page(_EXAMPLE),
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        rows = unclaimed_of_leader(leader_asking(request))
        left = lines_left(rows)
        return Response({"items": [_shape(row, left[row.pk]) for row in rows], "next": None})


def _shape(row: Unclaimed, lines: list[tuple[OrderLine, int]]) -> dict[str, Any]:
    pickup = row.pickup
    return {
        "pickup_id": pickup.pk,
        "member": {"nickname": pickup.member.nickname, "phone_last4": pickup.member.phone[-4:]},
        "pickup_point": {"id": pickup.pickup_point_id, "name": pickup.pickup_point.name},
        "pickup_date": pickup.pickup_date,
        "state": row.state,
        "state_label": row.get_state_display(),
        "decide_at": moment(row.decide_at),
        "held_until": row.held_until,
        "goods": [{"title": line.title, "sku_label": line.sku_label, "quantity": pieces} for line, pieces in lines],
    }
