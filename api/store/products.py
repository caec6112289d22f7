"""One product, and where it is on sale now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money, picture
from api.store import examples
from api.store.campaigns import ITEM_EXAMPLE, STATES, CampaignItemSerializer, item_shape
from api.store.categories import TAG_EXAMPLE, TagSerializer
from api.store.words import MoneySerializer
from api.views import StoreView, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.campaigns.models import CampaignKind
from tenants.campaigns.selectors import offers_of_product
from tenants.catalog.models import Product, Sku
from tenants.catalog.offering import is_on_offer, window_sentence
from tenants.catalog.selectors import SMALL, ProductMissing, product_for_shoppers, story_shown
from tenants.catalog.services.keep_video import video_shown


class ParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.CharField()


class SpecGroupSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class WeighedSerializer(serializers.Serializer[Any]):
    """A price by weight: paid for ``estimated_grams`` now, settled by the scale; what is too much comes back."""

    price = MoneySerializer()
    per_grams = serializers.IntegerField()
    estimated_grams = serializers.IntegerField()


class BuyingRulesSerializer(serializers.Serializer[Any]):
    """How many one person may buy, all SKUs together; ``window`` says in words when it is sold, empty: always."""

    min_quantity = serializers.IntegerField()
    step_quantity = serializers.IntegerField()
    per_order_limit = serializers.IntegerField(allow_null=True)
    per_day_limit = serializers.IntegerField(allow_null=True)
    lifetime_limit = serializers.IntegerField(allow_null=True)
    lead_days = serializers.IntegerField()
    is_on_offer = serializers.BooleanField()
    window = serializers.CharField(allow_blank=True)


class SkuSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the contract's
    options = serializers.ListField(child=serializers.CharField())
    unit = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    member_price = MoneySerializer(allow_null=True)
    weighed = WeighedSerializer(allow_null=True)
    per_order_limit = serializers.IntegerField(allow_null=True)
    offer = CampaignItemSerializer(allow_null=True)


class VideoSerializer(serializers.Serializer[Any]):
    """An MP4 with H.264 and AAC, a minute long at most; its address answers byte ranges. ``cover`` is a picture."""

    url = serializers.CharField()
    cover = serializers.CharField(allow_null=True)
    seconds = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    bytes = serializers.IntegerField()


class ProductCampaignSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CampaignKind.values)
    team_size = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    cutoff_at = serializers.DateTimeField()
    pickup_date = serializers.DateField()


class ProductSerializer(serializers.Serializer[Any]):
    """A product with its SKUs; ``offer`` and ``campaign`` are null while nothing sells it.

    ``story`` is the description as safe HTML: headings, lists, bold words, the product's own pictures. It may be empty.
    """

    id = serializers.UUIDField()
    title = serializers.CharField()
    subtitle = serializers.CharField()
    images = serializers.ListField(child=serializers.CharField())
    video = VideoSerializer(allow_null=True)
    description = serializers.CharField()
    story = serializers.CharField(allow_blank=True)
    parameters = ParameterSerializer(many=True)
    storage = serializers.CharField()
    category = serializers.CharField()
    brand = serializers.CharField(allow_blank=True)
    origin = serializers.CharField(allow_blank=True)
    tags = TagSerializer(many=True)
    spec_groups = SpecGroupSerializer(many=True)
    rules = BuyingRulesSerializer()
    skus = SkuSerializer(many=True)
    campaign = ProductCampaignSerializer(allow_null=True)


_EXAMPLE = {
    "id": examples.PRODUCT_ID,
    "title": "崇明小青菜",
    "subtitle": "今早采摘",
    "images": [examples.IMAGE],
    "video": {
        "url": examples.IMAGE.replace(".webp", ".mp4"),
        "cover": examples.IMAGE,
        "seconds": 18,
        "width": 720,
        "height": 1280,
        "bytes": 6_291_456,
    },
    "description": "清晨采摘，当天到店。",
    "story": "<p>清晨采摘，<strong>当天到店</strong>。</p>",
    "parameters": [{"name": "净含量", "value": "500g"}],
    "storage": "冷藏",
    "category": "蔬菜",
    "brand": "",
    "origin": "上海",
    "tags": [TAG_EXAMPLE],
    "spec_groups": [{"name": "份量", "values": ["500g", "1kg"]}],
    "rules": {
        "min_quantity": 1,
        "step_quantity": 1,
        "per_order_limit": 10,
        "per_day_limit": None,
        "lifetime_limit": None,
        "lead_days": 0,
        "is_on_offer": True,
        "window": "",
    },
    "skus": [
        {
            "id": examples.SKU_ID,
            "label": "500g/份",
            "options": ["500g"],
            "unit": "份",
            "image": None,
            "member_price": examples.yuan(550),
            "weighed": {"price": examples.yuan(590), "per_grams": 500, "estimated_grams": 500},
            "per_order_limit": None,
            "offer": ITEM_EXAMPLE,
        }
    ],
    "campaign": {
        "id": examples.CAMPAIGN_ID,
        "name": "11 月 23 日 · 今日开团",
        "kind": "daily",
        "team_size": None,
        "state": "open",
        "cutoff_at": "2026-11-23T23:00:00+08:00",
        "pickup_date": "2026-11-24",
    },
}


class ProductDetail(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class ProductQuerySerializer(StrictSerializer):
        pickup_point_id = serializers.UUIDField(required=False, default=None)
        item_id = serializers.UUIDField(
            required=False, default=None, help_text="从哪个团的商品点进来的：同一商品在几个团里时，先给这个团的价格"
        )

    @operation(
        "getProduct",
        "商品详情；带上自提点，就是那里买得到的；带上团里的商品，就是那个团的价格",
        query=ProductQuerySerializer,
        answer=ProductSerializer,
        example=_EXAMPLE,
        refusals=(ProductMissing,),
        tag="products",
        is_public=True,
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        now, asked = clock.now(), query_of(request, self.ProductQuerySerializer)
        product = product_for_shoppers(product_id)
        sale = offers_of_product(product_id=product_id, now=now, **asked)
        campaign, offers, currency = sale["campaign"], sale["offers"], current_store().currency
        pictures = {shown.pk: shown.file_key for shown in product.shown_pictures}  # type: ignore[attr-defined]
        return Response(
            {
                "id": product.pk,
                "title": product.title,
                "subtitle": product.subtitle,
                "images": [picture(shown.file_key) for shown in product.shown_pictures],  # type: ignore[attr-defined]
                "video": _video(product),
                "description": product.description,
                "story": story_shown(product),
                "parameters": product.parameters,
                "storage": product.storage,
                "category": product.category.name if product.category else "",
                "brand": product.brand,
                "origin": product.origin,
                "tags": product.worn,  # type: ignore[attr-defined]
                "spec_groups": product.spec_groups,
                "rules": _rules(product, now=now),
                "skus": [
                    {**_sku(sku, pictures), "offer": item_shape(offers[sku.pk], currency) if sku.pk in offers else None}
                    for sku in product.shown_skus  # type: ignore[attr-defined]
                ],
                "campaign": campaign
                and {
                    "id": campaign["id"],
                    "name": campaign["name"],
                    "kind": campaign["kind"],
                    "team_size": campaign["team_size"],
                    "state": campaign["state"],
                    "cutoff_at": moment(campaign["cutoff_at"]),
                    "pickup_date": campaign["pickup_date"],
                },
            }
        )


def _video(product: Product) -> dict[str, Any] | None:
    shown = video_shown(product)
    if shown is None:
        return None
    cover = shown.pop("cover_key")
    return {**shown, "cover": picture(str(cover)) if cover else None}


def _sku(sku: Sku, pictures: Mapping[UUID, str]) -> dict[str, Any]:
    currency = current_store().currency
    key = pictures.get(sku.picture_id) if sku.picture_id else None
    weighed = None
    if sku.weighed_per_grams and sku.weighed_price_minor:
        weighed = {
            "price": money(sku.weighed_price_minor, currency),
            "per_grams": sku.weighed_per_grams,
            "estimated_grams": sku.estimated_grams,
        }
    return {
        "id": sku.pk,
        "label": sku.label,
        "options": sku.options,
        "unit": sku.unit,
        "image": picture(key, SMALL) if key else None,
        "member_price": None if sku.member_price_minor is None else money(sku.member_price_minor, currency),
        "weighed": weighed,
        "per_order_limit": sku.limit_per_order,
    }


def _rules(product: Product, *, now: datetime) -> dict[str, Any]:
    timezone = current_store().timezone
    return {
        "min_quantity": product.min_quantity,
        "step_quantity": product.step_quantity,
        "per_order_limit": product.limit_per_order,
        "per_day_limit": product.limit_per_day,
        "lifetime_limit": product.limit_lifetime,
        "lead_days": product.lead_days,
        "is_on_offer": is_on_offer(product, now=now, timezone=timezone),
        "window": window_sentence(product, timezone=timezone),
    }
