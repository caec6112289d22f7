"""The tables of orders: what was agreed, what came off it, and what was given back."""

from tenants.orders.models.baskets import CartLine, DiscountSource, LineDiscount
from tenants.orders.models.desk import SavedFilter, StaffRemark
from tenants.orders.models.orders import (
    LIVE_STATES,
    PAID_STATES,
    Checkout,
    LineState,
    Order,
    OrderLine,
    OrderState,
)
from tenants.orders.models.refunds import LineRefund, OrderRefund

__all__ = [
    "LIVE_STATES",
    "PAID_STATES",
    "CartLine",
    "Checkout",
    "DiscountSource",
    "LineDiscount",
    "LineRefund",
    "LineState",
    "Order",
    "OrderLine",
    "OrderRefund",
    "OrderState",
    "SavedFilter",
    "StaffRemark",
]
