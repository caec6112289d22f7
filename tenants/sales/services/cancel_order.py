"""A member gives up an order."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import OrderMissing
from tenants.sales.services.cancel_paid_order import cancel_paid_order, cancellable_paid
from tenants.sales.services.close_unpaid import close_unpaid
from tenants.sales.services.stop_charging import stop_charging

_NO_REASON = "顾客取消"


class NotCancellable(Refused):
    """The order is paid and cut off, or partly fetched: giving money back is for the store to decide."""

    code, kind, sentence = "not_cancellable", Kind.CONFLICT, _("订单已付款，如需取消请联系店铺。")


def cancel_order(*, order_id: UUID, member: Member, reason: str, now: datetime) -> Order:
    """Close a member's unpaid order, or give a paid one back whole until it is cut off. Safe to repeat.

    A charge under way is taken back first; if it turns out to be paid, the order stays.

    :raises OrderMissing, NotCancellable:
    """
    own = Order.objects.filter(pk=order_id, member=member)
    order = own.first()
    if order is None:
        raise OrderMissing
    was_free = cancellable_paid([order], now=now)
    if order.state == OrderState.PENDING_PAYMENT:
        stop_charging(order=order, now=now)
    actor = Actor(kind="member", id=str(member.id), name=member.nickname)
    if order.pk in was_free:
        return cancel_paid_order(order=order, actor=actor, reason=reason.strip() or _NO_REASON, now=now)
    with transaction.atomic(durable=True):
        order = own.select_for_update(no_key=True).get()
        if order.state == OrderState.PENDING_PAYMENT:
            close_unpaid(order=order, reason=reason.strip() or _NO_REASON, actor=actor, now=now)
        elif order.state not in (OrderState.CLOSED, OrderState.CANCELLED):
            raise NotCancellable
    return order
