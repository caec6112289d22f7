"""What shoppers search for: counted without them, shown as hot words; and what there is instead."""

from hashlib import sha256
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer
from api.schema import operation
from api.store.product_list import EXAMPLE, FoundProductSerializer, offered_shape
from api.throttling import Searches, SearchesOfWords
from api.views import StoreView, body_of, query_of
from kit import clock
from tenants.wishes.hot_words import hot_words
from tenants.wishes.services.note_search import note_search, plain_words
from tenants.wishes.similar_goods import similar_goods


class SearchSerializer(StrictSerializer):
    """Words a shopper searched for and found something by."""

    q = serializers.CharField(max_length=50)


class HotWordsSerializer(serializers.Serializer[Any]):
    """Words others searched for; each finds something at this point now."""

    items = serializers.ListField(child=serializers.CharField())


class SimilarProductsSerializer(serializers.Serializer[Any]):
    """Goods on offer, instead of what was not found: ``similar`` in sign or sound, or what is ``popular``."""

    why = serializers.ChoiceField(choices=["similar", "popular"])
    items = FoundProductSerializer(many=True)


class Noted(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (Searches,)

    @operation(
        "noteSearch",
        "记一次有结果的搜索：只记词和次数，不记是谁",
        body=SearchSerializer,
        asked={"q": "青菜"},
        answer=None,
        status=204,
        tag="products",
        is_public=True,
    )
    def post(self, request: Request) -> Response:
        words = body_of(request, SearchSerializer)["q"]
        mark = sha256(plain_words(words).encode()).hexdigest()
        # One address makes no word hot by itself; that it was asked before is nobody's business
        if SearchesOfWords(mark).allow_request(request, self):
            note_search(query=words, now=clock.now())
        return Response(status=204)


class HotWords(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class HotWordQuerySerializer(StrictSerializer):
        pickup_point_id = serializers.UUIDField(required=False, default=None)

    @operation(
        "listHotWords",
        "搜索热词：本店一周内真实搜过、现在能买到的",
        query=HotWordQuerySerializer,
        answer=HotWordsSerializer,
        example={"items": ["青菜", "草莓"]},
        tag="products",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.HotWordQuerySerializer)
        return Response({"items": hot_words(now=clock.now(), pickup_point_id=asked["pickup_point_id"])})


class SimilarProducts(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class SimilarQuerySerializer(StrictSerializer):
        q = serializers.CharField(max_length=50)
        pickup_point_id = serializers.UUIDField(required=False, default=None)

    @operation(
        "listSimilarProducts",
        "搜不到时看看相近的商品",
        query=SimilarQuerySerializer,
        answer=SimilarProductsSerializer,
        example={"why": "similar", "items": [EXAMPLE]},
        tag="products",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.SimilarQuerySerializer)
        found = similar_goods(query=asked["q"], now=clock.now(), pickup_point_id=asked["pickup_point_id"])
        why = "similar" if found.is_alike else "popular"
        return Response({"why": why, "items": [offered_shape(one) for one in found.goods]})
