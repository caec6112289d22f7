"""What a basket would cost now, and what stands in the way."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import StrictSerializer, WholeNumberField
from api.schema import operation
from api.shapes import money
from api.store import examples
from api.store.words import MoneySerializer
from api.views import StoreView, body_of
from kit import clock
from tenants.members.models import Member
from tenants.sales.services.quote_lines import Quote, QuotedLine, WantedLine, quote_lines

MOST_LINES = 100
MOST_PIECES = 9999


class WantedLineSerializer(StrictSerializer):
    """So many of one offer."""

    campaign_item_id = serializers.UUIDField()
    quantity = WholeNumberField(min_value=1, max_value=MOST_PIECES)


class QuoteWordsSerializer(StrictSerializer):
    lines = serializers.ListField(child=WantedLineSerializer(), allow_empty=False, max_length=MOST_LINES)
    pickup_point_id = serializers.UUIDField(allow_null=True, required=False, default=None)


class LineProblemSerializer(serializers.Serializer[Any]):
    """What stands in a line's way."""

    code = serializers.CharField()
    sentence = serializers.CharField()


class QuotedLineSerializer(serializers.Serializer[Any]):
    campaign_item_id = serializers.UUIDField()
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    total = MoneySerializer()
    available = serializers.IntegerField()
    problem = LineProblemSerializer(allow_null=True)


class QuoteSerializer(serializers.Serializer[Any]):
    lines = QuotedLineSerializer(many=True)
    total = MoneySerializer()
    can_order = serializers.BooleanField()


class Quotes(StoreView):
    permission_classes = (AllowAny,)

    @operation(
        "quoteLines",
        "试算：价格、库存、限购（可不登录）",
        body=QuoteWordsSerializer,
        asked={
            "lines": [{"campaign_item_id": examples.ITEM_ID, "quantity": 2}],
            "pickup_point_id": examples.POINT_ID,
        },
        answer=QuoteSerializer,
        example={
            "lines": [
                {
                    "campaign_item_id": examples.ITEM_ID,
                    "quantity": 2,
                    "unit_price": examples.yuan(590),
                    "total": examples.yuan(1180),
                    "available": 37,
                    "problem": None,
                }
            ],
            "total": examples.yuan(1180),
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
            now=clock.now(),
        )
        return Response(_quote_shape(quote))


def wanted_lines(lines: list[dict[str, Any]]) -> list[WantedLine]:
    """Turn the words of a body into what the stories of a sale take."""
    return [WantedLine(campaign_item_id=line["campaign_item_id"], quantity=line["quantity"]) for line in lines]


def _quote_shape(quote: Quote) -> dict[str, Any]:
    return {
        "lines": [_line_shape(line, quote.currency) for line in quote.lines],
        "total": money(quote.total_minor, quote.currency),
        "can_order": quote.can_order,
    }


def _line_shape(line: QuotedLine, currency: str) -> dict[str, Any]:
    problem = line.problem
    return {
        "campaign_item_id": line.campaign_item_id,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price_minor, currency),
        "total": money(line.total_minor, currency),
        "available": line.available,
        "problem": problem and {"code": problem.code, "sentence": str(problem.sentence)},
    }
