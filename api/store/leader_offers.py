"""推广选品: which goods of the running lists a leader sells at their points. Prices are the store's."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.campaigns import ITEM_EXAMPLE, STATES, CampaignItemSerializer, item_shape
from api.store.words import list_of
from api.views import StoreView, body_of
from kit import clock
from kit.tenancy import current_store
from tenants.campaigns.hidden import ItemMissing, LeaderList, lists_of, set_hidden
from tenants.leaders.models import Leader


class LeaderItemSerializer(CampaignItemSerializer):
    """An item of a list, and whether the leader keeps it off their points."""

    is_hidden = serializers.BooleanField()


class LeaderListSerializer(serializers.Serializer[Any]):
    """A list that is sold, or will be within a week, at one of the leader's points."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    cutoff_at = serializers.DateTimeField()
    pickup_date = serializers.DateField()
    items = LeaderItemSerializer(many=True)


class HidingSerializer(StrictSerializer):
    """Nothing but this is the leader's to say."""

    is_hidden = serializers.BooleanField()


_PAGE = list_of(LeaderListSerializer, "LeaderListPage")
_LIST = {
    "id": examples.CAMPAIGN_ID,
    "name": "11 月 23 日 · 今日开团",
    "state": "open",
    "cutoff_at": "2026-11-23T23:00:00+08:00",
    "pickup_date": "2026-11-24",
    "items": [{**ITEM_EXAMPLE, "is_hidden": False}],
}


class LeaderOffers(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "listLeaderOffers",
        "团长的自提点在卖和快要卖的团，每样商品卖不卖",
        answer=_PAGE,
        example=examples.page(_LIST),
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        return Response(_page(leader_asking(request)))


class LeaderOffer(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "hideLeaderOffer",
        "在自己的自提点不卖一样商品，或重新卖；价格不能改。重复没有影响",
        body=HidingSerializer,
        asked={"is_hidden": True},
        answer=_PAGE,
        example=examples.page(_LIST),
        refusals=(NotALeader, ItemMissing),
        tag="leader",
    )
    def put(self, request: Request, item_id: UUID) -> Response:
        words, leader = body_of(request, HidingSerializer), leader_asking(request)
        set_hidden(leader=leader, item_id=item_id, is_hidden=words["is_hidden"], now=clock.now())
        return Response(_page(leader))


def _page(leader: Leader) -> dict[str, Any]:
    now = clock.now()
    return {"items": [_shape(one, one.campaign.shown_state(now)) for one in lists_of(leader, now=now)], "next": None}


def _shape(one: LeaderList, state: str) -> dict[str, Any]:
    currency = current_store().currency
    return {
        "id": one.campaign.pk,
        "name": one.campaign.name,
        "state": state,
        "cutoff_at": moment(one.campaign.cutoff_at),
        "pickup_date": one.campaign.pickup_date,
        "items": [{**item_shape(item.shown, currency), "is_hidden": item.is_hidden} for item in one.items],
    }
