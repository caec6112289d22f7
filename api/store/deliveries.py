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
from tenants.delivery.freight import Freight, freight_kept
from tenants.delivery.models import WayKind
from tenants.delivery.ways import Wanted, cheapest_zone, offered_ways, words_about
from tenants.orders.models import Order


class WantedSlotSerializer(StrictSerializer):
    """The time of day for goods of one pickup day."""

    pickup_date = serializers.DateField()
    slot_id = serializers.UUIDField()


class DeliveryWordsSerializer(StrictSerializer):
    """How goods are to come; none is to fetch them. An address is one of the member's own (listAddresses)."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    address_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    # where the way has times of day (listDeliverySlots): the one that is wanted, or one for each pickup day
    slot_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    slots = serializers.ListField(child=WantedSlotSerializer(), required=False, default=list, max_length=100)


class FreightStepSerializer(serializers.Serializer[Any]):
    sentence = serializers.CharField()
    amount = MoneySerializer()


class FreightSerializer(serializers.Serializer[Any]):
    """How an express's fee comes about: ``steps`` sum to ``fee``. Of ``guessed`` pieces nobody said what they weigh."""

    zone = serializers.CharField()
    grams = serializers.IntegerField()
    guessed = serializers.IntegerField()
    fee = MoneySerializer()
    steps = FreightStepSerializer(many=True)


class DayFreightSerializer(FreightSerializer):
    pickup_date = serializers.DateField()


class QuotedDeliverySerializer(serializers.Serializer[Any]):
    """What bringing costs, over all pickup days; ``problem`` says why it cannot be brought there.

    ``freight`` is there for an express: what each pickup day's parcel costs, and why.
    """

    kind = serializers.ChoiceField(choices=WayKind.values)
    fee = MoneySerializer()
    freight = DayFreightSerializer(many=True)
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
    """How an order comes, as agreed; ``note`` says who brings it once it was dispatched, of an express ``courier``
    and ``tracking_number``. ``freight`` is how the fee came about; of a checkout, a day's first order bears it."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    fee = MoneySerializer()
    freight = FreightSerializer(allow_null=True)
    address = DeliveryAddressSerializer(allow_null=True)
    slot = OrderSlotSerializer(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    courier = serializers.CharField(allow_blank=True)
    tracking_number = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class DeliveryWaySerializer(serializers.Serializer[Any]):
    """One way to the door; ``sentence`` says what it costs and how far it goes. Of an express ``fee`` is the least."""

    kind = serializers.ChoiceField(choices=WayKind.values)
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    sentence = serializers.CharField()
    fee = MoneySerializer()
    free_from = MoneySerializer(allow_null=True)
    reach_m = serializers.IntegerField(allow_null=True)


FREIGHT_EXAMPLE = {
    "zone": "江浙沪",
    "grams": 2600,
    "guessed": 0,
    "fee": examples.yuan(1200),
    "steps": [
        {"sentence": "江浙沪，商品共重 2.6 kg", "amount": examples.yuan(0)},
        {"sentence": "首重 1 kg", "amount": examples.yuan(800)},
        {"sentence": "续重 2 × 1 kg", "amount": examples.yuan(400)},
    ],
}
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
        ways = offered_ways()
        zone = cheapest_zone() if any(way.kind == WayKind.EXPRESS for way in ways) else None
        items = [
            {
                "kind": way.kind,
                "label": str(WayKind(way.kind).label),
                "sentence": words_about(way, zone),
                "fee": money(zone.first_minor if zone and way.kind == WayKind.EXPRESS else way.fee_minor, currency),
                "free_from": None if way.free_from_minor is None else money(way.free_from_minor, currency),
                "reach_m": way.reach_m,
            }
            for way in ways
        ]
        return Response({"items": items, "next": None})


def wanted_delivery(words: dict[str, Any] | None) -> Wanted:
    """Turn the words of a body into what the stories of a sale take."""
    if not words:
        return Wanted()
    slots = {one["pickup_date"]: one["slot_id"] for one in words["slots"]}
    return Wanted(WayKind(words["kind"]), words["address_id"], words["slot_id"], slots)


def order_delivery_shape(order: Order) -> dict[str, Any]:
    """Write how an order comes."""
    freight = freight_kept(order.freight)
    address = order.address and {name: order.address[name] for name in ("name", "phone", "text")}
    return {
        "kind": order.delivery,
        "label": str(WayKind(order.delivery).label),
        "fee": money(order.delivery_minor, order.currency),
        "freight": freight and freight_shape(freight, order.currency),
        "address": address,
        "slot": slot_shape(order),
        "dispatched_at": moment(order.dispatched_at),
        "courier": order.courier,
        "tracking_number": order.tracking_number,
        "note": order.dispatch_note,
    }


def freight_shape(freight: Freight, currency: str) -> dict[str, Any]:
    """Write how an express's fee comes about."""
    return {
        "zone": freight.zone,
        "grams": freight.grams,
        "guessed": freight.guessed,
        "fee": money(freight.fee_minor, currency),
        "steps": [
            {"sentence": step.sentence, "amount": money(step.amount_minor, currency)}
            for step in freight.explained(currency)
        ],
    }


def slot_shape(order: Order) -> dict[str, Any] | None:
    """Write when an order is brought; nothing where no time was agreed."""
    return order.slot and {name: order.slot[name] for name in ("day", "starts", "ends", "text")}
