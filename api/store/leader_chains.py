"""代客下单 at the leader's desk: the group's chain is read, asked about, and made into drafts with links."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.idempotency import answered_once
from api.parsing import StrictSerializer
from api.schema import operation
from api.store import examples
from api.store.words import NamedSerializer, list_of
from api.views import StoreView, body_of
from kit import clock
from tenants.campaigns.models import JoinDraft
from tenants.campaigns.reading_words import ShownRow, shown_rows
from tenants.campaigns.selectors_desk import CampaignMissing
from tenants.campaigns.selectors_drafts import DraftMissing, drafts_at, way_to
from tenants.campaigns.services.edit_campaign import CampaignOver
from tenants.campaigns.services.leader_chain import (
    NotSoldHere,
    NotYourPoint,
    paste_own_chain,
    read_own_chain,
    withdraw_own_draft,
)
from tenants.campaigns.services.paste_chain import AlreadyConfirmed, NothingRead
from tenants.campaigns.solitaire.read_solitaire import MOST_CHARACTERS

_REFUSALS = (NotALeader, CampaignMissing, CampaignOver, NotYourPoint, NotSoldHere)
_STATES = ("waiting", "ordered", "withdrawn")


class ChainSerializer(StrictSerializer):
    """A chain as it was pasted, and the leader's point at which its goods are fetched."""

    text = serializers.CharField(max_length=MOST_CHARACTERS, trim_whitespace=False)
    pickup_point_id = serializers.UUIDField()


class ReadChainSerializer(ChainSerializer):
    """The same, with one of the ``choices`` of an earlier reading put into the text."""

    choice = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)


class WantSerializer(serializers.Serializer[Any]):
    """Goods that were understood; ``is_assumed``: no amount was written, so it is one."""

    title = serializers.CharField()
    quantity = serializers.IntegerField()
    is_assumed = serializers.BooleanField()


class ChoiceSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    title = serializers.CharField()


class QuestionSerializer(serializers.Serializer[Any]):
    """What was not understood, and the goods it may mean."""

    sentence = serializers.CharField()
    choices = ChoiceSerializer(many=True)


class ChainRowSerializer(serializers.Serializer[Any]):
    """One neighbour's row. Only a clear one becomes a draft."""

    number = serializers.IntegerField()
    written = serializers.CharField()
    name = serializers.CharField()
    wants = WantSerializer(many=True)
    questions = QuestionSerializer(many=True)
    is_clear = serializers.BooleanField()
    is_cancelled = serializers.BooleanField()


class ChainReadingSerializer(serializers.Serializer[Any]):
    """A text and what was read of it."""

    text = serializers.CharField()
    rows = ChainRowSerializer(many=True)
    clear = serializers.IntegerField()
    unclear = serializers.IntegerField()


