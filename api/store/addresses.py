"""Where a member lets goods be brought."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.parsing import StrictSerializer
from api.place import DegreesField, degrees, whole_place
from api.schema import operation
from api.store import examples
from api.store.words import list_of
from api.views import StoreView, body_of
from kit import clock
from kit.phones import NotAPhone, plain_phone
from tenants.delivery.addresses import (
    AddressDraft,
    AddressMissing,
    TooManyAddresses,
    addresses_of,
    forget_address,
    save_address,
)
from tenants.delivery.models import Address


class AddressSerializer(serializers.Serializer[Any]):
    """A member's own address; ``text`` is all of it in one line."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    phone = serializers.CharField()
    province = serializers.CharField(allow_blank=True)
    city = serializers.CharField()
    district = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()
    text = serializers.CharField()
    lat = serializers.FloatField(allow_null=True)
    lng = serializers.FloatField(allow_null=True)
    is_default = serializers.BooleanField()


class AddressWordsSerializer(StrictSerializer):
    """An address as its member wants it; where it lies decides whether a way with a limit reaches it, and its
    province what an express costs."""

    name = serializers.CharField(max_length=30, error_messages={"blank": _("请填写收货人姓名。")})
    phone = serializers.CharField(max_length=32, error_messages={"blank": _("请填写手机号。")})
    province = serializers.CharField(max_length=30, allow_blank=True, required=False, default="")
    city = serializers.CharField(max_length=30, error_messages={"blank": _("请填写城市。")})
    district = serializers.CharField(max_length=30, allow_blank=True, required=False, default="")
    detail = serializers.CharField(max_length=120, error_messages={"blank": _("请填写街道、楼栋和门牌号。")})
    lat = DegreesField(90)
    lng = DegreesField(180)
    is_default = serializers.BooleanField(required=False, default=False)

    def validate_phone(self, text: str) -> str:
        try:
            return plain_phone(text)
        except NotAPhone as refusal:
            raise serializers.ValidationError(str(refusal)) from None

    def validate(self, words: dict[str, Any]) -> dict[str, Any]:
        return whole_place(words)


_ASKED = {
    "name": "李女士",
    "phone": "13812345678",
    "province": "上海",
    "city": "上海",
    "district": "闵行区",
    "detail": "七莘路 3333 号 12 号楼 501",
    "lat": 31.1606,
    "lng": 121.3642,
    "is_default": True,
}
_EXAMPLE = {**_ASKED, "id": examples.ADDRESS_ID, "text": "上海闵行区七莘路 3333 号 12 号楼 501"}


class Addresses(StoreView):
    @operation(
        "listAddresses",
        "收货地址，常用的在前",
        answer=list_of(AddressSerializer, "AddressPage"),
        example=examples.page(_EXAMPLE),
        tag="me",
    )
    def get(self, request: Request) -> Response:
        return Response({"items": [_shape(one) for one in addresses_of(member_asking(request))], "next": None})

    @operation(
        "addAddress",
        "新增收货地址",
        body=AddressWordsSerializer,
        asked=_ASKED,
        answer=AddressSerializer,
        status=201,
        example=_EXAMPLE,
        refusals=(TooManyAddresses,),
        tag="me",
    )
    def post(self, request: Request) -> Response:
        draft = _draft(body_of(request, AddressWordsSerializer))
        return Response(_shape(save_address(member=member_asking(request), draft=draft, now=clock.now())), status=201)


class AddressDetail(StoreView):
    @operation(
        "changeAddress",
        "修改收货地址",
        body=AddressWordsSerializer,
        asked=_ASKED,
        answer=AddressSerializer,
        example=_EXAMPLE,
        refusals=(AddressMissing,),
        tag="me",
    )
    def put(self, request: Request, address_id: UUID) -> Response:
        draft = _draft(body_of(request, AddressWordsSerializer))
        member = member_asking(request)
        return Response(_shape(save_address(member=member, draft=draft, now=clock.now(), address_id=address_id)))

    @operation("forgetAddress", "删除收货地址：已下的订单不受影响", answer=None, status=204, tag="me")
    def delete(self, request: Request, address_id: UUID) -> Response:
        forget_address(member=member_asking(request), address_id=address_id)
        return Response(status=204)


def _draft(words: dict[str, Any]) -> AddressDraft:
    north, east = words.pop("lat"), words.pop("lng")
    return AddressDraft(latitude=degrees(north), longitude=degrees(east), **words)


def _shape(one: Address) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.name,
        "phone": one.phone,
        "province": one.province,
        "city": one.city,
        "district": one.district,
        "detail": one.detail,
        "text": one.text,
        "lat": None if one.latitude is None else float(one.latitude),
        "lng": None if one.longitude is None else float(one.longitude),
        "is_default": one.is_default,
    }
