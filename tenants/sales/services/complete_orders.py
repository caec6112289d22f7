"""An order is done when nobody may complain any more."""

from datetime import datetime, timedelta

from django.db import transaction

from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderState
from tenants.sales.services.points_of_order import earn_points

AFTER_SALES_WINDOW = timedelta(hours=48)  # market-and-domain.md C5: 24 to 48 h for fresh food
_MOST = 500  # a run; the next one takes the rest


def complete_orders(*, now: datetime) -> int:
    """Complete orders fetched two days ago and more; return how many. Safe to repeat and to race."""
    fetched = Order.objects.filter(state=OrderState.PICKED_UP, picked_up_at__lte=now - AFTER_SALES_WINDOW)
    actor = Actor(kind="task", name="系统")
    with transaction.atomic(durable=True):
        held = list(fetched.select_for_update(no_key=True, skip_locked=True).order_by("picked_up_at")[:_MOST])
        Order.objects.filter(pk__in=[order.pk for order in held]).update(state=OrderState.COMPLETED, completed_at=now)
        for order in held:
            record(what="order.completed", subject=order, at=now, actor=actor)
        earn_points(orders=held, now=now)
    return len(held)
