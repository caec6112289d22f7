"""How much is there, and setting it to what another system counted."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import answered_once
from api.open.authentication import key_asking
from api.open.views import OpenView
from api.pagination import PageQuery, id_after, page_of
from api.parsing import StrictSerializer, WholeNumberField
from api.schema import operation
from api.store import examples
from api.store.words import list_of
from api.views import body_of, query_of
from kit import clock
from tenants.inventory.models import Stock
from tenants.inventory.selectors import SkuMissing, stock_rows
from tenants.inventory.services.adjust_stock import CountedBelowReserved, adjust_stock
from tenants.inventory.services.receive_stock import MOST_PIECES, NoStockOfItsOwn, WrongPieces


class OpenStockSerializer(serializers.Serializer[Any]):
    """A SKU's stock: ``available`` is what can still be bought, ``reserved`` is promised to orders."""

    sku_id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    code = serializers.CharField(allow_null=True)
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    available = serializers.IntegerField()


_EXAMPLE = {
    "sku_id": examples.SKU_ID,
    "product_id": examples.PRODUCT_ID,
    "code": "6901234567890",
    "on_hand": 120,
    "reserved": 8,
    "available": 112,
}


class OpenStock(OpenView):
    scopes: ClassVar = {"GET": "stock:read"}

    @operation(
        "openListStock",
        "库存，按规格编号",
        query=PageQuery,
        answer=list_of(OpenStockSerializer, "OpenStockPage"),
        example=examples.page(_EXAMPLE),
        tag="open",
        scope="stock:read",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, PageQuery)
        rows = stock_rows(after=id_after(asked["cursor"]), limit=asked["limit"] + 1)
        return Response(page_of(rows, limit=asked["limit"], place=lambda row: [row.sku_id], shape=stock_shape))


class OpenCounts(OpenView):
    scopes: ClassVar = {"POST": "stock:write"}

    class CountSerializer(StrictSerializer):
        """What was counted, and why."""

        counted = WholeNumberField(min_value=0, max_value=MOST_PIECES)
        reason = serializers.CharField(max_length=100, allow_blank=True, required=False, default="")

    @operation(
        "openCountStock",
        "把一个规格的库存设为盘点数",
        body=CountSerializer,
        asked={"counted": 120, "reason": "ERP 同步"},
        answer=OpenStockSerializer,
        example=_EXAMPLE,
        status=201,
        refusals=(SkuMissing, NoStockOfItsOwn, CountedBelowReserved, WrongPieces),
        tag="open",
        is_once=True,
        scope="stock:write",
    )
    @answered_once
    def post(self, request: Request, sku_id: UUID, key: str) -> Response:
        said = body_of(request, self.CountSerializer)
        name = f"API · {key_asking(request).name}"
        stock = adjust_stock(
            sku_id=sku_id, counted=said["counted"], reason=said["reason"] or name, by_name=name, now=clock.now()
        )
        return Response(stock_shape(stock), status=201)


def stock_shape(stock: Stock) -> dict[str, Any]:
    """Write a stock row whose SKU was read with it."""
    return {
        "sku_id": stock.sku_id,
        "product_id": stock.sku.product_id,
        "code": stock.sku.code,
        "on_hand": stock.on_hand,
        "reserved": stock.reserved,
        "available": stock.available,
    }
