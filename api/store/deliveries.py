"""The ways to the door a store offers, and how an order says which of them it comes by."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import StoreView
from kit.tenancy import current_store
from tenants.delivery.models import WayKind
from tenants.delivery.ways import Wanted, offered_ways, words_about
from tenants.orders.models import Order


class DeliveryWordsSerializer(StrictSerializer):
    """How goods are to come; none is to fetch them. An address is one of the member's own (listAddresses)."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    address_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    # where the way has times of day (listDeliverySlots): the one that is wanted
    slot_id = serializers.UUIDField(allow_null=True, required=False, default=None)


class QuotedDeliverySerializer(serializers.Serializer[Any]):
    """What bringing costs, over all pickup days; ``problem`` says why it cannot be brought there."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    fee = MoneySerializer()
    problem = serializers.CharField(allow_null=True)


class DeliveryAddressSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    phone = serializers.CharField()
    text = serializers.CharField()


class OrderSlotSerializer(serializers.Serializer[Any]):
    """When it is brought, as agreed: times of day where the store is."""

    day = serializers.DateField()
    starts = serializers.CharField()
    ends = serializers.CharField()
    text = serializers.CharField()


class OrderDeliverySerializer(serializers.Serializer[Any]):
    """How an order comes, as agreed; ``note`` says who brings it, or its number, once it was dispatched."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    fee = MoneySerializer()
    address = DeliveryAddressSerializer(allow_null=True)
    slot = OrderSlotSerializer(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class DeliveryWaySerializer(serializers.Serializer[Any]):
    """One way to the door; ``sentence`` says what it costs and how far it goes."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    sentence = serializers.CharField()
    fee = MoneySerializer()
    free_from = MoneySerializer(allow_null=True)
    reach_m = serializers.IntegerField(allow_null=True)


_EXAMPLE = {
    "kind": "leader_home",
    "label": "团长送货上门",
    "sentence": "配送费 ¥3.00，满 ¥39.00 免配送费，1.5 km 内",
    "fee": examples.yuan(300),
    "free_from": examples.yuan(3900),
    "reach_m": 1500,
}


class DeliveryWays(StoreView):
    permission_classes = (AllowAny,)

    @operation(
        "listDeliveryWays",
        "送货上门的方式（到点自提总是可以）",
        answer=list_of(DeliveryWaySerializer, "DeliveryWayPage"),
        example=examples.page(_EXAMPLE),
        tag="orders",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        currency = current_store().currency
        items = [
            {
                "kind": way.kind,
                "label": str(WayKind(way.kind).label),
                "sentence": words_about(way),
                "fee": money(way.fee_minor, currency),
                "free_from": None if way.free_from_minor is None else money(way.free_from_minor, currency),
                "reach_m": way.reach_m,
            }
            for way in offered_ways()
        ]
        return Response({"items": items, "next": None})


def wanted_delivery(words: dict[str, Any] | None) -> Wanted:
    """Turn the words of a body into what the stories of a sale take."""
    return Wanted(WayKind(words["kind"]), words["address_id"], words["slot_id"]) if words else Wanted()


def order_delivery_shape(order: Order) -> dict[str, Any]:
    """Write how an order comes."""
    address = order.address and {name: order.address[name] for name in ("name", "phone", "text")}
    return {
        "kind": order.delivery,
        "label": str(WayKind(order.delivery).label),
        "fee": money(order.delivery_minor, order.currency),
        "address": address,
        "slot": slot_shape(order),
        "dispatched_at": moment(order.dispatched_at),
        "note": order.dispatch_note,
    }


def slot_shape(order: Order) -> dict[str, Any] | None:
    """Write when an order is brought; nothing where no time was agreed."""
    return order.slot and {name: order.slot[name] for name in ("day", "starts", "ends", "text")}
