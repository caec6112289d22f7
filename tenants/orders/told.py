"""What other programs are told of an order: ids, amounts and states, and nobody's name or phone."""

from typing import Any

from tenants.orders.models import Order


def told(order: Order) -> dict[str, Any]:
    """Write an order for a webhook; whoever needs more asks the open API for it."""
    return {
        "order_id": str(order.pk),
        "number": order.number,
        "state": str(order.state),
        "total": {"amount": order.total_minor, "currency": order.currency},
        "paid": {"amount": order.paid_minor, "currency": order.currency},
        "refunded": {"amount": order.refunded_minor, "currency": order.currency},
        "pickup_point_id": str(order.pickup_point_id),
        "pickup_date": order.pickup_date.isoformat(),
    }
