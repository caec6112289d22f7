"""The time to pay runs out."""

from datetime import datetime

from django.db import transaction

from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.sales.services.close_unpaid import close_unpaid
from tenants.sales.services.stop_charging import stop_charging
from tenants.sales.services.turns import Turns

REASON = "超时未付款"
_BATCH = 200


def expire_orders(*, now: datetime) -> int:
    """Close the orders whose reservation has ended and give their goods back; return how many.

    Each is a transaction of its own, so one that fails keeps none of the others. Until this has run, whoever reads
    such an order is shown it as closed (``Order.shown_state``).
    """
    closed, turns = 0, Turns()
    while due := _due(now):
        before = closed
        for order in due:
            with turns.one("expire", order.pk):
                closed += _expire(order, now)
        if closed == before:
            break  # every one of them is held by somebody else, or fails: the next run finds them
    turns.over()
    return closed


def _due(now: datetime) -> list[Order]:
    waiting = Order.objects.filter(state=OrderState.PENDING_PAYMENT, expires_at__lte=now)
    return list(waiting.order_by("expires_at")[:_BATCH])


def _expire(order: Order, now: datetime) -> int:
    stop_charging(order=order, now=now)
    with transaction.atomic(durable=True):
        held = Order.objects.select_for_update(no_key=True, skip_locked=True).filter(
            pk=order.pk, state=OrderState.PENDING_PAYMENT
        )
        locked = held.first()
        if locked is None:
            return 0
        close_unpaid(order=locked, reason=REASON, actor=Actor(kind="task", name="系统"), now=now)
    return 1
