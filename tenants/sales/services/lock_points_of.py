"""A basket's points are held by the orders it became, each as many as its share of what they take off."""

from collections.abc import Sequence
from uuid import UUID

from kit.money import allocate
from tenants.members.models import Member
from tenants.orders.models import OrderLine
from tenants.points.services.spend import lock_points
from tenants.promotions.pricing import Source
from tenants.sales.services.quote_lines import Quote


def lock_points_of(*, quote: Quote, member: Member, lines: Sequence[OrderLine]) -> None:
    """Hold the points a quote spends, in the caller's transaction. So each order uses, frees and restores its own.

    :raises PointsGone:
    """
    if not quote.points or not quote.points.points:
        return
    order_of = {line.campaign_item_id: line.order_id for line in lines}
    off: dict[UUID, int] = {}
    for line in quote.lines:
        for share in line.shares:
            if share.source == Source.POINTS:
                order_id = order_of[line.campaign_item_id]
                off[order_id] = off.get(order_id, 0) + share.off_minor
    points = allocate(quote.points.points, list(off.values()))
    for (order_id, off_minor), many in zip(off.items(), points, strict=True):
        lock_points(member=member, basket=order_id, points=many, off_minor=off_minor)
