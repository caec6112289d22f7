"""Group buys, and cutting one off early."""

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
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import body_of, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.campaigns.models import Campaign
from tenants.campaigns.selectors_desk import SHOWN_STATES, CampaignMissing, campaigns_page
from tenants.campaigns.services.close_campaign import NotOpenYet, close_early
from tenants.campaigns.services.edit_campaign import CampaignOver, NotPublished


class OpenCampaignItemSerializer(serializers.Serializer[Any]):
    """One SKU on a group buy's list."""

    id = serializers.UUIDField()
    sku_id = serializers.UUIDField()
    price = MoneySerializer()
    quota = serializers.IntegerField(allow_null=True)
    taken = serializers.IntegerField()
    sold = serializers.IntegerField()


class OpenCampaignSerializer(serializers.Serializer[Any]):
    """A group buy with what it offers."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=SHOWN_STATES)
    opens_at = serializers.DateTimeField()
    cutoff_at = serializers.DateTimeField()
    pickup_date = serializers.DateField()
    items = OpenCampaignItemSerializer(many=True)


_EXAMPLE = {
    "id": examples.CAMPAIGN_ID,
    "name": "11 月 23 日 · 今日开团",
    "state": "open",
    "opens_at": "2026-11-23T08:00:00+08:00",
    "cutoff_at": "2026-11-23T23:00:00+08:00",
    "pickup_date": "2026-11-24",
    "items": [
        {
            "id": examples.ITEM_ID,
            "sku_id": examples.SKU_ID,
            "price": examples.yuan(590),
            "quota": 200,
            "taken": 36,
            "sold": 30,
        }
    ],
}


class OpenCampaigns(OpenView):
    scopes: ClassVar = {"GET": "campaigns:read"}

    class CampaignQuerySerializer(PageQuery):
        cutoff_since = serializers.DateTimeField(required=False, default=None)

    @operation(
        "openListCampaigns",
        "团期，最晚截单的在前",
        query=CampaignQuerySerializer,
        answer=list_of(OpenCampaignSerializer, "OpenCampaignPage"),
        example=examples.page(_EXAMPLE),
        tag="open",
        scope="campaigns:read",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.CampaignQuerySerializer)
        rows = campaigns_page(since=asked["cutoff_since"], after=place_after(asked["cursor"]), limit=asked["limit"] + 1)
        place = lambda row: [row.cutoff_at.isoformat(), row.pk]  # noqa: E731
        return Response(page_of(rows, limit=asked["limit"], place=place, shape=campaign_shape))


class OpenClosing(OpenView):
    scopes: ClassVar = {"POST": "campaigns:write"}

    class ClosingSerializer(StrictSerializer):
        """Nothing has to be said."""

    @operation(
        "openCloseCampaign",
        "提前截单；已下的订单不受影响",
        body=ClosingSerializer,
        asked={},
        answer=OpenCampaignSerializer,
        example={**_EXAMPLE, "state": "closed"},
        status=201,
        refusals=(CampaignMissing, NotPublished, CampaignOver, NotOpenYet),
        tag="open",
        is_once=True,
        scope="campaigns:write",
    )
    @answered_once
    def post(self, request: Request, campaign_id: UUID, key: str) -> Response:
        body_of(request, self.ClosingSerializer)
        closed = close_early(campaign_id=campaign_id, now=clock.now(), by_name=f"API · {key_asking(request).name}")
        return Response(campaign_shape(closed), status=201)


def campaign_shape(campaign: Campaign) -> dict[str, Any]:
    """Write a group buy with its items."""
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "state": campaign.shown_state(clock.now()),
        "opens_at": moment(campaign.opens_at),
        "cutoff_at": moment(campaign.cutoff_at),
        "pickup_date": campaign.pickup_date,
        "items": [
            {
                "id": item.pk,
                "sku_id": item.sku_id,
                "price": money(item.price_minor, current_store().currency),
                "quota": item.quota,
                "taken": item.taken,
                "sold": item.sold,
            }
            for item in campaign.items.all()
        ],
    }
