"""Questions about which batch went where."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import Batch
from tenants.orders.models import PAID_STATES, OrderLine
from tenants.tracing.models import LineBatch, Recall, RecalledLine, RecallState


class RecallMissing(Refused):
    """There is no such recall in this store."""

    code, kind, sentence = "recall_missing", Kind.MISSING, _("没有找到这次召回。")


class LineBatchMissing(Refused):
    """The line does not get its pieces from there any more."""

    code, kind, sentence = "line_batch_missing", Kind.MISSING, _("这条批次记录已经变了，请刷新后再看。")


@dataclass(frozen=True)
class Progress:
    """How far a recall has come."""

    lines: int
    pieces: int
    members: int
    leaders: int
    handed: int
    stopped: int
    told: int
    refunded: int
    refunded_minor: int
    in_stock: int


def paid_lines() -> QuerySet[Any]:
    """List the lines of paid orders with pieces of stock: ``live`` are not taken back, ``given`` have a batch."""
    given = LineBatch.objects.filter(order_line=OuterRef("pk")).order_by().values("order_line")
    return OrderLine.objects.filter(order__state__in=PAID_STATES).annotate(
        given=Coalesce(Subquery(given.annotate(n=Sum("quantity")).values("n")), 0),
        live=(F("quantity") - F("withdrawn_quantity") - F("substituted_quantity")) * F("stock_factor"),
    )


def days_with_batches(*, since: date) -> list[dict[str, Any]]:
    """Say by pickup day and SKU how many pieces are to be given out of batches and how many have one."""
    kept = Exists(Batch.objects.filter(stock__sku=Coalesce(OuterRef("stock_sku"), OuterRef("sku"))))
    lines = paid_lines().filter(kept, order__pickup_date__gte=since).order_by()
    rows = lines.values("order__pickup_date", "sku_id", "title", "sku_label").annotate(
        wanted=Sum("live"), got=Sum("given")
    )
    return [dict(row) for row in rows.order_by("-order__pickup_date", "title", "sku_label")]


def lines_of_batch(batch_id: UUID) -> QuerySet[LineBatch]:
    """List who gets pieces of a batch, with order, leader and member, the latest first."""
    found = LineBatch.objects.filter(batch=batch_id)
    return found.select_related("order_line__order__leader", "order_line__order__member").order_by("-at", "-pk")


def line_batch_with_id(line_batch_id: UUID) -> LineBatch:
    """Fetch from which batch a line gets pieces. :raises LineBatchMissing:"""
    found = LineBatch.objects.filter(pk=line_batch_id).first()
    if found is None:
        raise LineBatchMissing
    return found


@dataclass(frozen=True)
class Stopped:
    """How many of a line's pieces must not go out, and the recall that says so."""

    pieces: int
    title: str


def stopped_pieces(lines: Iterable[OrderLine]) -> dict[UUID, Stopped]:
    """Say of these lines how many waiting pieces an open recall stops; lines that may go out whole are left out.

    A box with one recalled piece stays whole. Where some of a line were handed out before, nobody knows which, so
    that as many as were called back stay.
    """
    waiting = {line.pk: line for line in lines if line.left_to_hand}
    open_ones = RecalledLine.objects.filter(
        order_line__in=waiting, recall__state=RecallState.OPEN, refunded_minor=0
    ).values_list("order_line_id", "quantity", "recall__title")
    stopped: dict[UUID, Stopped] = {}
    for line_id, quantity, title in open_ones:
        line, before = waiting[line_id], stopped.get(line_id, Stopped(0, title))
        boxes = -(-quantity // line.stock_factor)
        stopped[line_id] = Stopped(min(before.pieces + boxes, line.left_to_hand), before.title)
    return stopped


def lines_stopped_at(leader_id: UUID) -> int:
    """Count the lines that wait at a leader's and that an open recall stops."""
    found = RecalledLine.objects.filter(
        order_line__order__leader=leader_id,
        order_line__order__state__in=PAID_STATES,
        order_line__handed_quantity__lt=F("order_line__quantity") - F("order_line__withdrawn_quantity"),
        recall__state=RecallState.OPEN,
        refunded_minor=0,
    )
    return found.values("order_line").distinct().count()


def recalled_pieces(line_ids: Collection[UUID]) -> dict[UUID, int]:
    """Say how many pieces of these order lines were ever called back; lines that never were are left out."""
    found = RecalledLine.objects.filter(order_line__in=line_ids).order_by().values_list("order_line_id")
    return dict(found.annotate(pieces=Sum("quantity")))


def recalls_for_desk(*, query: str = "", state: str = "") -> QuerySet[Recall]:
    """List recalls with ``hit`` lines and ``done`` refunds, the latest first."""
    found = Recall.objects.annotate(hit=Count("lines"), done=Count("lines", filter=Q(lines__refunded_minor__gt=0)))
    if query:
        found = found.filter(Q(title__icontains=query) | Q(batches__batch__lot__icontains=query)).distinct()
    return (found.filter(state=state) if state else found).order_by("-started_at", "-pk")


def recall_with_id(recall_id: UUID) -> Recall:
    """Fetch a recall. :raises RecallMissing:"""
    found = Recall.objects.filter(pk=recall_id).first()
    if found is None:
        raise RecallMissing
    return found


def lines_of_recall(recall_id: UUID) -> QuerySet[RecalledLine]:
    """List the lines of a recall with order, member and leader, those still to be stopped first."""
    found = RecalledLine.objects.filter(recall=recall_id)
    found = found.select_related("order_line__order__leader", "order_line__order__member")
    return found.order_by("was_handed", "order_line__order__leader_name", "pk")


def progress_of(recall_id: UUID) -> Progress:
    """Count what a recall has found and done, in two statements."""
    counts = RecalledLine.objects.filter(recall=recall_id).aggregate(
        lines=Count("pk"),
        pieces=Coalesce(Sum("quantity"), 0),
        members=Count("order_line__order__member", distinct=True),
        leaders=Count("order_line__order__leader", distinct=True),
        handed=Count("pk", filter=Q(was_handed=True)),
        stopped=Count("pk", filter=Q(was_handed=False)),
        told=Count("pk", filter=Q(told_at__isnull=False)),
        refunded=Count("pk", filter=Q(refunded_minor__gt=0)),
        refunded_minor=Coalesce(Sum("refunded_minor"), 0),
    )
    left = Batch.objects.filter(recalls__recall=recall_id).aggregate(n=Coalesce(Sum(F("on_hand")), 0))
    return Progress(**counts, in_stock=left["n"])