class LeaderDraftSerializer(serializers.Serializer[Any]):
    """A draft that holds nothing until the neighbour confirms it by ``link``; the link is empty when it is over."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    goods = serializers.CharField()
    pickup_point = NamedSerializer()
    state = serializers.ChoiceField(choices=_STATES)
    link = serializers.CharField()


_PAGE = list_of(LeaderDraftSerializer, "LeaderDraftPage")
_ASKED = {"text": "1. 王姐 鸡蛋2份\n2. 李哥 苹果一份", "pickup_point_id": examples.POINT_ID}
_READING = {
    "text": _ASKED["text"],
    "rows": [
        {
            "number": 1,
            "written": "1. 王姐 鸡蛋2份",
            "name": "王姐",
            "wants": [{"title": "农家土鸡蛋 30枚/板", "quantity": 2, "is_assumed": False}],
            "questions": [],
            "is_clear": True,
            "is_cancelled": False,
        },
        {
            "number": 2,
            "written": "2. 李哥 苹果一份",
            "name": "李哥",
            "wants": [],
            "questions": [
                {
                    "sentence": "“苹果一份”是哪一个？",
                    "choices": [{"value": f"2:0:{examples.ITEM_ID}", "title": "红富士苹果 5斤"}],
                }
            ],
            "is_clear": False,
            "is_cancelled": False,
        },
    ],
    "clear": 1,
    "unclear": 1,
}
_DRAFT = {
    "id": examples.ENTRY_ID,
    "number": 1,
    "name": "王姐",
    "goods": "农家土鸡蛋 30枚/板 ×2",
    "pickup_point": {"id": examples.POINT_ID, "name": "万科城市花园"},
    "state": "waiting",
    "link": "https://store.example/m/#/sub/order/draft?id=…&sign=…",
}


class ChainReadings(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "readLeaderChain",
        "识别群里的接龙：看懂了什么、什么没看懂。只识别，不下单",
        body=ReadChainSerializer,
        asked=_ASKED,
        answer=ChainReadingSerializer,
        example=_READING,
        refusals=_REFUSALS,
        tag="leader",
    )
    def post(self, request: Request, campaign_id: UUID) -> Response:
        words = body_of(request, ReadChainSerializer)
        text, reading = read_own_chain(leader=leader_asking(request), campaign_id=campaign_id, now=clock.now(), **words)
        return Response(
            {
                "text": text,
                "rows": [_row(row) for row in shown_rows(reading)],
                "clear": reading.chain.clear,
                "unclear": reading.chain.unclear,
            }
        )


class LeaderDrafts(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "listLeaderDrafts",
        "团长自提点上代客下的单，等顾客点链接确认",
        answer=_PAGE,
        example=examples.page(_DRAFT),
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request, campaign_id: UUID) -> Response:
        found = drafts_at(leader=leader_asking(request), campaign_id=campaign_id)
        return Response({"items": [_draft(request, one) for one in found], "next": None})

    @operation(
        "makeLeaderDrafts",
        "把完全看懂的行做成待确认的单，不占库存，顾客确认并付款才算下单",
        body=ChainSerializer,
        asked=_ASKED,
        answer=_PAGE,
        status=201,
        example=examples.page(_DRAFT),
        refusals=(*_REFUSALS, NothingRead),
        tag="leader",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, key: str, campaign_id: UUID) -> Response:
        words, leader = body_of(request, ChainSerializer), leader_asking(request)
        paste_own_chain(leader=leader, campaign_id=campaign_id, key=key, now=clock.now(), **words)
        found = drafts_at(leader=leader, campaign_id=campaign_id)
        return Response({"items": [_draft(request, one) for one in found], "next": None}, status=201)


class DraftWithdrawal(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "withdrawLeaderDraft",
        "撤回一张还没确认的单，链接失效。重复撤回没有影响",
        answer=LeaderDraftSerializer,
        status=201,
        example={**_DRAFT, "state": "withdrawn", "link": ""},
        refusals=(NotALeader, DraftMissing, AlreadyConfirmed),
        tag="leader",
    )
    def post(self, request: Request, draft_id: UUID) -> Response:
        leader = leader_asking(request)
        draft = withdraw_own_draft(leader=leader, draft_id=draft_id, now=clock.now())
        found = drafts_at(leader=leader, campaign_id=draft.pasted.campaign_id)
        return Response(_draft(request, next(one for one in found if one.pk == draft_id)), status=201)


def _row(row: ShownRow) -> dict[str, Any]:
    read = row.read
    return {
        "number": read.number,
        "written": read.written,
        "name": read.name,
        "wants": row.wants,
        "questions": row.doubts,
        "is_clear": read.is_clear,
        "is_cancelled": read.is_cancelled,
    }


def _draft(request: Request, draft: JoinDraft) -> dict[str, Any]:
    state = "ordered" if draft.order_id else "withdrawn" if draft.withdrawn_at else "waiting"
    point = draft.pasted.pickup_point
    return {
        "id": draft.pk,
        "number": draft.number,
        "name": draft.name,
        "goods": "、".join(
            f"{line.item.sku.product.title} {line.item.sku.label} ×{line.quantity}" for line in draft.lines.all()
        ),
        "pickup_point": {"id": point.pk, "name": point.name},
        "state": state,
        "link": request.build_absolute_uri(way_to(draft)) if state == "waiting" else "",
    }
