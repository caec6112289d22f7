"""After-sales at the leader's desk: is it so, did goods come back, were others handed out; asking for a member."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import IsLeader, NotALeader, leader_asking
from api.idempotency import answered_once
from api.pagination import PageQuery, page_of, place_after
from api.parsing import StrictSerializer
from api.schema import operation
from api.store import examples
from api.store.after_sale_words import (
    ASK_REFUSALS,
    ASKED_EXAMPLE,
    DETAIL_EXAMPLE,
    EXAMPLE,
    AfterSaleDetailSerializer,
    AfterSaleSerializer,
    AskSerializer,
    after_sale_shape,
    asked_of,
    detail_shape,
)
from api.store.pickups import VisitorSerializer
from api.store.words import list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from tenants.aftersales.models import AfterSale, State
from tenants.aftersales.selectors import (
    AfterSaleMissing,
    after_sale_for_leader,
    after_sales_for_leader,
    cursor_of,
)
from tenants.aftersales.services.ask import Asker, ask_after_sale
from tenants.aftersales.services.decide import AlreadyDecided
from tenants.aftersales.services.follow import note_opinion, note_replaced, take_goods_back
from tenants.inventory.services.move_stock import StockShort
from tenants.journal.services import Actor
from tenants.leaders.models import Leader

_TODO = {State.LEADER_REVIEW: "opinion", State.RETURNING: "take_back", State.REPLACING: "replace"}


class LeaderAfterSaleSerializer(AfterSaleSerializer):
    """A request of one of the leader's members; ``todo`` is what the leader can do now."""

    member = VisitorSerializer()
    todo = serializers.ChoiceField(choices=tuple(_TODO.values()), allow_null=True)


class LeaderAfterSaleDetailSerializer(AfterSaleDetailSerializer):
    """The same with what happened to it."""

    member = VisitorSerializer()
    todo = serializers.ChoiceField(choices=tuple(_TODO.values()), allow_null=True)


class OpinionSerializer(StrictSerializer):
    """Whether it is so, and a word for the store."""

    agrees = serializers.BooleanField()
    words = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")


class TakenBackSerializer(StrictSerializer):
    """Whether what came back can be sold again."""

    is_unopened = serializers.BooleanField()


_MORE = {"member": {"nickname": "李女士", "phone_last4": "5678"}, "todo": "opinion"}
_EXAMPLE = {**EXAMPLE, **_MORE}
_DETAIL = {**DETAIL_EXAMPLE, **_MORE}
_AT_STORE = {**_DETAIL, "state": "store_review", "state_label": "待商家处理", "todo": None}


class LeaderAfterSales(StoreView):
    permission_classes = (IsLeader,)

    class AfterSaleQuerySerializer(PageQuery):
        state = serializers.ChoiceField(choices=("waiting", "done"), required=False, default="")

    @operation(
        "listLeaderAfterSales",
        "团长名下顾客的售后，新的在前；waiting 是等团长办的",
        query=AfterSaleQuerySerializer,
        answer=list_of(LeaderAfterSaleSerializer, "LeaderAfterSalePage"),
        example=examples.page(_EXAMPLE),
        refusals=(NotALeader,),
        tag="leader",
    )
    def get(self, request: Request) -> Response:
        asked, now = query_of(request, self.AfterSaleQuerySerializer), clock.now()
        found = after_sales_for_leader(
            leader=leader_asking(request),
            state=asked["state"],
            after=place_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        page = page_of(
            found,
            limit=asked["limit"],
            place=cursor_of,
            shape=lambda one: {**after_sale_shape(one, now=now), **_more(one)},
        )
        return Response(page)

    @operation(
        "askAfterSaleForMember",
        "团长代顾客申请售后，直接交给商家处理",
        body=AskSerializer,
        asked=ASKED_EXAMPLE,
        answer=LeaderAfterSaleDetailSerializer,
        status=201,
        example=_AT_STORE,
        refusals=(NotALeader, *ASK_REFUSALS),
        tag="leader",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, key: str) -> Response:
        words, leader, now = body_of(request, AskSerializer), leader_asking(request), clock.now()
        by = Asker(_actor(leader), member=leader.member, leader=leader)
        made = ask_after_sale(asked=asked_of(words), by=by, key=key, now=now)
        return _answer(leader, made.pk, now)


class LeaderAfterSaleDetail(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "getLeaderAfterSale",
        "一位顾客的售后申请",
        answer=LeaderAfterSaleDetailSerializer,
        example=_DETAIL,
        refusals=(NotALeader, AfterSaleMissing),
        tag="leader",
    )
    def get(self, request: Request, after_sale_id: UUID) -> Response:
        return _answer(leader_asking(request), after_sale_id, clock.now(), status=200)


class Opinion(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "judgeAfterSale",
        "团长核实：属实，或有疑问；之后由商家决定",
        body=OpinionSerializer,
        asked={"agrees": True, "words": "当面看过，确实坏了"},
        answer=LeaderAfterSaleDetailSerializer,
        status=201,
        example=_AT_STORE,
        refusals=(NotALeader, AfterSaleMissing, AlreadyDecided),
        tag="leader",
    )
    def post(self, request: Request, after_sale_id: UUID) -> Response:
        words, leader, now = body_of(request, OpinionSerializer), leader_asking(request), clock.now()
        note_opinion(after_sale_id=after_sale_id, leader=leader, actor=_actor(leader), now=now, **words)
        return _answer(leader, after_sale_id, now)


class TakenBack(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "takeGoodsBack",
        "团长收到退货，随即退款",
        body=TakenBackSerializer,
        asked={"is_unopened": False},
        answer=LeaderAfterSaleDetailSerializer,
        status=201,
        example={**_AT_STORE, "state": "refunding", "state_label": "退款中", "due_at": None, "can_withdraw": False},
        refusals=(NotALeader, AfterSaleMissing, AlreadyDecided),
        tag="leader",
    )
    def post(self, request: Request, after_sale_id: UUID) -> Response:
        words, leader, now = body_of(request, TakenBackSerializer), leader_asking(request), clock.now()
        take_goods_back(after_sale_id=after_sale_id, leader=leader, actor=_actor(leader), now=now, **words)
        return _answer(leader, after_sale_id, now)


class Replacement(StoreView):
    permission_classes = (IsLeader,)

    @operation(
        "noteReplaced",
        "团长把换的货交给了顾客",
        answer=LeaderAfterSaleDetailSerializer,
        status=201,
        example={**_AT_STORE, "state": "done", "state_label": "已完成", "due_at": None, "can_withdraw": False},
        refusals=(NotALeader, AfterSaleMissing, AlreadyDecided, StockShort),
        tag="leader",
    )
    def post(self, request: Request, after_sale_id: UUID) -> Response:
        leader, now = leader_asking(request), clock.now()
        note_replaced(after_sale_id=after_sale_id, leader=leader, actor=_actor(leader), now=now)
        return _answer(leader, after_sale_id, now)


def _answer(leader: Leader, after_sale_id: UUID, now: datetime, *, status: int = 201) -> Response:
    made = after_sale_for_leader(leader=leader, after_sale_id=after_sale_id)
    return Response({**detail_shape(made, now=now), **_more(made)}, status=status)


def _more(after_sale: AfterSale) -> dict[str, Any]:
    member = after_sale.member
    return {
        "member": {"nickname": member.nickname, "phone_last4": member.phone[-4:]},
        "todo": _TODO.get(State(after_sale.state)),
    }


def _actor(leader: Leader) -> Actor:
    return Actor(kind="leader", id=str(leader.pk), name=leader.name)
