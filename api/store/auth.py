"""Signing in by phone."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api import throttling
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment
from api.store import examples
from api.store.me import MemberSerializer, member_shape
from api.views import StoreView, body_of
from kit import clock
from kit.phones import NotAPhone
from tenants.members.services.end_session import end_session
from tenants.members.services.open_session import WrongCode, open_session
from tenants.members.services.send_code import TooManyCodes, send_code

_NO_PHONE: dict[str, Any] = {
    "required": _("请填写手机号。"),
    "blank": _("请填写手机号。"),
    "max_length": _("请填写正确的手机号。"),
}
_NO_CODE: dict[str, Any] = {
    "required": _("请填写验证码。"),
    "blank": _("请填写验证码。"),
    "max_length": _("验证码是 6 位数字。"),
}


class SmsCodes(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (throttling.SmsCodes,)

    class PhoneSerializer(StrictSerializer):
        phone = serializers.CharField(max_length=32, error_messages=_NO_PHONE)

    class SmsCodeSerializer(serializers.Serializer[Any]):
        retry_after_seconds = serializers.IntegerField()
        expires_at = serializers.DateTimeField()

    @operation(
        "sendSmsCode",
        "发送登录验证码",
        body=PhoneSerializer,
        asked={"phone": "13812345678"},
        answer=SmsCodeSerializer,
        status=202,
        example={"retry_after_seconds": 60, "expires_at": "2026-11-23T09:05:00+08:00"},
        refusals=(NotAPhone, TooManyCodes, (429, "too_many_requests")),
        tag="auth",
        is_public=True,
    )
    def post(self, request: Request) -> Response:
        words = body_of(request, self.PhoneSerializer)
        sent = send_code(phone=words["phone"], now=clock.now())
        return Response(
            {"retry_after_seconds": sent.retry_after_seconds, "expires_at": moment(sent.expires_at)}, status=202
        )


class Sessions(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (throttling.Sessions,)

    class SignInSerializer(StrictSerializer):
        phone = serializers.CharField(max_length=32, error_messages=_NO_PHONE)
        code = serializers.CharField(max_length=12, error_messages=_NO_CODE)

    class SessionSerializer(serializers.Serializer[Any]):
        token = serializers.CharField()
        expires_at = serializers.DateTimeField()
        member = MemberSerializer()

    @operation(
        "signIn",
        "用验证码登录（新手机号自动成为会员）",
        body=SignInSerializer,
        asked={"phone": "13812345678", "code": "246810"},
        answer=SessionSerializer,
        status=201,
        example={
            "token": "bH3kq0o2m9Xv7c1zT5rYw8uE4iAaSdFgHjKlZxCvBnM",
            "expires_at": "2026-12-23T09:00:00+08:00",
            "member": examples.MEMBER,
        },
        refusals=(NotAPhone, WrongCode, (429, "too_many_requests")),
        tag="auth",
        is_public=True,
    )
    def post(self, request: Request) -> Response:
        words = body_of(request, self.SignInSerializer)
        opened = open_session(phone=words["phone"], code=words["code"], now=clock.now())
        return Response(
            {
                "token": opened.token,
                "expires_at": moment(opened.expires_at),
                "member": member_shape(opened.member),
            },
            status=201,
        )


class CurrentSession(StoreView):
    @operation("signOut", "退出登录", answer=None, status=204, tag="auth")
    def delete(self, request: Request) -> Response:
        end_session(token=str(request.auth), now=clock.now())
        return Response(status=204)
