"""预售: whoever paid a deposit is told once that the balance can be paid now."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from kit.web.format import moment, money
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderState

_BATCH = 200


def remind_balances(*, now: datetime) -> int:
    """Tell members by SMS and in the order that their balance can be paid; once an order; return how many."""
    due = Order.objects.filter(
        state=OrderState.PENDING_PAYMENT,
        deposit_paid_at__isnull=False,
        reminded_at=None,
        balance_from__lte=now,
        balance_until__gt=now,
    )
    return sum(_remind(order, now) for order in due.select_related("member").order_by("balance_from", "pk")[:_BATCH])


def _remind(order: Order, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        # Guarded: two tasks at once, or a payment at this moment, and it is not told
        waiting = Order.objects.filter(pk=order.pk, state=OrderState.PENDING_PAYMENT, reminded_at=None)
        if not waiting.update(reminded_at=now):
            return False
        words = {
            "number": order.number,
            "amount": money(order.due_minor, order.currency),
            "until": moment(order.balance_until),
        }
        text = _("您的预售订单 %(number)s 可以付尾款了：%(amount)s，请在 %(until)s 前付清。") % words
        actor = Actor(kind="task", name="系统")
        record(what="order.balance_due", subject=order, at=now, actor=actor, amount_minor=order.due_minor)
        store = str(current_store().merchant_id)
        transaction.on_commit(partial(send_store_sms.delay, store=store, phone=order.member.phone, text=text))
    return True
