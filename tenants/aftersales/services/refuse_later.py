"""Who does not want to wait for the next wave gets the money back instead."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.selectors import store_day
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine
from tenants.orders.selectors import OrderMissing
from tenants.sales.services.refund_lines import WantedRefund, hold_paid_order, refund_held


class NothingToRefuse(Refused):
    """No piece of the line comes on a later day, its day has come, or it was refused before."""

    code, kind, sentence = "nothing_to_refuse", Kind.CONFLICT, _("这件商品没有等下一批的，或已经到提货日了。")


def refuse_later(*, line_id: UUID, member: Member, now: datetime) -> Order:
    """Give a member the money for pieces that come on a later day, before that day; they go back to stock.

    The second time there is nothing left to refuse.

    :raises OrderMissing: also for another member's line. NothingToRefuse, and what ``refund_lines`` raises:
    """
    with transaction.atomic(durable=True):
        order_id = OrderLine.objects.filter(pk=line_id, order__member=member).values_list("order", flat=True).first()
        if order_id is None:
            raise OrderMissing
        held = hold_paid_order(order_id)
        line = held.lines[line_id]
        if not may_refuse(line, now):
            raise NothingToRefuse
        refund_held(
            order_id=order_id,
            wanted=[WantedRefund(line.pk, quantity=line.later_left, later=True)],
            reason=gettext("不等下一批"),
            actor=Actor(kind="member", id=str(member.pk), name=member.nickname),
            key=f"later:{line.pk}:{line.refunded_quantity}",
            now=now,
        )
    return held.order


def may_refuse(line: OrderLine, now: datetime) -> bool:
    """Say whether pieces of a line wait for a later day that has not come."""
    return bool(line.later_left and line.later_on and line.later_on > store_day(now))
