"""Where a neighbour begins: the cities there are, the pickup point to start with, and the leader they came by."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.parsing import StrictSerializer
from api.place import whole_place
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.pickup_points import PickupPointSerializer, point_shape
from api.store.words import NamedSerializer, list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from tenants.leaders.areas import cities_for_shoppers
from tenants.leaders.binding import bind_member
from tenants.leaders.selectors import LeaderMissing
from tenants.members.models import Member
from tenants.sales.entry import Place, entry_for


class CitySerializer(serializers.Serializer[Any]):
    """A city with so many pickup points."""

    name = serializers.CharField()
    points = serializers.IntegerField()


class EntrySerializer(serializers.Serializer[Any]):
    """Where to begin. ``point`` is null where the neighbour has to choose: ``sentence`` says why."""

    why = serializers.ChoiceField(choices=("link", "bound", "last", "nearest", "too_far", "choose"))
    sentence = serializers.CharField()
    point = PickupPointSerializer(allow_null=True)
    cities = CitySerializer(many=True)


class BindingSerializer(serializers.Serializer[Any]):
    """Whose the member is now; not always the leader of the link: the store has a rule."""

    leader = NamedSerializer()
    bound_at = serializers.DateTimeField()


_CITY = {"name": "上海", "points": 12}


class Cities(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "listCities",
        "有自提点的城市",
        answer=list_of(CitySerializer, "CityPage"),
        example=examples.page(_CITY),
        tag="pickup-points",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        return Response({"items": cities_for_shoppers(), "next": None})


class EntryPoint(StoreView):
    permission_classes = (AllowAny,)

    class EntryQuerySerializer(StrictSerializer):
        lat = serializers.DecimalField(9, 6, required=False, default=None, min_value=-90, max_value=90)
        lng = serializers.DecimalField(9, 6, required=False, default=None, min_value=-180, max_value=180)
        leader = serializers.UUIDField(required=False, default=None)

        def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
            return whole_place(attrs)

    @operation(
        "getEntry",
        "从哪个自提点开始：团长的链接，自己的团长，上次的，最近的，或自己选",
        query=EntryQuerySerializer,
        answer=EntrySerializer,
        example={
            "why": "nearest",
            "sentence": "离您最近：万科城市花园，320 米",
            "point": examples.POINT,
            "cities": [_CITY],
        },
        refusals=((401, "session_ended"),),
        tag="pickup-points",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.EntryQuerySerializer)
        now = clock.now()
        entry = entry_for(
            member=request.user if isinstance(request.user, Member) else None,
            leader_id=asked["leader"],
            place=Place(asked["lat"], asked["lng"]) if asked["lat"] is not None else None,
            now=now,
        )
        return Response(
            {
                "why": entry.why,
                "sentence": entry.sentence,
                "point": point_shape(entry.point) if entry.point else None,
                "cities": cities_for_shoppers(),
            }
        )


class MyLeader(StoreView):
    class LinkSerializer(StrictSerializer):
        leader_id = serializers.UUIDField()

    @operation(
        "followLeader",
        "记下是谁的链接带来的，按店里的规则归属团长",
        body=LinkSerializer,
        asked={"leader_id": examples.LEADER_ID},
        answer=BindingSerializer,
        status=201,
        example={"leader": {"id": examples.LEADER_ID, "name": "陈姐"}, "bound_at": "2026-11-23T10:12:30+08:00"},
        refusals=(LeaderMissing,),
        tag="me",
    )
    def post(self, request: Request) -> Response:
        words = body_of(request, self.LinkSerializer)
        bound = bind_member(member=member_asking(request), leader_id=words["leader_id"], now=clock.now())
        shape = {"leader": {"id": bound.leader_id, "name": bound.leader.name}, "bound_at": moment(bound.bound_at)}
        return Response(shape, status=201)
