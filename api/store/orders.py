"""Orders of the member who asks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.idempotency import answered_once
from api.pagination import PageQuery, page_of, place_after
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money, picture
from api.store import examples
from api.store.deliveries import (
    DeliveryWordsSerializer,
    OrderDeliverySerializer,
    order_delivery_shape,
    wanted_delivery,
)
from api.store.order_examples import ASKED, EXAMPLE, PAID_EXAMPLE
from api.store.quotes import MOST_LINES, DiscountSerializer, WantedLineSerializer, discount_shape, wanted_lines
from api.store.together import OrderCheckoutSerializer, checkout_shape
from api.store.words import MoneySerializer, MoneyWordsSerializer, ReasonSerializer, list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from kit.phones import NotAPhone, plain_phone
from tenants.catalog.selectors import SMALL
from tenants.fulfilment.selectors import codes_of_orders
from tenants.orders.models import LineDiscount, LineState, Order, OrderLine, OrderState
from tenants.orders.selectors import (
    Happening,
    OrderMissing,
    cursor_of,
    discounts_of,
    order_of,
    orders_of,
    siblings_of,
    summed_discounts,
    timelines_of,
)
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
from tenants.sales.services.cancel_paid_order import cancellable_paid
from tenants.sales.services.place_order import (
    CampaignClosed,
    CannotDeliver,
    Contact,
    CouponNotFitting,
    LimitReached,
    MixedPickupDays,
    OutOfStock,
    PointClosed,
    PriceChanged,
    place_order,
)


class OrderPointSerializer(serializers.Serializer[Any]):
    """The pickup point and its leader as they were when the order was placed."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    leader_name = serializers.CharField()
    leader_phone = serializers.CharField()
    opening_hours = serializers.CharField()


class ContactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    phone = serializers.CharField()


class OrderLineSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    total = MoneySerializer()
    net = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    state = serializers.ChoiceField(choices=LineState.values)
    handed_quantity = serializers.IntegerField()
    refunded_quantity = serializers.IntegerField()
    refunded = MoneySerializer()


class HappeningSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    what = serializers.CharField()
    sentence = serializers.CharField()


class OrderSerializer(serializers.Serializer[Any]):
    """An order. ``expires_at`` is there while it waits for payment, ``pickup_code`` once it is paid.
    ``source_note`` says why it comes from where it does, where there was a choice.

    ``total`` is what is paid: ``goods`` less the ``discounts``, and the delivery's ``fee``; a line's ``net`` is its
    part of it.
    """

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=OrderState.values)
    state_label = serializers.CharField()
    placed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    pickup_date = serializers.DateField()
    pickup_point = OrderPointSerializer()
    contact = ContactSerializer()
    remark = serializers.CharField()
    source_note = serializers.CharField(allow_blank=True)
    lines = OrderLineSerializer(many=True)
    goods = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    delivery = OrderDeliverySerializer()
    total = MoneySerializer()
    paid = MoneySerializer()
    refunded = MoneySerializer()
    timeline = HappeningSerializer(many=True)
    can_cancel = serializers.BooleanField()
    can_pay = serializers.BooleanField()
    pickup_code = serializers.CharField(allow_null=True)
    checkout = OrderCheckoutSerializer(allow_null=True)


class OrderedLineSerializer(WantedLineSerializer):
    """A line with the price the shopper saw: one that has moved is refused, even where the total is the same."""

    unit_price = MoneyWordsSerializer(required=False, default=None)


class PlaceOrderSerializer(StrictSerializer):
    """What a shopper agreed to; a price that has moved since is refused, never charged."""

    class ContactWordsSerializer(StrictSerializer):
        name = serializers.CharField(
            max_length=30, error_messages={"blank": _("请填写提货人姓名。"), "required": _("请填写提货人姓名。")}
        )
        phone = serializers.CharField(
            max_length=32, error_messages={"blank": _("请填写手机号。"), "required": _("请填写手机号。")}
        )

        def validate_phone(self, text: str) -> str:
            try:
                return plain_phone(text)
            except NotAPhone as refusal:
                raise serializers.ValidationError(str(refusal)) from None

    lines = serializers.ListField(child=OrderedLineSerializer(), allow_empty=False, max_length=MOST_LINES)
    pickup_point_id = serializers.UUIDField()
    contact = ContactWordsSerializer()
    remark = serializers.CharField(max_length=100, allow_blank=True, required=False, default="")
    expected_total = MoneyWordsSerializer()
    coupon_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    delivery = DeliveryWordsSerializer(allow_null=True, required=False, default=None)


