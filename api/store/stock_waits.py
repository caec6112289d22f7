"""到货提醒: what a member waits for, and wants to be told of once."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.words import list_of
from api.views import StoreView, body_of
from kit import clock
from tenants.inventory.selectors import SkuMissing
from tenants.leaders.selectors import PointMissing
from tenants.wishes.models import StockWait
from tenants.wishes.selectors import waits_of
from tenants.wishes.services.wait_for_stock import StillThere, TooManyWaits, stop_waiting, wait_for_stock


class StockWaitSerializer(serializers.Serializer[Any]):
    """A SKU a member waits for; when it can be bought again they get one SMS, and it is no longer listed."""

    sku_id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField()


class StockWaitWordsSerializer(StrictSerializer):
    """Where it shall be there again; anywhere, if no point is named."""

    pickup_point_id = serializers.UUIDField(required=False, allow_null=True, default=None)


_EXAMPLE = {
    "sku_id": examples.SKU_ID,
    "product_id": examples.PRODUCT_ID,
    "title": "崇明小青菜",
    "sku_label": "500g/份",
    "asked_at": "2026-11-23T10:12:00+08:00",
}


class StockWaits(StoreView):
    @operation(
        "listStockWaits",
        "我的到货提醒，新的在前",
        answer=list_of(StockWaitSerializer, "StockWaitPage"),
        example=examples.page(_EXAMPLE),
        tag="me",
    )
    def get(self, request: Request) -> Response:
        return Response({"items": [_shape(wait) for wait in waits_of(member_asking(request))], "next": None})


class StockWaitOfSku(StoreView):
    @operation(
        "waitForStock",
        "设到货提醒：有货时短信告诉一次",
        body=StockWaitWordsSerializer,
        asked={"pickup_point_id": examples.POINT_ID},
        answer=StockWaitSerializer,
        example=_EXAMPLE,
        refusals=(SkuMissing, PointMissing, StillThere, TooManyWaits),
        tag="me",
    )
    def put(self, request: Request, sku_id: UUID) -> Response:
        asked = body_of(request, StockWaitWordsSerializer)
        wait = wait_for_stock(
            member=member_asking(request), sku_id=sku_id, point_id=asked["pickup_point_id"], now=clock.now()
        )
        return Response(_shape(wait))

    @operation("stopWaiting", "取消到货提醒", answer=None, status=204, tag="me")
    def delete(self, request: Request, sku_id: UUID) -> Response:
        stop_waiting(member=member_asking(request), sku_id=sku_id)
        return Response(status=204)


def _shape(wait: StockWait) -> dict[str, Any]:
    return {
        "sku_id": wait.sku_id,
        "product_id": wait.sku.product_id,
        "title": wait.sku.product.title,
        "sku_label": wait.sku.label,
        "asked_at": moment(wait.asked_at),
    }
