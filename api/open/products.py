"""Goods, and putting them on and off the shelf."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import answered_once
from api.open.authentication import key_asking
from api.open.views import OpenView
from api.pagination import PageQuery, page_of, place_after
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money, picture
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import body_of, query_of
from control.merchants.limits import PlanLimitReached
from kit import clock
from kit.tenancy import current_store
from tenants.catalog.models import Product, ProductState
from tenants.catalog.selectors import ProductMissing, product_of, products_changed
from tenants.catalog.services.set_state import set_state


class OpenSkuSerializer(serializers.Serializer[Any]):
    """One sellable form of a product."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the contract's
    code = serializers.CharField(allow_null=True)
    price = MoneySerializer()
    strike_price = MoneySerializer(allow_null=True)


class OpenProductSerializer(serializers.Serializer[Any]):
    """A product as the merchant keeps it; ``cost`` never leaves the back office."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    subtitle = serializers.CharField()
    category = serializers.CharField()
    state = serializers.ChoiceField(choices=ProductState.values)
    images = serializers.ListField(child=serializers.CharField())
    skus = OpenSkuSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


_EXAMPLE = {
    "id": examples.PRODUCT_ID,
    "title": "崇明小青菜",
    "subtitle": "今早采摘",
    "category": "蔬菜",
    "state": "on_sale",
    "images": [examples.IMAGE],
    "skus": [
        {
            "id": examples.SKU_ID,
            "label": "500g/份",
            "code": "6901234567890",
            "price": examples.yuan(590),
            "strike_price": None,
        }
    ],
    "created_at": "2026-11-01T09:00:00+08:00",
    "updated_at": "2026-11-22T09:00:00+08:00",
}


class OpenProducts(OpenView):
    scopes: ClassVar = {"GET": "goods:read"}

    class ProductQuerySerializer(PageQuery):
        state = serializers.ChoiceField(choices=ProductState.values, required=False, default="")
        updated_since = serializers.DateTimeField(required=False, default=None)

    @operation(
        "openListProducts",
        "商品，最近更新的在前",
        query=ProductQuerySerializer,
        answer=list_of(OpenProductSerializer, "OpenProductPage"),
        example=examples.page(_EXAMPLE),
        tag="open",
        scope="goods:read",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.ProductQuerySerializer)
        rows = products_changed(
            state=asked["state"],
            since=asked["updated_since"],
            after=place_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        place = lambda row: [row.updated_at.isoformat(), row.pk]  # noqa: E731
        return Response(page_of(rows, limit=asked["limit"], place=place, shape=product_shape))


class OpenProductDetail(OpenView):
    scopes: ClassVar = {"GET": "goods:read"}

    @operation(
        "openGetProduct",
        "一个商品",
        answer=OpenProductSerializer,
        example=_EXAMPLE,
        refusals=(ProductMissing,),
        tag="open",
        scope="goods:read",
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        return Response(product_shape(product_of(product_id)))


class OpenListings(OpenView):
    scopes: ClassVar = {"POST": "goods:write"}

    class ListingSerializer(StrictSerializer):
        """On the shelf or off it."""

        state = serializers.ChoiceField(choices=[ProductState.ON_SALE.value, ProductState.OFF_SHELF.value])

    @operation(
        "openSetListing",
        "上架或下架一个商品；已经开团的不受影响",
        body=ListingSerializer,
        asked={"state": "off_shelf"},
        answer=OpenProductSerializer,
        example={**_EXAMPLE, "state": "off_shelf"},
        status=201,
        refusals=(ProductMissing, PlanLimitReached),
        tag="open",
        is_once=True,
        scope="goods:write",
    )
    @answered_once
    def post(self, request: Request, product_id: UUID, key: str) -> Response:
        wanted = ProductState(body_of(request, self.ListingSerializer)["state"])
        product_of(product_id)
        set_state(product_ids=[product_id], state=wanted, now=clock.now(), by_name=f"API · {key_asking(request).name}")
        return Response(product_shape(product_of(product_id)), status=201)


def product_shape(product: Product) -> dict[str, Any]:
    """Write a product that was read with its parts."""
    currency = current_store().currency
    return {
        "id": product.pk,
        "title": product.title,
        "subtitle": product.subtitle,
        "category": product.category.name if product.category else "",
        "state": product.state,
        "images": [picture(shown.file_key) for shown in product.shown_pictures],  # type: ignore[attr-defined]
        "skus": [
            {
                "id": sku.pk,
                "label": sku.label,
                "code": sku.code,
                "price": money(sku.price_minor, currency),
                "strike_price": None if sku.strike_minor is None else money(sku.strike_minor, currency),
            }
            for sku in product.shown_skus  # type: ignore[attr-defined]
        ],
        "created_at": moment(product.created_at),
        "updated_at": moment(product.updated_at),
    }
