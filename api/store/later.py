"""Short pieces that come on a later day: who will not wait gets the money back."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.schema import operation
from api.store import examples
from api.store.order_examples import PAID_EXAMPLE
from api.store.order_shapes import order_shapes
from api.store.orders import OrderSerializer
from api.views import StoreView
from kit import clock
from tenants.aftersales.services.refuse_later import NothingToRefuse, refuse_later
from tenants.orders.selectors import OrderMissing, order_of


class Refusal(StoreView):
    @operation(
        "refuseLater",
        "不等下一批：改到以后送达的部分原路退款",
        answer=OrderSerializer,
        status=201,
        example={**PAID_EXAMPLE, "refunded": examples.yuan(590)},
        refusals=(OrderMissing, NothingToRefuse),
        tag="orders",
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        now, member = clock.now(), member_asking(request)
        order = refuse_later(line_id=line_id, member=member, now=now)
        return Response(order_shapes([order_of(member=member, order_id=order.pk, now=now)], now=now)[0], status=201)
