"""What an order's discounts were paid with comes back when the order does."""

from datetime import datetime

from tenants.orders.models import Order, OrderState
from tenants.promotions.services.use_coupon import return_coupon


def restore_discounts(*, order: Order, now: datetime) -> bool:
    """Give a coupon back whose whole order was given back, where its kind says so; say whether one went back.

    In the transaction of the refund. A part of an order keeps its coupon used: its share of the discount is in the
    line's net amount already, and only that amount goes back (market-and-domain.md C17).
    """
    return order.state == OrderState.CANCELLED and return_coupon(basket=order.pk, now=now)
