"""What the store says of itself."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema import operation
from api.shapes import moment
from api.views import StoreView
from kit import clock
from kit.tenancy import current_store
from tenants.content.services import store_profile
from tenants.payments.channels import offered_ways
from tenants.payments.ways import WAYS


class PaymentMethodSerializer(serializers.Serializer[Any]):
    """One way to pay, in the owner's order; ``client``: "mp" works in the mini program, "web" in a browser, "both"."""

    method = serializers.ChoiceField(choices=sorted(WAYS))
    label = serializers.CharField()  # type: ignore[assignment]  # the field has an attribute of this name
    client = serializers.ChoiceField(choices=["mp", "web", "both"])


class StoreSerializer(serializers.Serializer[Any]):
    """The store as shoppers see it; ``now`` lets a phone with a wrong clock count down rightly."""

    name = serializers.CharField()
    slug = serializers.CharField()
    notice = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    now = serializers.DateTimeField()
    service_phone = serializers.CharField()
    brand_color = serializers.CharField()
    state = serializers.CharField()
    payment_methods = PaymentMethodSerializer(many=True)


_EXAMPLE = {
    "name": "绿家生鲜",
    "slug": "greenhome",
    "notice": "今日 23:00 截单，明天下午到团长家自提。",
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "now": "2026-11-23T09:00:00+08:00",
    "service_phone": "400-820-0001",
    "brand_color": "#0b7a3b",
    "state": "active",
    "payment_methods": [{"method": "wechat_h5", "label": "微信支付", "client": "web"}],
}


class Store(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation("getStore", "店铺信息", answer=StoreSerializer, example=_EXAMPLE, tag="store", is_public=True)
    def get(self, request: Request) -> Response:
        profile, ref = store_profile(), current_store()
        return Response(
            {
                "name": profile.name,
                "slug": ref.slug,
                "notice": profile.notice,
                "currency": ref.currency,
                "timezone": ref.timezone,
                "now": moment(clock.now()),
                "service_phone": profile.service_phone,
                "brand_color": profile.brand_color,
                "state": ref.state,
                "payment_methods": [
                    {"method": way.code, "label": str(way.label), "client": way.client} for way in offered_ways()
                ],
            }
        )
