"""A chain (接龙), as everybody may see it."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import PageQuery, number_after, page_of
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.words import list_of
from api.views import StoreView, query_of
from tenants.campaigns.selectors_desk import CampaignMissing
from tenants.sales.selectors_joins import Joined, chain_for_shoppers, joins_of


class JoinedLineSerializer(serializers.Serializer[Any]):
    """So many pieces of one thing."""

    title = serializers.CharField()
    sku_label = serializers.CharField()
    quantity = serializers.IntegerField()


class JoinSerializer(serializers.Serializer[Any]):
    """A place in a chain: its number never changes, and stays when the order is given back."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    at = serializers.DateTimeField()
    is_cancelled = serializers.BooleanField()
    lines = JoinedLineSerializer(many=True)


_EXAMPLE = {
    "number": 12,
    "name": "王**",
    "at": "2026-11-23T09:12:00+08:00",
    "is_cancelled": False,
    "lines": [{"title": "土鸡蛋", "sku_label": "30 枚/板", "quantity": 2}],
}


class Joins(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "listJoins",
        "接龙名单，最新的在前",
        query=PageQuery,
        answer=list_of(JoinSerializer, "JoinPage"),
        example=examples.page(_EXAMPLE),
        refusals=(CampaignMissing,),
        tag="campaigns",
        is_public=True,
    )
    def get(self, request: Request, campaign_id: UUID) -> Response:
        asked = query_of(request, PageQuery)
        chain = chain_for_shoppers(campaign_id)
        found = joins_of(chain, before=number_after(asked["cursor"]), limit=asked["limit"] + 1)
        return Response(page_of(found, limit=asked["limit"], place=lambda one: (one.number,), shape=_shape))


def _shape(join: Joined) -> dict[str, Any]:
    return {
        "number": join.number,
        "name": join.name,
        "at": moment(join.at),
        "is_cancelled": join.is_cancelled,
        "lines": [{"title": line.title, "sku_label": line.sku_label, "quantity": line.quantity} for line in join.lines],
    }
