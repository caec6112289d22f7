"""代客下单: what somebody read out of the group chat, to be confirmed by whom it is for."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import money
from api.store import examples
from api.store.order_examples import EXAMPLE
from api.store.order_shapes import order_shapes
from api.store.orders import OrderSerializer
from api.store.words import MoneySerializer, MoneyWordsSerializer, NamedSerializer
from api.views import StoreView, body_of
from kit import clock
from tenants.campaigns.selectors_drafts import DraftMissing
from tenants.sales.selectors_joins import masked
from tenants.sales.services.confirm_draft import DraftShown, NotYourDraft, confirm_draft, show_draft
from tenants.sales.services.place_order import CampaignClosed, LimitReached, OutOfStock, PointClosed, PriceChanged


class DraftLineSerializer(serializers.Serializer[Any]):
    """A line at today's price; ``problem`` says why it cannot be had, empty when it can."""

    campaign_item_id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    total = MoneySerializer()
    problem = serializers.CharField()


class DraftSerializer(serializers.Serializer[Any]):
    """A draft holds no stock until it is confirmed. ``order_id`` is there once it was."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    needs_phone = serializers.CharField()
    campaign = NamedSerializer()
    pickup_point = NamedSerializer()
    pickup_date = serializers.DateField()
    lines = DraftLineSerializer(many=True)
    total = MoneySerializer()
    can_order = serializers.BooleanField()
    order_id = serializers.UUIDField(allow_null=True)


_EXAMPLE = {
    "id": examples.ENTRY_ID,
    "name": "王**",
    "needs_phone": "138****5678",
    "campaign": {"id": examples.CAMPAIGN_ID, "name": "老邻居接龙"},
    "pickup_point": {"id": examples.POINT_ID, "name": "万科城市花园"},
    "pickup_date": "2026-11-24",
    "lines": [
        {
            "campaign_item_id": examples.ITEM_ID,
            "title": "土鸡蛋",
            "sku_label": "30 枚/板",
            "quantity": 2,
            "unit_price": examples.yuan(1990),
            "total": examples.yuan(3980),
            "problem": "",
        }
    ],
    "total": examples.yuan(3980),
    "can_order": True,
    "order_id": None,
}


class Draft(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "getJoinDraft",
        "代客下的单，按今天的价格，等顾客确认",
        answer=DraftSerializer,
        example=_EXAMPLE,
        refusals=(DraftMissing,),
        tag="orders",
        is_public=True,
    )
    def get(self, request: Request, draft_id: UUID, signature: str) -> Response:
        return Response(_shape(show_draft(draft_id=draft_id, signature=signature, now=clock.now())))


class DraftConfirmation(StoreView):
    class ConfirmDraftSerializer(StrictSerializer):
        expected_total = MoneyWordsSerializer()

    @operation(
        "confirmJoinDraft",
        "确认代客下的单：占用库存，等待付款。重复确认得到同一张订单",
        body=ConfirmDraftSerializer,
        asked={"expected_total": examples.yuan(3980)},
        answer=OrderSerializer,
        status=201,
        example=EXAMPLE,
        refusals=(DraftMissing, NotYourDraft, OutOfStock, PriceChanged, CampaignClosed, LimitReached, PointClosed),
        tag="orders",
    )
    def post(self, request: Request, draft_id: UUID, signature: str) -> Response:
        words, now = body_of(request, self.ConfirmDraftSerializer), clock.now()
        order = confirm_draft(
            draft_id=draft_id,
            signature=signature,
            member=member_asking(request),
            expected_total_minor=words["expected_total"]["amount"],
            now=now,
        )
        return Response(order_shapes([order], now=now)[0], status=201)


def _shape(shown: DraftShown) -> dict[str, Any]:
    draft, quote = shown.draft, shown.quote
    campaign, point = draft.pasted.campaign, draft.pasted.pickup_point
    return {
        "id": draft.pk,
        "name": masked(draft.name),
        "needs_phone": f"{draft.phone[:3]}****{draft.phone[-4:]}" if draft.phone else "",
        "campaign": {"id": campaign.pk, "name": campaign.name},
        "pickup_point": {"id": point.pk, "name": point.name},
        "pickup_date": campaign.pickup_date,
        "lines": [
            {
                "campaign_item_id": line.campaign_item_id,
                "title": line.title,
                "sku_label": line.sku_label,
                "quantity": line.quantity,
                "unit_price": money(line.unit_price_minor, quote.currency),
                "total": money(line.total_minor, quote.currency),
                "problem": line.problem.sentence if line.problem else "",
            }
            for line in quote.lines
        ],
        "total": money(quote.total_minor, quote.currency),
        "can_order": quote.can_order,
        "order_id": draft.order_id,
    }
