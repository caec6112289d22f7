"""Teams (拼团): who is in, how many are missing, until when; and which of an item's have a seat free."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.campaigns import ITEM_EXAMPLE, CampaignItemSerializer, item_shape
from api.store.words import list_of
from api.views import StoreView, query_of
from kit import clock
from kit.tenancy import current_store
from tenants.campaigns.models import SeatState, Team, TeamSeat, TeamState
from tenants.campaigns.selectors import offer_shown
from tenants.campaigns.selectors_teams import (
    TeamMissing,
    can_be_joined,
    ends_at,
    seats_of,
    shown_state,
    team_with_id,
    teams_to_join,
)
from tenants.members.models import Member
from tenants.sales.selectors_joins import masked


class TeamMemberSerializer(serializers.Serializer[Any]):
    """Who paid for a seat. ``is_gone``: the money went back."""

    name = serializers.CharField()
    at = serializers.DateTimeField()
    is_first = serializers.BooleanField()
    is_gone = serializers.BooleanField()
    is_me = serializers.BooleanField()


class TeamSerializer(serializers.Serializer[Any]):
    """A team of neighbours; each seat is one who paid. ``missing`` more until ``ends_at``, or the money goes back."""

    id = serializers.UUIDField()
    campaign_item_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[state for state in TeamState.values if state != TeamState.WAITING])
    state_label = serializers.CharField()
    size = serializers.IntegerField()
    paid = serializers.IntegerField()
    missing = serializers.IntegerField()
    ends_at = serializers.DateTimeField()
    can_join = serializers.BooleanField()
    members = TeamMemberSerializer(many=True)


class TeamOfGoodsSerializer(TeamSerializer):
    """A team with its goods; ``item`` is null once they are off the shelf."""

    title = serializers.CharField()
    pickup_date = serializers.DateField()
    item = CampaignItemSerializer(allow_null=True)


EXAMPLE = {
    "id": examples.TEAM_ID,
    "campaign_item_id": examples.ITEM_ID,
    "state": "open",
    "state_label": "拼团中",
    "size": 3,
    "paid": 2,
    "missing": 1,
    "ends_at": "2026-11-23T20:12:30+08:00",
    "can_join": True,
    "members": [
        {"name": "王**", "at": "2026-11-23T10:12:30+08:00", "is_first": True, "is_gone": False, "is_me": False},
        {"name": "李**", "at": "2026-11-23T10:20:00+08:00", "is_first": False, "is_gone": False, "is_me": True},
    ],
}


class Teams(StoreView):
    permission_classes = (AllowAny,)

    class TeamQuerySerializer(StrictSerializer):
        item = serializers.UUIDField()

    @operation(
        "listTeams",
        "一个拼团商品还能参加的团，差的人最少的在前",
        query=TeamQuerySerializer,
        answer=list_of(TeamSerializer, "TeamPage"),
        example=examples.page(EXAMPLE),
        refusals=((401, "session_ended"),),
        tag="campaigns",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked, now = query_of(request, self.TeamQuerySerializer), clock.now()
        teams = teams_to_join(item_id=asked["item"], now=now)
        seats = seats_of(teams)
        shapes = [team_shape(team, seats[team.pk], asking=_member(request), now=now) for team in teams]
        return Response({"items": shapes, "next": None})


class TeamDetail(StoreView):
    permission_classes = (AllowAny,)

    @operation(
        "getTeam",
        "一个团：谁在里面，还差几人，什么时候截止",
        answer=TeamOfGoodsSerializer,
        example={**EXAMPLE, "title": "崇明小青菜", "pickup_date": "2026-11-24", "item": ITEM_EXAMPLE},
        refusals=(TeamMissing, (401, "session_ended")),
        tag="campaigns",
        is_public=True,
    )
    def get(self, request: Request, team_id: UUID) -> Response:
        now = clock.now()
        team = team_with_id(team_id)
        item = offer_shown(team.item_id, now=now)
        return Response(
            {
                **team_shape(team, seats_of([team])[team.pk], asking=_member(request), now=now),
                "title": team.item.sku.product.title,
                "pickup_date": team.item.campaign.pickup_date,
                "item": item and item_shape(item, current_store().currency),
            }
        )


def team_shape(team: Team, seats: Sequence[TeamSeat], *, asking: Member | None, now: datetime) -> dict[str, Any]:
    """Write a team with its members; names are cut to their first character."""
    state = shown_state(team, now)
    return {
        "id": team.pk,
        "campaign_item_id": team.item_id,
        "state": state.value,
        "state_label": str(state.label),
        "size": team.size,
        "paid": team.paid,
        "missing": team.size - team.paid,
        "ends_at": moment(ends_at(team)),
        "can_join": can_be_joined(team, now) and not _is_in(seats, asking),
        "members": [
            {
                "name": masked(seat.member.nickname),
                "at": moment(seat.at),
                "is_first": seat.is_first,
                "is_gone": seat.state == SeatState.GIVEN_BACK,
                "is_me": asking is not None and seat.member_id == asking.pk,
            }
            for seat in seats
        ],
    }


def _is_in(seats: Sequence[TeamSeat], asking: Member | None) -> bool:
    return asking is not None and any(seat.member_id == asking.pk and seat.state == SeatState.PAID for seat in seats)


def _member(request: Request) -> Member | None:
    return request.user if isinstance(request.user, Member) else None
