"""Paying an order."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from api.authentication import member_asking
from api.idempotency import answered_once
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer
from api.views import StoreView, body_of
from kit import clock
from tenants.orders.selectors import OrderMissing
from tenants.payments.balances import BalanceShort
from tenants.payments.models import OPEN_PAYMENT_STATES, Payment, PaymentState
from tenants.payments.selectors import PaymentMissing, payment_of
from tenants.payments.ways import WAYS
from tenants.sales.services.start_payment import (
    BalanceNotYet,
    NotPayable,
    OrderClosed,
    StillPaying,
    UnknownMethod,
    start_payment,
)


class PaymentSerializer(serializers.Serializer[Any]):
    """One attempt to pay an order. While it is open, one of these says where the shopper pays (then they are empty):
    ``redirect_url`` is a page to go to, ``qr`` what to show as a code to scan, ``jsapi`` what ``wx.requestPayment`` is
    called with. Where there is a ``checkout_id``, it pays all orders of that checkout that wait for payment, of which
    ``order_id`` is one."""

    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    checkout_id = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(choices=PaymentState.values)
    method = serializers.CharField()
    amount = MoneySerializer()
    redirect_url = serializers.CharField()
    qr = serializers.CharField()
    jsapi = serializers.DictField(child=serializers.CharField(), allow_null=True)
    created_at = serializers.DateTimeField()


_EXAMPLE = {
    "id": examples.PAYMENT_ID,
    "order_id": examples.ORDER_ID,
    "checkout_id": None,
    "state": "processing",
    "method": "sandbox",
    "amount": examples.yuan(1180),
    "redirect_url": "https://greenhome.linli.example/pay/sandbox/261123000128_5b1f0c9a7e3d42f18a6",
    "qr": "",
    "jsapi": None,
    "created_at": "2026-11-23T10:12:41+08:00",
}


class OrderPayments(StoreView):
    class StartPaymentSerializer(StrictSerializer):
        method = serializers.ChoiceField(choices=sorted(WAYS))
        # What wx.login gave the mini program; wechat_jsapi alone needs it
        payer_code = serializers.CharField(max_length=128, required=False, default="")

    @operation(
        "startPayment",
        "发起付款：同一次结算的订单一并付清",
        body=StartPaymentSerializer,
        asked={"method": "sandbox"},
        answer=PaymentSerializer,
        status=201,
        example=_EXAMPLE,
        refusals=(OrderMissing, UnknownMethod, NotPayable, BalanceNotYet, OrderClosed, StillPaying, BalanceShort),
        tag="payments",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, order_id: UUID, key: str) -> Response:
        words = body_of(request, self.StartPaymentSerializer)
        started = start_payment(
            order_id=order_id,
            member=member_asking(request),
            method=words["method"],
            key=key,
            now=clock.now(),
            payer_code=words["payer_code"],
            payer_ip=BaseThrottle().get_ident(request) or "",
        )
        return Response(_payment_shape(started.payment, request), status=201)


class PaymentDetail(StoreView):
    @operation(
        "getPayment",
        "一笔付款",
        answer=PaymentSerializer,
        example={**_EXAMPLE, "state": "succeeded", "redirect_url": ""},
        refusals=(PaymentMissing,),
        tag="payments",
    )
    def get(self, request: Request, payment_id: UUID) -> Response:
        payment = payment_of(member=member_asking(request), payment_id=payment_id)
        return Response(_payment_shape(payment, request))


def _payment_shape(payment: Payment, request: Request) -> dict[str, Any]:
    is_open = payment.state in OPEN_PAYMENT_STATES
    opened = (payment.opened or {}) if is_open else {}
    page = opened.get("redirect_url", "")
    return {
        "id": payment.pk,
        "order_id": payment.first_order_id,
        "checkout_id": payment.checkout_id,
        "state": payment.state,
        "method": payment.method,
        "amount": money(payment.amount_minor, payment.currency),
        "redirect_url": request.build_absolute_uri(page) if page else "",
        "qr": opened.get("qr", ""),
        "jsapi": opened.get("jsapi") or None,
        "created_at": moment(payment.created_at),
    }