class Orders(StoreView):
    class OrderQuerySerializer(PageQuery):
        state = serializers.ChoiceField(choices=OrderState.values, required=False, default="")

    @operation(
        "listOrders",
        "我的订单，新的在前",
        query=OrderQuerySerializer,
        answer=list_of(OrderSerializer, "OrderPage"),
        example=examples.page(PAID_EXAMPLE),
        tag="orders",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.OrderQuerySerializer)
        orders = orders_of(
            member=member_asking(request),
            state=asked["state"],
            after=place_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        page = page_of(orders, limit=asked["limit"], place=cursor_of, shape=lambda order: order)
        return Response({**page, "items": order_shapes(page["items"], now=clock.now())})

    @operation(
        "placeOrder",
        "下单：占用库存，等待付款",
        body=PlaceOrderSerializer,
        asked=ASKED,
        answer=OrderSerializer,
        status=201,
        example=EXAMPLE,
        refusals=(
            OutOfStock,
            PriceChanged,
            CampaignClosed,
            LimitReached,
            PointClosed,
            MixedPickupDays,
            CannotDeliver,
            CouponGone,
            CouponNotFitting,
            CouponBudgetSpent,
        ),
        tag="orders",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, key: str) -> Response:
        words, now = body_of(request, PlaceOrderSerializer), clock.now()
        order = place_order(
            member=member_asking(request),
            pickup_point_id=words["pickup_point_id"],
            lines=wanted_lines(words["lines"]),
            contact=Contact(**words["contact"]),
            remark=words["remark"],
            expected_total_minor=words["expected_total"]["amount"],
            coupon_id=words["coupon_id"],
            delivery=wanted_delivery(words["delivery"]),
            key=key,
            now=now,
        )
        return Response(order_shapes([order], now=now)[0], status=201)


class OrderDetail(StoreView):
    @operation(
        "getOrder", "一张订单", answer=OrderSerializer, example=PAID_EXAMPLE, refusals=(OrderMissing,), tag="orders"
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        now = clock.now()
        order = order_of(member=member_asking(request), order_id=order_id, now=now)
        return Response(order_shapes([order], now=now)[0])


class Cancellation(StoreView):
    @operation(
        "cancelOrder",
        "取消订单：未付款的，或已付款但还没截单的（原路退款）",
        body=ReasonSerializer,
        asked={"reason": "买错了"},
        answer=OrderSerializer,
        status=201,
        example={
            **EXAMPLE,
            "state": "closed",
            "state_label": "已关闭",
            "expires_at": None,
            "can_cancel": False,
            "can_pay": False,
        },
        refusals=(OrderMissing, NotCancellable),
        tag="orders",
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        words, now = body_of(request, ReasonSerializer), clock.now()
        order = cancel_order(order_id=order_id, member=member_asking(request), reason=words["reason"], now=now)
        return Response(order_shapes([order], now=now)[0], status=201)


def order_shapes(orders: Sequence[Order], *, now: datetime) -> list[dict[str, Any]]:
    """Write orders with their lines, timelines and codes: five statements at most, however many orders."""
    prefetch_related_objects(orders, "lines")
    timelines, codes, discounts = timelines_of(orders), codes_of_orders(orders), discounts_of(orders)
    free, together = cancellable_paid(orders, now=now), siblings_of(orders)
    return [
        _order_shape(
            order, timelines[order.pk], codes.get(order.pk) or None, discounts, is_free=order.pk in free, now=now
        )
        | {"checkout": checkout_shape(together.get(order.basket_id, ()), now=now)}
        for order in orders
    ]


def _order_shape(
    order: Order,
    timeline: list[Happening],
    code: str | None,
    discounts: Mapping[UUID, list[LineDiscount]],
    *,
    is_free: bool,
    now: datetime,
) -> dict[str, Any]:
    state, lines = order.shown_state(now), order.lines.all()
    summed = summed_discounts(one for line in lines for one in discounts.get(line.pk, ()))
    return {
        "id": order.pk,
        "number": order.number,
        "state": state.value,
        "state_label": order.state_label(now),
        "placed_at": moment(order.placed_at),
        "expires_at": moment(order.expires_at) if state == OrderState.PENDING_PAYMENT else None,
        "paid_at": moment(order.paid_at),
        "pickup_date": order.pickup_date,
        "pickup_point": {
            "id": order.pickup_point_id,
            "name": order.point_name,
            "address": order.point_address,
            "leader_name": order.leader_name,
            "leader_phone": order.leader_phone,
            "opening_hours": order.point_hours,
        },
        "contact": {"name": order.contact_name, "phone": order.contact_phone},
        "remark": order.remark,
        "source_note": order.source_note,
        "lines": [_line_shape(line, discounts.get(line.pk, ()), order.currency) for line in lines],
        "goods": money(sum(line.total_minor for line in lines), order.currency),
        "discounts": [discount_shape(one, off, order.currency) for one, off in summed],
        "delivery": order_delivery_shape(order),
        "total": money(order.total_minor, order.currency),
        "paid": money(order.paid_minor, order.currency),
        "refunded": money(order.refunded_minor, order.currency),
        "timeline": [
            {"at": moment(happening.at), "what": happening.what, "sentence": happening.sentence}
            for happening in timeline
        ],
        "can_cancel": is_free or order.can_be_cancelled(now),
        "can_pay": order.can_be_paid(now),
        "pickup_code": code,
    }


def _line_shape(line: OrderLine, discounts: Iterable[LineDiscount], currency: str) -> dict[str, Any]:
    return {
        "id": line.pk,
        "title": line.title,
        "sku_label": line.sku_label,
        "image": picture(line.picture_key, SMALL),
        "quantity": line.quantity,
        "unit_price": money(line.unit_price_minor, currency),
        "total": money(line.total_minor, currency),
        "net": money(line.net_minor, currency),
        "discounts": [discount_shape(one, one.off_minor, currency) for one in discounts],
        "state": line.state,
        "handed_quantity": line.handed_quantity,
        "refunded_quantity": line.refunded_quantity,
        "refunded": money(line.refunded_minor, currency),
    }
