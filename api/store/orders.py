"""Orders of the member who asks."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.idempotency import answered_once
from api.pagination import PageQuery, page_of, place_after
from api.parsing import StrictSerializer
from api.schema import operation
from api.store import examples
from api.store.deliveries import DeliveryWordsSerializer, OrderDeliverySerializer, wanted_delivery
from api.store.order_examples import ASKED, EXAMPLE, PAID_EXAMPLE
from api.store.order_shapes import order_shapes
from api.store.presale_words import OrderPresaleSerializer
from api.store.quotes import MOST_LINES, DiscountSerializer, WantedLineSerializer, wanted_lines
from api.store.together import OrderCheckoutSerializer
from api.store.words import MoneySerializer, MoneyWordsSerializer, ReasonSerializer, list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from kit.phones import NotAPhone, plain_phone
from tenants.campaigns.models import TeamState
from tenants.campaigns.selectors_teams import TeamMissing
from tenants.campaigns.services.seats import AlreadyInTeam, TeamFull, TeamOver
from tenants.delivery.slots import SlotFull
from tenants.orders.models import LineState, OrderState
from tenants.orders.selectors import (
    OrderMissing,
    cursor_of,
    order_of,
    orders_of,
)
from tenants.points.services.spend import PointsGone
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone
from tenants.sales.services.cancel_order import NotCancellable, cancel_order
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


class LaterSerializer(serializers.Serializer[Any]):
    """Pieces that come on a later day than the order's; until that day they can be refused (refuseLater)."""

    quantity = serializers.IntegerField()
    pickup_date = serializers.DateField()
    can_refuse = serializers.BooleanField()


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
    notes = serializers.ListField(child=serializers.CharField())
    later = LaterSerializer(allow_null=True)


class HappeningSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    what = serializers.CharField()
    sentence = serializers.CharField()


class OrderTeamSerializer(serializers.Serializer[Any]):
    """The team (拼团) a paid order is in: while it is open, nothing is handed out and there is no pickup code."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=TeamState.values)
    state_label = serializers.CharField()
    size = serializers.IntegerField()
    missing = serializers.IntegerField()
    ends_at = serializers.DateTimeField(allow_null=True)


class OrderSerializer(serializers.Serializer[Any]):
    """An order. ``expires_at`` is there while it waits for payment, ``pickup_code`` once it is paid.
    ``source_note`` says why it comes from where it does, where there was a choice.

    ``total`` is what is paid: ``goods`` less the ``discounts``, and the delivery's ``fee``; a line's ``net`` is its
    part of it. ``due`` is what is paid next: ``total``, or of a ``presale`` the deposit, then the balance.
    A line's ``notes`` say what became of short pieces: what came instead, when the rest comes.
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
    accepts_substitutes = serializers.BooleanField()
    lines = OrderLineSerializer(many=True)
    goods = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    delivery = OrderDeliverySerializer()
    total = MoneySerializer()
    paid = MoneySerializer()
    refunded = MoneySerializer()
    timeline = HappeningSerializer(many=True)
    team = OrderTeamSerializer(allow_null=True)
    presale = OrderPresaleSerializer(allow_null=True)
    due = MoneySerializer()
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
    team_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    use_points = serializers.BooleanField(required=False, default=False)
    accept_substitutes = serializers.BooleanField(required=False, default=False)


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
            SlotFull,
            CouponGone,
            CouponNotFitting,
            CouponBudgetSpent,
            TeamMissing,
            TeamFull,
            TeamOver,
            AlreadyInTeam,
            PointsGone,
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
            team_id=words["team_id"],
            uses_points=words["use_points"],
            accepts_substitute=words["accept_substitutes"],
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
