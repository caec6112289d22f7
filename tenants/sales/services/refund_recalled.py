"""Giving back the money for goods that were called back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from tenants.journal.services import Actor
from tenants.payments.services import MoreThanPaid
from tenants.sales.services.refund_lines import NotRefundable, WantedRefund, refund_held
from tenants.tracing.models import RecalledLine
from tenants.tracing.services.recall import lock_recall


def refund_recalled(*, recall_id: UUID, by_name: str, now: datetime) -> tuple[int, int]:
    """Give back the pieces of every line of an open recall; say how many lines, and how many could not.

    A line is refunded once a recall, in a transaction of its own, so that one that fails keeps no other waiting.
    Everything follows as with any refund, but the pieces never come back to stock.

    :raises RecallMissing:
    """
    with transaction.atomic(durable=True):
        recall = lock_recall(recall_id)
        found = recall.lines.filter(refunded_minor=0)
        found = found.exclude(order_line__net_minor=0, order_line__refunded_quantity=F("order_line__quantity"))
        waiting = list(found.order_by("pk").values_list("pk", flat=True))
    done = [_refund(line_id, by_name=by_name, now=now) for line_id in waiting]
    return sum(done), len(done) - sum(done)


def _refund(recalled_id: UUID, *, by_name: str, now: datetime) -> bool:
    try:
        with transaction.atomic(durable=True):
            recalled = (
                RecalledLine.objects.select_for_update(of=("self",))
                .select_related("order_line", "recall")
                .get(pk=recalled_id)
            )
            line = recalled.order_line
            boxes = -(-recalled.quantity // line.stock_factor)  # a box with one recalled piece goes back whole
            pieces = min(boxes, line.quantity - line.refunded_quantity)
            if recalled.refunded_minor or not pieces:
                # Somebody gave all of it back before us: nobody is owed anything any more
                recalled.refunded_minor = recalled.refunded_minor or line.refunded_minor
            else:
                recalled.refunded_minor = refund_held(
                    order_id=line.order_id,
                    wanted=[WantedRefund(line.pk, quantity=pieces, lost=True)],
                    reason=gettext("商品召回：%(title)s") % {"title": recalled.recall.title},
                    actor=Actor(kind="person", name=by_name),
                    key=f"recall:{recalled.pk}",
                    now=now,
                ).amount_minor
            recalled.save(update_fields=["refunded_minor"])
    except (MoreThanPaid, NotRefundable):
        return False
    return True
