"""Calling goods back: stopped where they are, found where they went, told to those who have them."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from tenants.inventory.models import Batch, BatchState
from tenants.inventory.selectors import BatchMissing
from tenants.inventory.services.hold_batch import ReasonMissing, recall_batch
from tenants.journal.services import Actor, record
from tenants.orders.models import OrderLine
from tenants.tracing.models import LineBatch, Recall, RecalledBatch, RecalledLine, RecallState
from tenants.tracing.selectors import RecallMissing


class NothingChosen(Refused):
    """No batch was chosen, or one that is called back already."""

    code, kind, sentence = "nothing_to_recall", Kind.INVALID, _("请选择要召回的批次；已经召回的不用再选。")


class StillToRefund(Refused):
    """A recall ends when everybody who got the goods has been refunded. Facts: ``left``."""

    code, kind, sentence = "recall_still_to_refund", Kind.CONFLICT, _("还有订单没有退款，先退款再结束召回。")


def start_recall(*, batch_ids: Collection[UUID], title: str, reason: str, by_name: str, now: datetime) -> Recall:
    """Call batches back: none of them is sold or handed out any more, and every line that got some is listed.

    :raises NothingChosen, BatchMissing, ReasonMissing:
    """
    if not reason.strip():
        raise ReasonMissing(fields={"reason": [ReasonMissing.sentence]})
    with transaction.atomic(durable=True):
        # The stock rows in their order, then each one's batches: as every story that holds both takes them
        batches = list(Batch.objects.filter(pk__in=batch_ids).order_by("stock_id", "pk"))
        if len(batches) != len(set(batch_ids)):
            raise BatchMissing
        if not batches or any(batch.state == BatchState.RECALLED for batch in batches):
            raise NothingChosen
        recall = Recall.objects.create(title=title[:60], reason=reason[:200], started_at=now, started_by=by_name)
        for batch in batches:
            recall_batch(batch=batch, reason=title, by_name=by_name, now=now)
        RecalledBatch.objects.bulk_create(
            RecalledBatch(recall=recall, batch=batch, left=batch.on_hand) for batch in batches
        )
        lines = _find(recall, [batch.pk for batch in batches])
        actor = Actor(kind="person", name=by_name)
        lots = [batch.lot for batch in batches]
        record(what="recall.started", subject=recall, at=now, actor=actor, reason=reason[:200], lots=lots, lines=lines)
    return recall


def tell_members(*, recall_id: UUID, by_name: str, now: datetime) -> int:
    """Send everybody who bought recalled goods one message, once; say how many members. :raises RecallMissing:"""
    with transaction.atomic(durable=True):
        recall = lock_recall(recall_id)
        untold = recall.lines.select_for_update(of=("self",)).filter(told_at__isnull=True)
        lines = list(untold.select_related("order_line__order"))
        goods: dict[str, set[str]] = {}
        for line in lines:
            goods.setdefault(line.order_line.order.contact_phone, set()).add(line.order_line.title)
        store = current_store()
        for phone, titles in goods.items():
            text = gettext("您购买的%(goods)s正在召回：%(reason)s。请不要食用，货款会原路退回。") % {
                "goods": "、".join(sorted(titles)),
                "reason": recall.reason,
            }
            send = partial(send_store_sms.delay, store=str(store.merchant_id), phone=phone, text=text)
            transaction.on_commit(send)
        RecalledLine.objects.filter(pk__in=[line.pk for line in lines]).update(told_at=now)
        actor = Actor(kind="person", name=by_name)
        record(what="recall.told", subject=recall, at=now, actor=actor, members=len(goods))
    return len(goods)


def close_recall(*, recall_id: UUID, by_name: str, now: datetime) -> Recall:
    """End a recall; its batches stay called back. :raises RecallMissing, StillToRefund:"""
    with transaction.atomic(durable=True):
        recall = lock_recall(recall_id)
        left = recall.lines.filter(refunded_minor=0, order_line__net_minor__gt=0).count()
        if left:
            raise StillToRefund(left=left)
        recall.state, recall.closed_at, recall.closed_by = RecallState.CLOSED, now, by_name
        recall.save(update_fields=["state", "closed_at", "closed_by"])
        record(what="recall.closed", subject=recall, at=now, actor=Actor(kind="person", name=by_name))
    return recall


def lock_recall(recall_id: UUID) -> Recall:
    """Hold an open recall until the transaction ends. :raises RecallMissing: also for one that has ended."""
    recall = Recall.objects.select_for_update().filter(pk=recall_id, state=RecallState.OPEN).first()
    if recall is None:
        raise RecallMissing
    return recall


def _find(recall: Recall, batch_ids: list[UUID]) -> int:
    pieces: Counter[UUID] = Counter()
    for line_id, quantity in LineBatch.objects.filter(batch__in=batch_ids).values_list("order_line_id", "quantity"):
        pieces[line_id] += quantity
    lines = OrderLine.objects.in_bulk(list(pieces))
    RecalledLine.objects.bulk_create(
        RecalledLine(
            recall=recall,
            order_line=lines[line_id],
            quantity=quantity,
            was_handed=lines[line_id].handed_quantity >= lines[line_id].quantity,
        )
        for line_id, quantity in pieces.items()
    )
    return len(pieces)
