"""Leaders and members, by id; phones are masked."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.open.views import OpenView
from api.pagination import PageQuery, page_of, place_after
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.words import list_of
from api.views import query_of
from kit.phones import masked
from tenants.leaders.models import Leader, LeaderState
from tenants.leaders.selectors import leaders_page
from tenants.members.models import Member
from tenants.members.selectors import members_page


class OpenPointSerializer(serializers.Serializer[Any]):
    """A place where a leader hands goods out."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()
    address = serializers.CharField()
    is_open = serializers.BooleanField()


class OpenLeaderSerializer(serializers.Serializer[Any]):
    """A leader with the points."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    phone_masked = serializers.CharField()
    state = serializers.ChoiceField(choices=LeaderState.values)
    joined_at = serializers.DateTimeField()
    pickup_points = OpenPointSerializer(many=True)


class OpenMemberSerializer(serializers.Serializer[Any]):
    """A member."""

    id = serializers.UUIDField()
    nickname = serializers.CharField()
    phone_masked = serializers.CharField()
    joined_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(allow_null=True)


class OpenLeaders(OpenView):
    scopes: ClassVar = {"GET": "leaders:read"}

    @operation(
        "openListLeaders",
        "团长和自提点，最近加入的在前",
        query=PageQuery,
        answer=list_of(OpenLeaderSerializer, "OpenLeaderPage"),
        example=examples.page(
            {
                "id": examples.LEADER_ID,
                "name": "陈姐",
                "phone_masked": "138****5678",
                "state": "active",
                "joined_at": "2026-11-01T09:00:00+08:00",
                "pickup_points": [
                    {
                        "id": examples.POINT_ID,
                        "name": "万科城市花园",
                        "city": "上海",
                        "district": "闵行区",
                        "address": "七莘路 3333 号 5 号楼底商",
                        "is_open": True,
                    }
                ],
            }
        ),
        tag="open",
        scope="leaders:read",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, PageQuery)
        rows = leaders_page(after=place_after(asked["cursor"]), limit=asked["limit"] + 1)
        place = lambda row: [row.joined_at.isoformat(), row.pk]  # noqa: E731
        return Response(page_of(rows, limit=asked["limit"], place=place, shape=_leader_shape))


class OpenMembers(OpenView):
    scopes: ClassVar = {"GET": "members:read"}

    @operation(
        "openListMembers",
        "会员，最近加入的在前",
        query=PageQuery,
        answer=list_of(OpenMemberSerializer, "OpenMemberPage"),
        example=examples.page(
            {
                "id": examples.MEMBER_ID,
                "nickname": "邻居5678",
                "phone_masked": "138****5678",
                "joined_at": "2026-11-01T09:00:00+08:00",
                "last_seen_at": None,
            }
        ),
        tag="open",
        scope="members:read",
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, PageQuery)
        rows = members_page(after=place_after(asked["cursor"]), limit=asked["limit"] + 1)
        place = lambda row: [row.joined_at.isoformat(), row.pk]  # noqa: E731
        return Response(page_of(rows, limit=asked["limit"], place=place, shape=_member_shape))


def _leader_shape(leader: Leader) -> dict[str, Any]:
    return {
        "id": leader.pk,
        "name": leader.name,
        "phone_masked": masked(leader.phone),
        "state": leader.state,
        "joined_at": moment(leader.joined_at),
        "pickup_points": [
            {
                "id": point.pk,
                "name": point.name,
                "city": point.city,
                "district": point.district,
                "address": point.address,
                "is_open": point.is_open,
            }
            for point in leader.pickup_points.all()
        ],
    }


def _member_shape(member: Member) -> dict[str, Any]:
    return {
        "id": member.pk,
        "nickname": member.nickname,
        "phone_masked": member.phone_masked,
        "joined_at": moment(member.joined_at),
        "last_seen_at": moment(member.last_seen_at),
    }
