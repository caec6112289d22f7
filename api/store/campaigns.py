"""Today's group buy."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money, picture
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import StoreView, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.campaigns.models import CampaignKind
from tenants.campaigns.selectors import campaigns_for_shoppers
from tenants.catalog.selectors import SMALL

STATES = ("open", "scheduled", "paused", "closed")


class OfferedProductSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    subtitle = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    category = serializers.CharField()


class OfferedSkuSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the contract's


class CampaignItemSerializer(serializers.Serializer[Any]):
    """One SKU on the list; ``available`` can still be bought now. ``member_price``, if lower, is for who signed in.

    Sold less often than ``min_form_quantity`` at the cut-off, it has failed: its lines are given back.
    """

    id = serializers.UUIDField()
    product = OfferedProductSerializer()
    sku = OfferedSkuSerializer()
    price = MoneySerializer()
    strike_price = MoneySerializer(allow_null=True)
    member_price = MoneySerializer(allow_null=True)
    available = serializers.IntegerField()
    quota = serializers.IntegerField(allow_null=True)
    sold = serializers.IntegerField()
    per_member_limit = serializers.IntegerField(allow_null=True)
    min_form_quantity = serializers.IntegerField(allow_null=True)
    is_failed = serializers.BooleanField()


class CampaignSerializer(serializers.Serializer[Any]):
    """A group buy; at ``cutoff_at`` it is over. In a chain (接龙) ``joined`` is the last number given.

    Of 拼团 ``team_size`` neighbours must pay within ``team_hours`` of the first; its goods are ordered one at a time.
    """

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CampaignKind.values)
    state = serializers.ChoiceField(choices=STATES)
    opens_at = serializers.DateTimeField()
    cutoff_at = serializers.DateTimeField()
    pickup_date = serializers.DateField()
    notice = serializers.CharField()
    joined = serializers.IntegerField()
    team_size = serializers.IntegerField(allow_null=True)
    team_hours = serializers.IntegerField(allow_null=True)
    deposit_percent = serializers.IntegerField(allow_null=True)
    balance_from = serializers.DateTimeField(allow_null=True)
    balance_until = serializers.DateTimeField(allow_null=True)
    keeps_deposit = serializers.BooleanField()
    items = CampaignItemSerializer(many=True)


ITEM_EXAMPLE = {
    "id": examples.ITEM_ID,
    "product": {
        "id": examples.PRODUCT_ID,
        "title": "崇明小青菜",
        "subtitle": "今早采摘",
        "image": examples.IMAGE,
        "category": "蔬菜",
    },
    "sku": {"id": examples.SKU_ID, "label": "500g/份"},
    "price": examples.yuan(590),
    "strike_price": examples.yuan(890),
    "member_price": examples.yuan(550),
    "available": 37,
    "quota": 100,
    "sold": 63,
    "per_member_limit": 5,
    "min_form_quantity": 20,
    "is_failed": False,
}
EXAMPLE = {
    "id": examples.CAMPAIGN_ID,
    "name": "11 月 23 日 · 今日开团",
    "kind": "daily",
    "state": "open",
    "opens_at": "2026-11-23T08:00:00+08:00",
    "cutoff_at": "2026-11-23T23:00:00+08:00",
    "pickup_date": "2026-11-24",
    "notice": "明天 16:00 后自提",
    "joined": 0,
    "team_size": None,
    "team_hours": None,
    "deposit_percent": None,
    "balance_from": None,
    "balance_until": None,
    "keeps_deposit": False,
    "items": [ITEM_EXAMPLE],
}


class Campaigns(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class CampaignQuerySerializer(StrictSerializer):
        pickup_point_id = serializers.UUIDField(required=False, default=None)

    @operation(
        "listCampaigns",
        "正在进行、即将开始和刚截单的团购",
        query=CampaignQuerySerializer,
        answer=list_of(CampaignSerializer, "CampaignPage"),
        example=examples.page(EXAMPLE),
        tag="campaigns",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.CampaignQuerySerializer)
        campaigns = campaigns_for_shoppers(now=clock.now(), pickup_point_id=asked["pickup_point_id"])
        return Response({"items": [campaign_shape(campaign) for campaign in campaigns], "next": None})


def campaign_shape(campaign: dict[str, Any]) -> dict[str, Any]:
    """Write a campaign as its selector gives it."""
    currency = current_store().currency
    return {
        **campaign,
        "opens_at": moment(campaign["opens_at"]),
        "cutoff_at": moment(campaign["cutoff_at"]),
        "balance_from": moment(campaign["balance_from"]),
        "balance_until": moment(campaign["balance_until"]),
        "items": [item_shape(item, currency) for item in campaign["items"]],
    }


def item_shape(item: dict[str, Any], currency: str) -> dict[str, Any]:
    """Write one offer as ``items_shown`` gives it."""
    strike_minor, member_minor = item["strike_minor"], item["member_minor"]
    return {
        "id": item["id"],
        "product": {
            "id": item["product_id"],
            "title": item["title"],
            "subtitle": item["subtitle"],
            "image": picture(item["picture_key"], SMALL),
            "category": item["category"] or "",
        },
        "sku": {"id": item["sku_id"], "label": item["label"]},
        "price": money(item["price_minor"], currency),
        "strike_price": None if strike_minor is None else money(strike_minor, currency),
        "member_price": None if member_minor is None else money(member_minor, currency),
        "available": item["available"],
        "quota": item["quota"],
        "sold": item["sold"],
        "per_member_limit": item["per_member_limit"],
        "min_form_quantity": item["min_form_quantity"],
        "is_failed": item["is_failed"],
    }
