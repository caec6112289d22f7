"""Stopping a batch, letting it go on, and noticing that its time is over."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import SELLING_BATCHES, Batch, BatchState, ShelfRule
from tenants.inventory.selectors import BatchMissing, store_day
from tenants.inventory.services.move_batch import locked_stock, set_batch_state
from tenants.journal.services import Actor, record


class NotOnSale(Refused):
    """The batch is in another state than the one in which this can be done."""

    code, kind, sentence = "batch_in_other_state", Kind.CONFLICT, _("这个批次的状态已经变了，请刷新后再看。")


class ReasonMissing(Refused):
    """Somebody will ask why."""

    code, kind, sentence = "reason_missing", Kind.INVALID, _("请写明原因。")


def hold_batch(*, batch_id: UUID, reason: str, by_name: str, now: datetime) -> Batch:
    """Stop selling a batch. :raises BatchMissing, NotOnSale, ReasonMissing:"""
    if not reason.strip():
        raise ReasonMissing(fields={"reason": [ReasonMissing.sentence]})
    return _change(batch_id, SELLING_BATCHES, BatchState.HOLD, reason=reason, by_name=by_name, now=now)


def unhold_batch(*, batch_id: UUID, reason: str, by_name: str, now: datetime) -> Batch:
    """Sell a stopped batch again; one that is over meanwhile becomes expired. :raises BatchMissing, NotOnSale:"""
    return _change(batch_id, (BatchState.HOLD,), BatchState.AVAILABLE, reason=reason, by_name=by_name, now=now)


def recall_batch(*, batch: Batch, reason: str, by_name: str, now: datetime) -> None:
    """Stop a batch for good, in the transaction of the recall."""
    locked_stock(batch.stock_id)
    batch.refresh_from_db()
    if batch.state != BatchState.RECALLED:
        set_batch_state(batch=batch, state=BatchState.RECALLED, at=now, reason=reason, by_name=by_name)


def expire_batches(*, now: datetime) -> int:
    """Take what is over out of sale and mark what is nearly over, batch by batch; return how many changed.

    Safe to repeat and to be run by two at once.
    """
    today = store_day(now)
    rules = dict(ShelfRule.objects.filter(near_days__gt=0).values_list("product_id", "near_days"))
    near = Q(pk__in=[])
    for days in set(rules.values()):
        near |= Q(
            expires_on__lte=today + timedelta(days=days), state=BatchState.AVAILABLE, stock__sku__product__in=rules
        )
    due = Batch.objects.filter(Q(expires_on__lt=today, state__in=SELLING_BATCHES) | near, on_hand__gt=0)
    found = list(due.annotate(product_id=F("stock__sku__product")).values_list("pk", "product_id"))
    return sum(_age(batch_id, rules.get(product_id, 0), now) for batch_id, product_id in found)


def _age(batch_id: UUID, near_days: int, now: datetime) -> bool:
    with transaction.atomic():
        batch = _held(batch_id)
        left = batch.days_left(store_day(now))
        if left is None or batch.state not in SELLING_BATCHES:
            return False
        state = BatchState.EXPIRED if left < 0 else BatchState.NEAR_EXPIRY if left <= near_days else batch.state
        if state == batch.state:
            return False
        set_batch_state(batch=batch, state=BatchState(state), at=now, reason=gettext("保质期"))
        record(what=f"batch.{state}", subject=batch, at=now, actor=Actor(kind="task", name="系统"), left=left)
    return True


def _change(
    batch_id: UUID, before: tuple[BatchState, ...], after: BatchState, *, reason: str, by_name: str, now: datetime
) -> Batch:
    with transaction.atomic(durable=True):
        batch = _held(batch_id)
        if batch.state not in before:
            raise NotOnSale
        left = batch.days_left(store_day(now))
        if after == BatchState.AVAILABLE and left is not None and left < 0:
            after = BatchState.EXPIRED
        set_batch_state(batch=batch, state=after, at=now, reason=reason, by_name=by_name)
        actor = Actor(kind="person", name=by_name)
        record(what=f"batch.{after}", subject=batch, at=now, actor=actor, reason=reason[:120])
    return batch


def _held(batch_id: UUID) -> Batch:
    stock_id = Batch.objects.filter(pk=batch_id).values_list("stock_id", flat=True).first()
    if stock_id is None:
        raise BatchMissing
    locked_stock(stock_id)
    batch: Batch = Batch.objects.select_for_update().get(pk=batch_id)
    return batch
