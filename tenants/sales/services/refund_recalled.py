"""Giving back the money for goods that were called back."""

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from kit.money import round_half_away
from tenants.journal.services import Actor, record
from tenants.orders.models import Order
from tenants.payments.models import Payment, PaymentState
from tenants.payments.services import MoreThanPaid, request_refund
from tenants.tracing.models import RecalledLine
from tenants.tracing.services.recall import lock_recall


def refund_recalled(*, recall_id: UUID, by_name: str, now: datetime) -> tuple[int, int]:
    """Ask for the money of every line of an open recall to go back; say how many lines, and how many could not.

    A line is refunded once a recall, in a transaction of its own, so that one that fails keeps no other waiting. The
    money alone moves: commission and counters are the business of the refund by lines, which will stand here.

    :raises RecallMissing:
    """
    with transaction.atomic(durable=True):
        recall = lock_recall(recall_id)
        waiting = list(recall.lines.filter(refunded_minor=0).order_by("pk").values_list("pk", flat=True))
    done = [_refund(line_id, by_name=by_name, now=now) for line_id in waiting]
    return sum(done), len(done) - sum(done)


def _refund(recalled_id: UUID, *, by_name: str, now: datetime) -> bool:
    order_id = RecalledLine.objects.values_list("order_line__order_id", flat=True).get(pk=recalled_id)
    try:
        with transaction.atomic(durable=True):
            order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
            recalled = (
                RecalledLine.objects.select_for_update(of=("self",))
                .select_related("order_line", "recall")
                .get(pk=recalled_id)
            )
            if recalled.refunded_minor:
                return True
            line = recalled.order_line
            amount = round_half_away(Fraction(line.net_minor * recalled.quantity, line.quantity))
            payment = Payment.objects.filter(order=order, state=PaymentState.SUCCEEDED).order_by("-attempt").first()
            if payment is None or not amount:
                return False
            reason = gettext("商品召回：%(title)s") % {"title": recalled.recall.title}
            key = f"recall:{recalled.pk}"
            request_refund(payment=payment, amount_minor=amount, reason=reason, at=now, key=key, is_return=False)
            recalled.refunded_minor = amount
            recalled.save(update_fields=["refunded_minor"])
            actor = Actor(kind="person", name=by_name)
            record(
                what="order.refund_requested", subject=order, at=now, actor=actor, reason=reason, amount_minor=amount
            )
    except MoreThanPaid:
        return False
    return True
