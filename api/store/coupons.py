"""Coupons: what a member may claim, claims, holds and used."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.idempotency import answered_once
from api.pagination import PageQuery, id_after, page_of
from api.parsing import StrictSerializer
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.words import MoneySerializer, list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from kit.tenancy import current_store
from kit.web.format import money as written
from kit.web.format import percent
from tenants.promotions.models import Coupon, CouponKind, CouponState
from tenants.promotions.selectors import CouponKindMissing, ToClaim, coupons_of_member, coupons_to_claim
from tenants.promotions.services.claim_coupon import ClaimedEnough, NotClaimable, NotForYou, claim_coupon
from tenants.sales.audiences import audiences_of


class CouponWorthSerializer(serializers.Serializer[Any]):
    """``off`` or ``off_percent`` is there. ``words`` says it all in a sentence."""

    off = MoneySerializer(allow_null=True)
    off_percent = serializers.CharField(allow_null=True)
    cap = MoneySerializer(allow_null=True)
    threshold = MoneySerializer(allow_null=True)
    is_for_some_goods = serializers.BooleanField()
    words = serializers.CharField()


class CouponToClaimSerializer(serializers.Serializer[Any]):
    """``left`` is null without a limit; ``claimed`` counts the member's own."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    worth = CouponWorthSerializer()
    claim_until = serializers.DateTimeField()
    left = serializers.IntegerField(allow_null=True)
    claimed = serializers.IntegerField()
    can_claim = serializers.BooleanField()


class CouponSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    worth = CouponWorthSerializer()
    state = serializers.ChoiceField(choices=CouponState.values)
    state_label = serializers.CharField()
    claimed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)


class ClaimSerializer(StrictSerializer):
    """One of the two: a kind seen on offer, or a code that was told."""

    kind_id = serializers.UUIDField(required=False, default=None)
    code = serializers.CharField(max_length=20, required=False, default="")

    def validate(self, words: dict[str, Any]) -> dict[str, Any]:
        if bool(words["kind_id"]) == bool(words["code"]):
            raise serializers.ValidationError({"code": [_("请输入券码，或者选一张优惠券。")]})
        return words


_WORTH = {
    "off": examples.yuan(500),
    "off_percent": None,
    "cap": None,
    "threshold": examples.yuan(3000),
    "is_for_some_goods": False,
    "words": "满 ¥30.00 减 ¥5.00",
}
_TO_CLAIM = {
    "id": examples.COUPON_KIND_ID,
    "name": "新客满30减5",
    "worth": _WORTH,
    "claim_until": "2026-11-30T16:00:00Z",
    "left": 120,
    "claimed": 0,
    "can_claim": True,
}
_HELD = {
    "id": examples.COUPON_ID,
    "name": "新客满30减5",
    "worth": _WORTH,
    "state": "issued",
    "state_label": "可使用",
    "claimed_at": "2026-11-23T04:00:00Z",
    "expires_at": "2026-11-30T04:00:00Z",
    "used_at": None,
}


class Claimable(StoreView):
    @operation(
        "listClaimableCoupons",
        "可以领的优惠券",
        answer=list_of(CouponToClaimSerializer, "ClaimableCouponPage"),
        example=examples.page(_TO_CLAIM),
        tag="coupons",
    )
    def get(self, request: Request) -> Response:
        member = member_asking(request)
        offered = coupons_to_claim(member=member, audiences=audiences_of(member), now=clock.now())
        return Response({"items": [_offer_shape(one) for one in offered], "next": None})


class Coupons(StoreView):
    class CouponQuerySerializer(PageQuery):
        state = serializers.ChoiceField(choices=["usable", "used", "expired"], required=False, default="")

    @operation(
        "listCoupons",
        "我的优惠券，新领的在前",
        query=CouponQuerySerializer,
        answer=list_of(CouponSerializer, "CouponPage"),
        example=examples.page(_HELD),
        tag="coupons",
    )
    def get(self, request: Request) -> Response:
        asked, now = query_of(request, self.CouponQuerySerializer), clock.now()
        held = coupons_of_member(
            member=member_asking(request),
            state=asked["state"],
            now=now,
            after=id_after(asked["cursor"]),
            limit=asked["limit"] + 1,
        )
        return Response(
            page_of(held, limit=asked["limit"], place=lambda one: (one.pk,), shape=lambda one: coupon_shape(one, now))
        )

    @operation(
        "claimCoupon",
        "领一张优惠券",
        body=ClaimSerializer,
        asked={"kind_id": examples.COUPON_KIND_ID},
        answer=CouponSerializer,
        status=201,
        example=_HELD,
        refusals=(CouponKindMissing, NotClaimable, NotForYou, ClaimedEnough),
        tag="coupons",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, key: str) -> Response:
        words, now, member = body_of(request, ClaimSerializer), clock.now(), member_asking(request)
        coupon = claim_coupon(member=member, now=now, audiences=audiences_of(member), **words)
        return Response(coupon_shape(coupon, now), status=201)


def coupon_shape(coupon: Coupon, now: Any) -> dict[str, Any]:
    """Write a coupon in a member's hand."""
    state = coupon.shown_state(now)
    return {
        "id": coupon.pk,
        "name": coupon.kind.name,
        "worth": _worth_shape(coupon.kind),
        "state": state,
        "state_label": state.label,
        "claimed_at": moment(coupon.claimed_at),
        "expires_at": moment(coupon.expires_at),
        "used_at": moment(coupon.used_at),
    }


def _offer_shape(one: ToClaim) -> dict[str, Any]:
    return {
        "id": one.kind.pk,
        "name": one.kind.name,
        "worth": _worth_shape(one.kind),
        "claim_until": moment(one.kind.claim_until),
        "left": one.left,
        "claimed": one.mine,
        "can_claim": one.can_claim,
    }


def _worth_shape(kind: CouponKind) -> dict[str, Any]:
    currency = current_store().currency
    return {
        "off": money(kind.off_minor, currency) if kind.off_minor else None,
        "off_percent": percent(kind.off_ppm).removesuffix("%") if kind.off_ppm else None,
        "cap": money(kind.cap_minor, currency) if kind.cap_minor else None,
        "threshold": money(kind.threshold_minor, currency) if kind.threshold_minor else None,
        "is_for_some_goods": bool(kind.scope),
        "words": _words(kind, currency),
    }


def _words(kind: CouponKind, currency: str) -> str:
    off = written(kind.off_minor, currency) if kind.off_minor else percent(kind.off_ppm)
    if kind.threshold_minor:
        return _("满 %(least)s 减 %(off)s") % {"least": written(kind.threshold_minor, currency), "off": off}
    return _("立减 %(off)s") % {"off": off}
