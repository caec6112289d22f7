"""How orders that were placed together are told of beside one of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers

from api.shapes import money
from api.store.words import MoneySerializer
from tenants.orders.models import Order, OrderState


class OrderTogetherSerializer(serializers.Serializer[Any]):
    """One order of a checkout."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=OrderState.values)
    state_label = serializers.CharField()
    pickup_date = serializers.DateField()
    total = MoneySerializer()


class OrderCheckoutSerializer(serializers.Serializer[Any]):
    """With which orders one was placed, itself among them; ``to_pay`` is what paying it takes now, for all of them."""

    id = serializers.UUIDField()
    to_pay = MoneySerializer()
    orders = OrderTogetherSerializer(many=True)


def checkout_shape(orders: Sequence[Order], *, now: datetime) -> dict[str, Any] | None:
    """Write the orders of one checkout; nothing where an order was placed alone."""
    if not orders:
        return None
    first = orders[0]
    return {
        "id": first.checkout_id,
        "to_pay": money(sum(order.total_minor for order in orders if order.can_be_paid(now)), first.currency),
        "orders": [_order_shape(order, now) for order in sorted(orders, key=lambda one: (one.pickup_date, one.pk))],
    }


def _order_shape(order: Order, now: datetime) -> dict[str, Any]:
    state = order.shown_state(now)
    return {
        "id": order.pk,
        "number": order.number,
        "state": state.value,
        "state_label": str(state.label),
        "pickup_date": order.pickup_date,
        "total": money(order.total_minor, order.currency),
    }
