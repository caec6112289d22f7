"""Money that came after a group buy was locked, for goods that were still there: a person decides."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import CampaignItem, LateOrder
from tenants.campaigns.services.change_quota import QuotaShort
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderLine
from tenants.orders.selectors import OrderMissing
from tenants.sales.services.refund_lines import refund_held

REASON = "截单后才付款，店铺未加单"


class LateDecided(Refused):
    """Somebody decided about this order before."""

    code, kind, sentence = "late_decided", Kind.CONFLICT, _("这张订单已经处理过了。")


def refuse_failed(lines: Sequence[OrderLine]) -> None:
    """Keep late money out of items that were judged too few, in the caller's transaction. :raises QuotaShort:"""
    item_ids = [line.campaign_item_id for line in lines]
    failed = CampaignItem.objects.filter(pk__in=item_ids, failed_at__isnull=False)
    if found := frozenset(failed.values_list("pk", flat=True)):
        raise QuotaShort(found)


def note_late(*, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Put an order that was paid after its group buy was locked on the list of late ones; once an order."""
    items = CampaignItem.objects.filter(pk__in=[line.campaign_item_id for line in lines])
    locked = (
        items.filter(campaign__locked_at__isnull=False).order_by("campaign_id").values_list("campaign_id", flat=True)
    )
    if campaign_id := locked.first():
        LateOrder.objects.get_or_create(order_id=order.pk, defaults={"campaign_id": campaign_id, "at": now})


def decide_late(*, order_id: UUID, keep: bool, now: datetime, by_name: str) -> LateOrder:
    """Let a late order stand, or give it back whole. Safe to repeat with the same answer.

    :raises OrderMissing, LateDecided, NotRefundable, MoreThanPaid:
    """
    with transaction.atomic(durable=True):
        late = LateOrder.objects.filter(order_id=order_id).first()
        if late is None:
            raise OrderMissing
        actor = Actor(kind="person", name=by_name)
        if not keep and late.is_kept is None:
            # First the order, as everywhere: the row of the list is held after it
            refund_held(order_id=order_id, wanted=None, reason=REASON, actor=actor, key=f"late:{late.pk}", now=now)
        late = LateOrder.objects.select_for_update().get(pk=late.pk)
        if late.is_kept is not None:
            if late.is_kept == keep:
                return late
            raise LateDecided
        late.is_kept, late.decided_at, late.decided_by = keep, now, by_name[:60]
        late.save(update_fields=["is_kept", "decided_at", "decided_by"])
        record(what="order.late_decided", subject=Order(pk=order_id), at=now, actor=actor, kept=keep)
    return late
