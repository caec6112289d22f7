"""Reading orders whose deposit is paid and whose balance is not."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Sum

from tenants.orders.models import Order, OrderLine, OrderState


@dataclass(frozen=True, slots=True)
class Awaited:
    """How many orders of a presale wait for their balance, and how much that is together."""

    orders: int
    minor: int


def balances_awaited(campaign_id: UUID) -> Awaited:
    """Sum what is still to be paid of a campaign's deposits. One statement."""
    lines = OrderLine.objects.filter(campaign_item__campaign=campaign_id)
    waiting = Order.objects.filter(
        pk__in=lines.values("order"), state=OrderState.PENDING_PAYMENT, deposit_paid_at__isnull=False
    )
    counted = waiting.aggregate(orders=Count("pk"), minor=Sum(F("total_minor") - F("deposit_minor")))
    return Awaited(counted["orders"], counted["minor"] or 0)
