"""Goods that can be bought now, found by words, category and tag."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import PageQuery, page_of, ranked_after
from api.parsing import StrictSerializer
from api.schema import operation
from api.store import examples
from api.store.campaigns import ITEM_EXAMPLE, CampaignItemSerializer, item_shape
from api.store.categories import TAG_EXAMPLE, TagSerializer
from api.store.words import list_of
from api.views import StoreView, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.campaigns.goods_on_offer import OfferedProduct, goods_on_offer
from tenants.campaigns.goods_sorted import Sort, goods_sorted, offered_now
from tenants.catalog.selectors import suggestions
from tenants.catalog.shop_search import found_for_shoppers


class FoundProductSerializer(serializers.Serializer[Any]):
    """A product on offer: its tags, and its SKUs as the running list offers them."""

    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    tags = TagSerializer(many=True)
    items = CampaignItemSerializer(many=True)


class SuggestionsSerializer(serializers.Serializer[Any]):
    """Titles that fit what is being typed."""

    items = serializers.ListField(child=serializers.CharField())


_PLAIN = 1  # the rank of every product where nothing is asked for
EXAMPLE = {
    "id": examples.PRODUCT_ID,
    "campaign_id": examples.CAMPAIGN_ID,
    "tags": [TAG_EXAMPLE],
    "items": [ITEM_EXAMPLE],
}


class Products(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class ProductQuerySerializer(PageQuery):
        q = serializers.CharField(required=False, default="", max_length=50)
        category = serializers.UUIDField(required=False, default=None)
        tag = serializers.UUIDField(required=False, default=None)
        pickup_point_id = serializers.UUIDField(required=False, default=None)
        sort = serializers.ChoiceField(choices=Sort.choices, required=False, default="")

    @operation(
        "listProducts",
        "搜索正在卖的商品：中文、拼音、首字母都能找，可按价格或销量排",
        query=ProductQuerySerializer,
        answer=list_of(FoundProductSerializer, "FoundProductPage"),
        example=examples.page(EXAMPLE),
        tag="products",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked, now = query_of(request, self.ProductQuerySerializer), clock.now()
        if not (asked["q"] or asked["category"] or asked["tag"] or asked["sort"]):
            return Response(_plain_page(asked, now))
        if asked["sort"]:
            return Response(_sorted_page(asked, now))
        offered = offered_now(now=now, pickup_point_id=asked["pickup_point_id"])
        found = found_for_shoppers(
            product_ids=list(offered),
            query=asked["q"],
            category_id=asked["category"],
            tag_id=asked["tag"],
            now=now,
            timezone=current_store().timezone,
            after=ranked_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        page = page_of(
            found,
            limit=asked["limit"],
            place=lambda one: (one.rank, one.id),
            shape=lambda one: offered_shape(OfferedProduct(one.id, one.tags, *offered[one.id])),
        )
        return Response(page)


def _plain_page(asked: dict[str, Any], now: datetime) -> dict[str, Any]:
    after = ranked_after(asked["cursor"])
    found = goods_on_offer(
        now=now, pickup_point_id=asked["pickup_point_id"], after=after and after[1], limit=asked["limit"] + 1
    )
    return page_of(
        found,
        limit=asked["limit"],
        place=lambda one: (_PLAIN, one.id),
        shape=offered_shape,
    )


def _sorted_page(asked: dict[str, Any], now: datetime) -> dict[str, Any]:
    found = goods_sorted(
        now=now,
        pickup_point_id=asked["pickup_point_id"],
        query=asked["q"],
        category_id=asked["category"],
        tag_id=asked["tag"],
        by=asked["sort"],
        after=ranked_after(asked["cursor"]),
        limit=asked["limit"] + 1,
    )
    return page_of(
        found,
        limit=asked["limit"],
        place=lambda one: (one.place, one.offered.id),
        shape=lambda one: offered_shape(one.offered),
    )


def offered_shape(one: OfferedProduct) -> dict[str, Any]:
    """Write a product on offer as lists show it."""
    currency = current_store().currency
    return {
        "id": one.id,
        "campaign_id": one.campaign_id,
        "tags": one.tags,
        "items": [item_shape(item, currency) for item in one.items],
    }


class Suggestions(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class SuggestionQuerySerializer(StrictSerializer):
        q = serializers.CharField(max_length=50)

    @operation(
        "suggestProducts",
        "边输入边提示的商品名",
        query=SuggestionQuerySerializer,
        answer=SuggestionsSerializer,
        example={"items": ["崇明小青菜"]},
        tag="products",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.SuggestionQuerySerializer)
        return Response({"items": suggestions(query=asked["q"])})
