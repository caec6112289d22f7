"""A basket that becomes several orders, paid at once."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.idempotency import answered_once
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.deliveries import wanted_delivery
from api.store.order_examples import ASKED, EXAMPLE
from api.store.order_shapes import order_shapes
from api.store.orders import OrderSerializer, PlaceOrderSerializer
from api.store.quotes import wanted_lines
from api.store.words import MoneySerializer
from api.views import StoreView, body_of
from kit import clock
from tenants.delivery.slots import SlotFull
from tenants.orders.models import Checkout
from tenants.orders.selectors import CheckoutMissing, checkout_of
from tenants.points.services.spend import PointsGone
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone
from tenants.sales.services.place_checkout import PartIsFree, TeamsApart, place_checkout
from tenants.sales.services.place_order import (
    CampaignClosed,
    CannotDeliver,
    Contact,
    CouponNotFitting,
    LimitReached,
    OutOfStock,
    PointClosed,
    PriceChanged,
)


class CheckoutSerializer(serializers.Serializer[Any]):
    """Orders placed together, by pickup day. Paying any of them (startPayment) pays all that wait for payment."""

    id = serializers.UUIDField()
    placed_at = serializers.DateTimeField()
    total = MoneySerializer()
    orders = OrderSerializer(many=True)


_TOGETHER = {
    "id": examples.CHECKOUT_ID,
    "to_pay": examples.yuan(1180),
    "orders": [{key: EXAMPLE[key] for key in ("id", "number", "state", "state_label", "pickup_date", "total")}],
}
_EXAMPLE = {
    "id": examples.CHECKOUT_ID,
    "placed_at": "2026-11-23T10:12:30+08:00",
    "total": examples.yuan(1180),
    "orders": [{**EXAMPLE, "checkout": _TOGETHER}],
}


class Checkouts(StoreView):
    @operation(
        "placeCheckout",
        "合并下单：按提货日和发货仓拆成几单，一起付款",
        body=PlaceOrderSerializer,
        asked=ASKED,
        answer=CheckoutSerializer,
        status=201,
        example=_EXAMPLE,
        refusals=(
            OutOfStock,
            PriceChanged,
            CampaignClosed,
            LimitReached,
            PointClosed,
            PartIsFree,
            CannotDeliver,
            SlotFull,
            TeamsApart,
            CouponGone,
            CouponNotFitting,
            CouponBudgetSpent,
            PointsGone,
        ),
        tag="orders",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, key: str) -> Response:
        words = body_of(request, PlaceOrderSerializer)
        checkout = place_checkout(
            member=member_asking(request),
            pickup_point_id=words["pickup_point_id"],
            lines=wanted_lines(words["lines"]),
            contact=Contact(**words["contact"]),
            remark=words["remark"],
            expected_total_minor=words["expected_total"]["amount"],
            coupon_id=words["coupon_id"],
            delivery=wanted_delivery(words["delivery"]),
            uses_points=words["use_points"],
            accepts_substitute=words["accept_substitutes"],
            key=key,
            now=clock.now(),
        )
        return Response(_shape(checkout), status=201)


class CheckoutDetail(StoreView):
    @operation(
        "getCheckout",
        "一次结算和它的订单",
        answer=CheckoutSerializer,
        example=_EXAMPLE,
        refusals=(CheckoutMissing,),
        tag="orders",
    )
    def get(self, request: Request, checkout_id: UUID) -> Response:
        return Response(_shape(checkout_of(member=member_asking(request), checkout_id=checkout_id)))


def _shape(checkout: Checkout) -> dict[str, Any]:
    orders = sorted(checkout.orders.all(), key=lambda order: (order.pickup_date, order.pk))
    return {
        "id": checkout.pk,
        "placed_at": moment(checkout.placed_at),
        "total": money(checkout.total_minor, checkout.currency),
        "orders": order_shapes(orders, now=clock.now()),
    }
