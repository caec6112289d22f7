"""申请开团: no pickup point is near, and a neighbour leaves a phone."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api import throttling
from api.parsing import StrictSerializer
from api.place import DegreesField, degrees, whole_place
from api.schema import operation
from api.views import StoreView, body_of
from kit import clock
from kit.phones import NotAPhone
from tenants.leaders.point_wishes import NotAgreed, TooManyWishes, WishDraft, leave_wish
from tenants.members.models import Member


def _words(label: Any, **options: Any) -> serializers.CharField:
    return serializers.CharField(error_messages={"required": label, "blank": label}, **options)


class PointWishSerializer(StrictSerializer):
    """Where a point is wanted, and whom the store may call: only with ``agrees``."""

    name = _words(_("请填写称呼。"), max_length=30)
    phone = _words(_("请填写手机号。"), max_length=32)
    city = _words(_("请填写城市。"), max_length=30)
    estate = _words(_("请填写小区名称。"), max_length=60)
    address = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    lat = DegreesField(90)
    lng = DegreesField(180)
    would_lead = serializers.BooleanField(required=False, default=False)
    agrees = serializers.BooleanField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return whole_place(attrs)


class KeptWishSerializer(serializers.Serializer[Any]):
    """What was kept; nothing that says whether somebody else asked before."""

    city = serializers.CharField()
    estate = serializers.CharField()
    sentence = serializers.CharField()


class PointWishes(StoreView):
    permission_classes = (AllowAny,)
    throttle_classes = (throttling.PointWishes,)

    @operation(
        "leavePointWish",
        "附近没有自提点：申请在自己小区开团，店家会联系",
        body=PointWishSerializer,
        asked={
            "name": "王女士",
            "phone": "13812345678",
            "city": "上海",
            "estate": "绿城一期",
            "address": "锦绣路 100 弄",
            "lat": 31.2304,
            "lng": 121.4737,
            "would_lead": True,
            "agrees": True,
        },
        answer=KeptWishSerializer,
        status=201,
        example={"city": "上海", "estate": "绿城一期", "sentence": "已收到，店家会打电话和您联系。"},
        refusals=(NotAPhone, NotAgreed, TooManyWishes, (401, "session_ended"), (429, "too_many_requests")),
        tag="pickup-points",
        is_public=True,
    )
    def post(self, request: Request) -> Response:
        words = body_of(request, PointWishSerializer)
        agrees, north, east = words.pop("agrees"), words.pop("lat"), words.pop("lng")
        wish = leave_wish(
            draft=WishDraft(**words, latitude=degrees(north), longitude=degrees(east)),
            agrees=agrees,
            member=request.user if isinstance(request.user, Member) else None,
            now=clock.now(),
        )
        sentence = _("已收到，店家会打电话和您联系。")
        return Response({"city": wish.city, "estate": wish.estate, "sentence": sentence}, status=201)
