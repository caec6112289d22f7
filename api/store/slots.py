"""Times of day at which a way brings goods, and what is left of them."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer
from api.schema import operation
from api.store import examples
from api.store.words import list_of
from api.views import StoreView, query_of
from kit import clock
from tenants.delivery.models import SLOTTED, WayKind
from tenants.delivery.slots import Slot, slots_on


class SlotQuerySerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=[str(kind) for kind in SLOTTED])
    date = serializers.DateField()  # of pickup, as a quote's groups say it


class DeliverySlotSerializer(serializers.Serializer[Any]):
    """One time of day; ``day`` is when it is brought. It can be chosen while some are ``left`` and it has not begun."""

    id = serializers.UUIDField()
    day = serializers.DateField()
    starts = serializers.TimeField(format="%H:%M")
    ends = serializers.TimeField(format="%H:%M")
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    left = serializers.IntegerField()
    can_choose = serializers.BooleanField()


_EXAMPLE = {
    "id": examples.SLOT_ID,
    "day": "2026-11-24",
    "starts": "18:00",
    "ends": "20:00",
    "label": "18:00–20:00",
    "left": 7,
    "can_choose": True,
}


class DeliverySlots(StoreView):
    permission_classes = (AllowAny,)

    @operation(
        "listDeliverySlots",
        "一种送货方式在某个提货日可约的时段；没有就不用约",
        query=SlotQuerySerializer,
        answer=list_of(DeliverySlotSerializer, "DeliverySlotPage"),
        example=examples.page(_EXAMPLE),
        tag="orders",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, SlotQuerySerializer)
        found = slots_on(kind=WayKind(asked["kind"]), pickup_date=asked["date"], now=clock.now())
        return Response({"items": [_shape(slot) for slot in found], "next": None})


def _shape(slot: Slot) -> dict[str, Any]:
    return {
        "id": slot.slot_id,
        "day": slot.day,
        "starts": f"{slot.starts:%H:%M}",
        "ends": f"{slot.ends:%H:%M}",
        "label": slot.hours,
        "left": slot.left,
        "can_choose": slot.left > 0 and not slot.has_begun,
    }
