"""Where a neighbour may fetch their goods."""

from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import PageQuery, id_after, page_of
from api.place import whole_place
from api.schema import operation
from api.store import examples
from api.store.words import NamedSerializer, list_of
from api.views import StoreView, query_of
from kit import clock
from tenants.leaders.models import LeaderState, PickupPoint
from tenants.leaders.rests import rest_sentence, rest_told
from tenants.leaders.selectors import PointMissing, nearest_points, point_with_id


class PointRestSerializer(serializers.Serializer[Any]):
    """Days, both counted, on which nothing is handed out there: lists fetched on them are not sold at this point."""

    first_on = serializers.DateField()
    last_on = serializers.DateField()
    note = serializers.CharField()
    sentence = serializers.CharField()


class PickupPointSerializer(serializers.Serializer[Any]):
    """A pickup point; ``distance_m`` is null unless the question said where the neighbour is.

    ``rest``: when it rests, or does so within two weeks.
    """

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()
    lat = serializers.FloatField()
    lng = serializers.FloatField()
    distance_m = serializers.IntegerField(allow_null=True)
    opening_hours = serializers.CharField()
    leader = NamedSerializer()
    is_open = serializers.BooleanField()
    resting_note = serializers.CharField()
    rest = PointRestSerializer(allow_null=True)


class PickupPoints(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    class PointQuerySerializer(PageQuery):
        lat = serializers.DecimalField(9, 6, required=False, default=None, min_value=-90, max_value=90)
        lng = serializers.DecimalField(9, 6, required=False, default=None, min_value=-180, max_value=180)
        q = serializers.CharField(required=False, default="", max_length=40)
        city = serializers.CharField(required=False, default="", max_length=30)

        def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
            return whole_place(attrs)

    @operation(
        "listPickupPoints",
        "自提点，按距离由近到远",
        query=PointQuerySerializer,
        answer=list_of(PickupPointSerializer, "PickupPointPage"),
        example=examples.page(examples.POINT),
        tag="pickup-points",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        asked = query_of(request, self.PointQuerySerializer)
        points = nearest_points(
            latitude=asked["lat"],
            longitude=asked["lng"],
            query=asked["q"],
            city=asked["city"],
            told=rest_told(clock.now()),
            after=id_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        return Response(page_of(points, limit=asked["limit"], place=lambda point: [point.pk], shape=point_shape))


class PickupPointDetail(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "getPickupPoint",
        "一个自提点",
        answer=PickupPointSerializer,
        example={**examples.POINT, "distance_m": None},
        refusals=(PointMissing,),
        tag="pickup-points",
        is_public=True,
    )
    def get(self, request: Request, point_id: UUID) -> Response:
        return Response(point_shape(point_with_id(point_id, told=rest_told(clock.now()))))


def point_shape(point: PickupPoint) -> dict[str, Any]:
    """Write a point whose leader has been read with it, and when it rests (``rest_told``)."""
    is_resting = point.leader.state != LeaderState.ACTIVE
    return {
        "id": str(point.pk),
        "name": point.name,
        "address": point.address,
        "city": point.city,
        "district": point.district,
        "lat": float(point.latitude),
        "lng": float(point.longitude),
        "distance_m": getattr(point, "distance_m", None),
        "opening_hours": point.opening_hours,
        "leader": {"id": str(point.leader_id), "name": point.leader.name},
        "is_open": point.is_open and not is_resting,
        "resting_note": point.leader.resting_note if is_resting else "",
        "rest": point.rest_told and _rest(point.leader.name, point.rest_told),
    }


def _rest(name: str, told: dict[str, str]) -> dict[str, Any]:
    first_on, last_on = date.fromisoformat(told["first_on"]), date.fromisoformat(told["last_on"])
    return {**told, "sentence": rest_sentence(name, first_on, last_on)}
