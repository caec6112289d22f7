"""The cart of the member who asks."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import money
from api.store import examples
from api.store.campaigns import ITEM_EXAMPLE, CampaignItemSerializer, item_shape
from api.store.quotes import MOST_LINES, LineProblemSerializer, WantedLineSerializer, wanted_lines
from api.store.words import MoneySerializer
from api.views import StoreView, body_of, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.catalog.pricing import lower
from tenants.sales.cart import CartFull, CartGroup, CartRow, cart_of, put_in_cart
from tenants.sales.services.quote_lines import added_up


class CartLineSerializer(serializers.Serializer[Any]):
    """A line as it stands at the point asked for; one that cannot be had is marked, and stays."""

    item = CampaignItemSerializer()
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    is_member_price = serializers.BooleanField()
    available = serializers.IntegerField()
    problem = LineProblemSerializer(allow_null=True)


class CartGroupSerializer(serializers.Serializer[Any]):
    """What is fetched on one day: an order of its own."""

    pickup_date = serializers.DateField()
    lines = CartLineSerializer(many=True)


class CartSerializer(serializers.Serializer[Any]):
    groups = CartGroupSerializer(many=True)
    pieces = serializers.IntegerField()


_EXAMPLE = {
    "groups": [
        {
            "pickup_date": "2026-11-24",
            "lines": [
                {
                    "item": ITEM_EXAMPLE,
                    "quantity": 2,
                    "unit_price": examples.yuan(550),
                    "is_member_price": True,
                    "available": 37,
                    "problem": None,
                }
            ],
        }
    ],
    "pieces": 2,
}


class MyCart(StoreView):
    class CartQuerySerializer(StrictSerializer):
        pickup_point_id = serializers.UUIDField(required=False, default=None)

    class CartWordsSerializer(StrictSerializer):
        """The whole cart; with ``adds`` its lines join what is there, of each item the greater number."""

        lines = serializers.ListField(child=WantedLineSerializer(), allow_empty=True, max_length=MOST_LINES)
        pickup_point_id = serializers.UUIDField(allow_null=True, required=False, default=None)
        adds = serializers.BooleanField(required=False, default=False)

    @operation(
        "getCart",
        "购物车，按提货日分组",
        query=CartQuerySerializer,
        answer=CartSerializer,
        example=_EXAMPLE,
        tag="orders",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.CartQuerySerializer)
        return self._answer(request, asked["pickup_point_id"])

    @operation(
        "putCart",
        "保存购物车：换手机登录也还在",
        body=CartWordsSerializer,
        asked={
            "lines": [{"campaign_item_id": examples.ITEM_ID, "quantity": 2}],
            "pickup_point_id": examples.POINT_ID,
            "adds": False,
        },
        answer=CartSerializer,
        example=_EXAMPLE,
        refusals=(CartFull,),
        tag="orders",
    )
    def put(self, request: Request) -> Response:
        words, now = body_of(request, self.CartWordsSerializer), clock.now()
        wanted = added_up(wanted_lines(words["lines"]))
        put_in_cart(member=member_asking(request), wanted=wanted, adds=words["adds"], now=now)
        return self._answer(request, words["pickup_point_id"])

    def _answer(self, request: Request, pickup_point_id: Any) -> Response:
        groups = cart_of(member=member_asking(request), pickup_point_id=pickup_point_id, now=clock.now())
        pieces = sum(row.quoted.quantity for group in groups for row in group.rows)
        return Response({"groups": [_group_shape(group) for group in groups], "pieces": pieces})


def _group_shape(group: CartGroup) -> dict[str, Any]:
    return {"pickup_date": group.pickup_date, "lines": [_line_shape(row) for row in group.rows]}


def _line_shape(row: CartRow) -> dict[str, Any]:
    line, currency = row.quoted, current_store().currency
    return {
        "item": item_shape(_item(row), currency),
        "quantity": line.quantity,
        "unit_price": money(line.unit_price_minor, currency),
        "is_member_price": line.is_member_price,
        "available": line.available,
        "problem": line.problem and {"code": line.problem.code, "sentence": str(line.problem.sentence)},
    }


def _item(row: CartRow) -> dict[str, Any]:
    item, product = row.item, row.item.sku.product
    return {
        "id": item.pk,
        "product_id": product.pk,
        "title": product.title,
        "subtitle": product.subtitle,
        "category": product.category.name if product.category else "",
        "picture_key": row.picture_key,
        "sku_id": item.sku_id,
        "label": item.sku.label,
        "price_minor": item.price_minor,
        "strike_minor": item.strike_minor,
        "member_minor": lower(item.sku.member_price_minor, than=item.price_minor),
        "available": row.quoted.available,
        "quota": item.quota,
        "sold": item.sold,
        "per_member_limit": item.per_member_limit,
        "min_form_quantity": item.min_form_quantity,
        "is_failed": item.failed_at is not None,
    }
