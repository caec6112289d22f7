"""What a basket would cost now, and what stands in the way."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import PiecesField, StrictSerializer
from api.schema import operation
from api.shapes import moment, money
from api.store import examples
from api.store.deliveries import (
    FREIGHT_EXAMPLE,
    DeliveryWordsSerializer,
    QuotedDeliverySerializer,
    freight_shape,
    wanted_delivery,
)
from api.store.presale_words import TERMS_EXAMPLE, PresaleTermsSerializer, terms_shape
from api.store.words import MoneySerializer
from api.views import StoreView, body_of
from kit import clock
from tenants.fulfilment.selectors_unclaimed import rule_for_shoppers
from tenants.members.models import Member
from tenants.orders.models import DiscountSource, LineDiscount
from tenants.promotions.pricing import Share
from tenants.sales.presale import deposit_of
from tenants.sales.services.group_orders import Group, groups_of
from tenants.sales.services.price_basket import Step
from tenants.sales.services.quote_lines import Quote, QuotedLine, WantedLine, quote_lines

MOST_LINES = 100


class WantedLineSerializer(StrictSerializer):
    """So many of one offer."""

    campaign_item_id = serializers.UUIDField()
    quantity = PiecesField()


class QuoteWordsSerializer(StrictSerializer):
    lines = serializers.ListField(child=WantedLineSerializer(), allow_empty=False, max_length=MOST_LINES)
    pickup_point_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    coupon_id = serializers.UUIDField(allow_null=True, required=False, default=None)
    # as a checkout (placeCheckout), which becomes one order for each pickup day and place
    splits = serializers.BooleanField(required=False, default=False)
    delivery = DeliveryWordsSerializer(allow_null=True, required=False, default=None)
    use_points = serializers.BooleanField(required=False, default=False)


class DiscountSerializer(serializers.Serializer[Any]):
    """What one offer takes off. ``id`` is the promotion's, or that of the coupon in the member's hand."""

    kind = serializers.ChoiceField(choices=DiscountSource.values)
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    off = MoneySerializer()


class StepSerializer(DiscountSerializer):
    sentence = serializers.CharField()


class CouponChoiceSerializer(serializers.Serializer[Any]):
    """One of the member's coupons, tried on this basket; ``sentence`` says why it takes nothing off."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    fits = serializers.BooleanField()
    off = MoneySerializer()
    sentence = serializers.CharField()
    expires_at = serializers.DateTimeField()


class PointsChoiceSerializer(serializers.Serializer[Any]):
    """The member's points on this basket: ``points`` of the ``free`` ones take ``off``, if ``is_used`` they do."""

    free = serializers.IntegerField()
    points = serializers.IntegerField()
    off = MoneySerializer()
    is_used = serializers.BooleanField()


class LineProblemSerializer(serializers.Serializer[Any]):
    """What stands in a line's way."""

    code = serializers.CharField()
    sentence = serializers.CharField()


class QuotedLineSerializer(serializers.Serializer[Any]):
    campaign_item_id = serializers.UUIDField()
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    is_member_price = serializers.BooleanField()
    total = MoneySerializer()
    net = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    available = serializers.IntegerField()
    problem = LineProblemSerializer(allow_null=True)


class QuoteGroupSerializer(serializers.Serializer[Any]):
    """What becomes one order: fetched on one day, from one place. ``items`` are ids of campaign items."""

    pickup_date = serializers.DateField()
    items = serializers.ListField(child=serializers.UUIDField())
    goods = MoneySerializer()
    delivery_fee = MoneySerializer()
    total = MoneySerializer()
    source_note = serializers.CharField(allow_blank=True)


class QuoteSerializer(serializers.Serializer[Any]):
    """``total`` is what is paid: ``goods`` less the ``discounts``, and the delivery's ``fee``. ``coupons`` are there
    for a member only.

    ``points`` too, where the store gives some and the member has any. ``groups`` are the orders it becomes where it may
    be split; without that, goods of several days cannot be ordered. ``unclaimed_rule`` says what goes back of goods
    that nobody fetches, where it is not all.
    """

    lines = QuotedLineSerializer(many=True)
    goods = MoneySerializer()
    discounts = StepSerializer(many=True)
    delivery = QuotedDeliverySerializer()
    total = MoneySerializer()
    coupon_problem = serializers.CharField(allow_null=True)
    coupons = CouponChoiceSerializer(many=True)
    presale = PresaleTermsSerializer(allow_null=True)
    groups = QuoteGroupSerializer(many=True)
    points = PointsChoiceSerializer(allow_null=True)
    unclaimed_rule = serializers.CharField(allow_blank=True)
    can_order = serializers.BooleanField()


_STEP = {
    "kind": "coupon",
    "id": examples.COUPON_ID,
    "name": "新客满10减1",
    "off": examples.yuan(100),
    "sentence": "优惠券「新客满10减1」抵 ¥1.00",
}


