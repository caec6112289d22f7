"""What the member shows at the pickup point."""

from typing import Any

import segno
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.words import list_of
from api.views import StoreView
from kit import clock
from tenants.fulfilment.models import PickupState
from tenants.fulfilment.selectors import Visit, pickups_of_member

_QR_TEXT = "LINLI:PICKUP:{code}"  # what the leader's scanner looks for


class CodePointSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    opening_hours = serializers.CharField()


class NumberedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField()


class PickupCodeLineSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    sku_label = serializers.CharField()
    quantity = serializers.IntegerField()
    handed_quantity = serializers.IntegerField()


class PickupCodeSerializer(serializers.Serializer[Any]):
    """One visit to one point on one day: one code for all its orders. ``qr`` is a picture as a data address."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    qr = serializers.CharField()
    pickup_date = serializers.DateField()
    pickup_point = CodePointSerializer()
    state = serializers.ChoiceField(choices=PickupState.values)
    taken_at = serializers.DateTimeField(allow_null=True)
    taken_by = serializers.CharField(allow_null=True)
    orders = NumberedSerializer(many=True)
    lines = PickupCodeLineSerializer(many=True)


_EXAMPLE = {
    "id": examples.PICKUP_ID,
    "code": "48213950",
    "qr": "data:image/png;base64,iVBORw0KGgo=",
    "pickup_date": "2026-11-24",
    "pickup_point": {
        "id": examples.POINT_ID,
        "name": "万科城市花园",
        "address": "七莘路 3333 号 5 号楼底商",
        "opening_hours": "16:00–20:30",
    },
    "state": "waiting",
    "taken_at": None,
    "taken_by": None,
    "orders": [{"id": examples.ORDER_ID, "number": "261123000128"}],
    "lines": [{"title": "崇明小青菜", "sku_label": "500g/份", "quantity": 2, "handed_quantity": 0, "notes": []}],
}


class PickupCodes(StoreView):
    @operation(
        "listPickupCodes",
        "我的提货码：先列未提的",
        answer=list_of(PickupCodeSerializer, "PickupCodePage"),
        example=examples.page(_EXAMPLE),
        tag="pickup-codes",
    )
    def get(self, request: Request) -> Response:
        visits = pickups_of_member(member=member_asking(request), now=clock.now())
        return Response({"items": [_visit_shape(visit) for visit in visits], "next": None})


def _visit_shape(visit: Visit) -> dict[str, Any]:
    pickup = visit.pickup
    return {
        "id": pickup.pk,
        "code": pickup.code,
        "qr": segno.make_qr(_QR_TEXT.format(code=pickup.code), error="m").png_data_uri(scale=6, border=2),
        "pickup_date": pickup.pickup_date,
        "pickup_point": {
            "id": pickup.pickup_point_id,
            "name": pickup.pickup_point.name,
            "address": pickup.pickup_point.address,
            "opening_hours": pickup.pickup_point.opening_hours,
        },
        "state": pickup.state,
        "taken_at": moment(pickup.taken_at),
        "taken_by": pickup.taken_by or None,
        "orders": [
            {"id": order_id, "number": number}
            for order_id, number in {line.order_id: line.order.number for line in visit.lines}.items()
        ],
        "lines": [
            {
                "title": line.title,
                "sku_label": line.sku_label,
                "quantity": line.due_on(pickup.pickup_date),
                "handed_quantity": line.handed_on(pickup.pickup_date),
                "notes": line.shortage_notes,
            }
            for line in visit.lines
        ],
    }
