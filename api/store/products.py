"""One product, and where it is on sale now."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema import operation
from api.shapes import moment, picture
from api.store import examples
from api.store.campaigns import ITEM_EXAMPLE, STATES, CampaignItemSerializer, item_shape
from api.views import StoreView
from kit import clock
from tenants.campaigns.selectors import offers_of_product
from tenants.catalog.selectors import ProductMissing, product_for_shoppers


class ParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.CharField()


class SkuSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the contract's
    offer = CampaignItemSerializer(allow_null=True)


class ProductCampaignSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    cutoff_at = serializers.DateTimeField()
    pickup_date = serializers.DateField()


class ProductSerializer(serializers.Serializer[Any]):
    """A product with its SKUs; ``offer`` and ``campaign`` are null while nothing sells it."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    subtitle = serializers.CharField()
    images = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()
    parameters = ParameterSerializer(many=True)
    storage = serializers.CharField()
    category = serializers.CharField()
    skus = SkuSerializer(many=True)
    campaign = ProductCampaignSerializer(allow_null=True)


_EXAMPLE = {
    "id": examples.PRODUCT_ID,
    "title": "崇明小青菜",
    "subtitle": "今早采摘",
    "images": [examples.IMAGE],
    "description": "清晨采摘，当天到店。",
    "parameters": [{"name": "净含量", "value": "500g"}],
    "storage": "冷藏",
    "category": "蔬菜",
    "skus": [{"id": examples.SKU_ID, "label": "500g/份", "offer": ITEM_EXAMPLE}],
    "campaign": {
        "id": examples.CAMPAIGN_ID,
        "name": "11 月 23 日 · 今日开团",
        "state": "open",
        "cutoff_at": "2026-11-23T23:00:00+08:00",
        "pickup_date": "2026-11-24",
    },
}


class ProductDetail(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "getProduct",
        "商品详情",
        answer=ProductSerializer,
        example=_EXAMPLE,
        refusals=(ProductMissing,),
        tag="products",
        is_public=True,
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        product = product_for_shoppers(product_id)
        sale = offers_of_product(product_id=product_id, now=clock.now())
        campaign, offers = sale["campaign"], sale["offers"]
        return Response(
            {
                "id": product.pk,
                "title": product.title,
                "subtitle": product.subtitle,
                "images": [picture(shown.file_key) for shown in product.shown_pictures],  # type: ignore[attr-defined]
                "description": product.description,
                "parameters": product.parameters,
                "storage": product.storage,
                "category": product.category.name if product.category else "",
                "skus": [
                    {
                        "id": sku.pk,
                        "label": sku.label,
                        "offer": item_shape(offers[sku.pk]) if sku.pk in offers else None,
                    }
                    for sku in product.shown_skus  # type: ignore[attr-defined]
                ],
                "campaign": campaign
                and {
                    "id": campaign["id"],
                    "name": campaign["name"],
                    "state": campaign["state"],
                    "cutoff_at": moment(campaign["cutoff_at"]),
                    "pickup_date": campaign["pickup_date"],
                },
            }
        )