class Quotes(StoreView):
    permission_classes = (AllowAny,)

    @operation(
        "quoteLines",
        "试算：价格、优惠、库存、限购（可不登录）",
        body=QuoteWordsSerializer,
        asked={
            "lines": [{"campaign_item_id": examples.ITEM_ID, "quantity": 2}],
            "pickup_point_id": examples.POINT_ID,
            "coupon_id": examples.COUPON_ID,
            "splits": True,
            "delivery": {"kind": "express", "address_id": examples.ADDRESS_ID},
        },
        answer=QuoteSerializer,
        example={
            "lines": [
                {
                    "campaign_item_id": examples.ITEM_ID,
                    "quantity": 2,
                    "unit_price": examples.yuan(590),
                    "is_member_price": False,
                    "total": examples.yuan(1180),
                    "net": examples.yuan(1080),
                    "discounts": [{k: _STEP[k] for k in ("kind", "id", "name", "off")}],
                    "available": 37,
                    "problem": None,
                }
            ],
            "goods": examples.yuan(1180),
            "discounts": [_STEP],
            "delivery": {
                "kind": "express",
                "fee": examples.yuan(1200),
                "freight": [{"pickup_date": "2026-11-24", **FREIGHT_EXAMPLE}],
                "problem": None,
            },
            "total": examples.yuan(2280),
            "coupon_problem": None,
            "coupons": [
                {
                    "id": examples.COUPON_ID,
                    "name": "新客满10减1",
                    "fits": True,
                    "off": examples.yuan(100),
                    "sentence": "可抵 ¥1.00",
                    "expires_at": "2026-11-30T04:00:00Z",
                }
            ],
            "presale": TERMS_EXAMPLE,
            "groups": [
                {
                    "pickup_date": "2026-11-24",
                    "items": [examples.ITEM_ID],
                    "goods": examples.yuan(1180),
                    "delivery_fee": examples.yuan(1200),
                    "total": examples.yuan(2280),
                    "source_note": "",
                }
            ],
            "points": {"free": 860, "points": 500, "off": examples.yuan(500), "is_used": False},
            "unclaimed_rule": "",
            "can_order": True,
        },
        refusals=((401, "session_ended"),),
        tag="orders",
        is_public=True,
    )
    def post(self, request: Request) -> Response:
        words = body_of(request, QuoteWordsSerializer)
        quote = quote_lines(
            lines=wanted_lines(words["lines"]),
            member=request.user if isinstance(request.user, Member) else None,
            pickup_point_id=words["pickup_point_id"],
            coupon_id=words["coupon_id"],
            uses_points=words["use_points"],
            shows_coupons=True,
            splits=words["splits"],
            wanted_delivery=wanted_delivery(words["delivery"]),
            now=clock.now(),
        )
        return Response(_quote_shape(quote))


def wanted_lines(lines: list[dict[str, Any]]) -> list[WantedLine]:
    """Turn the words of a body into what the stories of a sale take."""
    return [
        WantedLine(line["campaign_item_id"], line["quantity"], (line.get("unit_price") or {}).get("amount"))
        for line in lines
    ]


def _quote_shape(quote: Quote) -> dict[str, Any]:
    terms = deposit_of(quote.offers, quote.total_minor)
    return {
        "lines": [_line_shape(line, quote.currency) for line in quote.lines],
        "goods": money(quote.goods_minor, quote.currency),
        "discounts": [_step_shape(step, quote.currency) for step in quote.steps],
        "delivery": {
            "kind": quote.delivery.kind.value,
            "fee": money(quote.delivery_minor, quote.currency),
            "freight": [
                {"pickup_date": day, **freight_shape(freight, quote.currency)}
                for day, freight in sorted(quote.freights.items())
            ],
            "problem": quote.delivery_problem or None,
        },
        "total": money(quote.total_minor, quote.currency),
        "coupon_problem": quote.coupon_problem or None,
        "coupons": [
            {
                "id": choice.coupon.pk,
                "name": choice.coupon.kind.name,
                "fits": choice.fits,
                "off": money(choice.off_minor, quote.currency),
                "sentence": choice.sentence,
                "expires_at": moment(choice.coupon.expires_at),
            }
            for choice in quote.coupons
        ],
        "presale": terms and terms_shape(terms, total_minor=quote.total_minor, currency=quote.currency),
        "groups": [_group_shape(group, quote.currency) for group in groups_of(quote)],
        "points": quote.points
        and {
            "free": quote.points.free,
            "points": quote.points.points,
            "off": money(quote.points.off_minor, quote.currency),
            "is_used": quote.points.is_used,
        },
        "unclaimed_rule": "" if quote.delivery.way else rule_for_shoppers(),
        "can_order": quote.can_order,
    }


def _group_shape(group: Group, currency: str) -> dict[str, Any]:
    return {
        "pickup_date": group.pickup_date,
        "items": [line.campaign_item_id for line in group.lines],
        "goods": money(group.goods_minor, currency),
        "delivery_fee": money(group.delivery_minor, currency),
        "total": money(group.total_minor, currency),
        "source_note": group.note,
    }


def discount_shape(one: Share | Step | LineDiscount, off_minor: int, currency: str) -> dict[str, Any]:
    """Write what one offer takes off."""
    return {
        "kind": str(one.source),
        "id": one.source_id,
        "name": one.name or str(DiscountSource(one.source).label),
        "off": money(off_minor, currency),
    }


def _step_shape(step: Step, currency: str) -> dict[str, Any]:
    return discount_shape(step, step.off_minor, currency) | {"sentence": step.sentence}


def _line_shape(line: QuotedLine, currency: str) -> dict[str, Any]:
    problem = line.problem
    return {
        "campaign_item_id": line.campaign_item_id,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price_minor, currency),
        "is_member_price": line.is_member_price,
        "total": money(line.total_minor, currency),
        "net": money(line.net_minor, currency),
        "discounts": [discount_shape(share, share.off_minor, currency) for share in line.shares],
        "available": line.available,
        "problem": problem and {"code": problem.code, "sentence": str(problem.sentence)},
    }
