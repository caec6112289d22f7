"""Orders, for warehouses and bookkeeping. A contact's phone is masked: no key carries shoppers' numbers away."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.open.views import OpenView
from api.pagination import PageQuery, page_of, place_after
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import query_of
from kit import clock
from kit.phones import masked
from tenants.delivery.models import WayKind
from tenants.orders.models import LineState, Order, OrderState
from tenants.orders.selectors import OrderMissing, any_order, orders_for_desk


class OpenOrderLineSerializer(serializers.Serializer[Any]):
    """One SKU in an order; ``notes`` say what became of short pieces: what came instead, when the rest comes."""

    id = serializers.UUIDField()
    sku_id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    quantity = serializers.IntegerField()
    handed_quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    total = MoneySerializer()
    state = serializers.ChoiceField(choices=LineState.values)
    notes = serializers.ListField(child=serializers.CharField())


class OpenOrderSerializer(serializers.Serializer[Any]):
    """An order; ``courier`` and ``tracking_number`` are of one that was sent by express."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=OrderState.values)
    member_id = serializers.UUIDField()
    contact_name = serializers.CharField()
    contact_phone_masked = serializers.CharField()
    remark = serializers.CharField()
    pickup_point_id = serializers.UUIDField()
    leader_id = serializers.UUIDField()
    pickup_date = serializers.DateField()
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    delivery = serializers.ChoiceField(choices=WayKind.values)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    courier = serializers.CharField(allow_blank=True)
    tracking_number = serializers.CharField(allow_blank=True)
    picked_up_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    total = MoneySerializer()
    paid = MoneySerializer()
    refunded = MoneySerializer()
    lines = OpenOrderLineSerializer(many=True)


_EXAMPLE = {
    "id": examples.ORDER_ID,
    "number": "26112212345678",
    "state": "paid",
    "member_id": examples.MEMBER_ID,
    "contact_name": "王阿姨",
    "contact_phone_masked": "138****5678",
    "remark": "放门口",
    "pickup_point_id": examples.POINT_ID,
    "leader_id": examples.LEADER_ID,
    "pickup_date": "2026-11-24",
    "placed_at": "2026-11-23T09:00:00+08:00",
    "paid_at": "2026-11-23T09:01:00+08:00",
    "delivery": "pickup",
    "dispatched_at": None,
    "courier": "",
    "tracking_number": "",
    "picked_up_at": None,
    "closed_at": None,
    "total": examples.yuan(1180),
    "paid": examples.yuan(1180),
    "refunded": examples.yuan(0),
    "lines": [
        {
            "id": examples.LINE_ID,
            "sku_id": examples.SKU_ID,
            "title": "崇明小青菜",
            "sku_label": "500g/份",
            "quantity": 2,
            "handed_quantity": 0,
            "unit_price": examples.yuan(590),
            "total": examples.yuan(1180),
            "state": "open",
            "notes": [],
        }
    ],
}


class OpenOrders(OpenView):
    scopes: ClassVar = {"GET": "orders:read"}

    class OpenOrderQuerySerializer(PageQuery):
        state = serializers.ChoiceField(choices=OrderState.values, required=False, default="")
        placed_since = serializers.DateTimeField(required=False, default=None)
        placed_before = serializers.DateTimeField(required=False, default=None)
        pickup_date = serializers.DateField(required=False, default=None)
        pickup_point_id = serializers.UUIDField(required=False, default=None)

    @operation(
        "openListOrders",
        "订单，最近下单的在前；变化由回调通知",
        query=OpenOrderQuerySerializer,
        answer=list_of(OpenOrderSerializer, "OpenOrderPage"),
        example=examples.page(_EXAMPLE),
        tag="open",
        scope="orders:read",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.OpenOrderQuerySerializer)
        rows = orders_for_desk(
            state=asked["state"],
            placed_from=asked["placed_since"],
            placed_to=asked["placed_before"],
            pickup_date=asked["pickup_date"],
            pickup_point_id=asked["pickup_point_id"],
            after=place_after(asked["cursor"]),
        )
        place = lambda row: [row.placed_at.isoformat(), row.pk]  # noqa: E731
        return Response(page_of(list(rows[: asked["limit"] + 1]), limit=asked["limit"], place=place, shape=order_shape))


class OpenOrderDetail(OpenView):
    scopes: ClassVar = {"GET": "orders:read"}

    @operation(
        "openGetOrder",
        "一个订单",
        answer=OpenOrderSerializer,
        example=_EXAMPLE,
        refusals=(OrderMissing,),
        tag="open",
        scope="orders:read",
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(order_shape(any_order(order_id)))


def order_shape(order: Order) -> dict[str, Any]:
    """Write an order that was read with its lines."""
    currency = order.currency
    return {
        "id": order.pk,
        "number": order.number,
        "state": order.shown_state(clock.now()),
        "member_id": order.member_id,
        "contact_name": order.contact_name,
        "contact_phone_masked": masked(order.contact_phone),
        "remark": order.remark,
        "pickup_point_id": order.pickup_point_id,
        "leader_id": order.leader_id,
        "pickup_date": order.pickup_date,
        "placed_at": moment(order.placed_at),
        "paid_at": moment(order.paid_at),
        "delivery": order.delivery,
        "dispatched_at": moment(order.dispatched_at),
        "courier": order.courier,
        "tracking_number": order.tracking_number,
        "picked_up_at": moment(order.picked_up_at),
        "closed_at": moment(order.closed_at),
        "total": money(order.total_minor, currency),
        "paid": money(order.paid_minor, currency),
        "refunded": money(order.refunded_minor, currency),
        "lines": [
            {
                "id": line.pk,
                "sku_id": line.sku_id,
                "title": line.title,
                "sku_label": line.sku_label,
                "quantity": line.quantity,
                "handed_quantity": line.handed_quantity,
                "unit_price": money(line.unit_price_minor, currency),
                "total": money(line.total_minor, currency),
                "state": line.state,
                "notes": line.shortage_notes,
            }
            for line in order.lines.all()
        ],
    }
