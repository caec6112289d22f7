"""Counting a warehouse blind: noted first, counted by several, approved by another when much is at stake."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import ProductState, Sku
from tenants.inventory.models import Stock, StockTake, StockTakeLine, StockTakeState
from tenants.inventory.selectors import warehouse_with_id
from tenants.inventory.services.adjust_stock import adjust_stock
from tenants.inventory.services.receive_stock import MOST_PIECES, WrongPieces
from tenants.journal.services import Actor, record

APPROVAL_ABOVE_MINOR = 20_000  # differences worth more than this need a second person


class TakeMissing(Refused):
    """There is no such stock-take, or no such line in it."""

    code, kind, sentence = "take_missing", Kind.MISSING, _("没有找到这次盘点。")


class TakeMoved(Refused):
    """The stock-take is in another state than the one in which this can be done."""

    code, kind, sentence = "take_moved", Kind.CONFLICT, _("这次盘点的状态已经变了，请刷新后再看。")


class NothingCounted(Refused):
    """Nobody counted anything."""

    code, kind, sentence = "nothing_counted", Kind.CONFLICT, _("还没有数过任何商品。")


class SecondPersonNeeded(Refused):
    """Who ended the counting may not approve it when the differences are worth much."""

    code, kind, sentence = "second_person_needed", Kind.FORBIDDEN, _("差异金额较大，要由另一位同事复核。")


def start_take(*, warehouse_id: UUID, name: str, by_name: str, now: datetime) -> StockTake:
    """Begin to count a warehouse: what the books say of each SKU there is noted. :raises WarehouseMissing:"""
    with transaction.atomic(durable=True):
        take = StockTake.objects.create(
            warehouse=warehouse_with_id(warehouse_id), name=name[:60], started_at=now, started_by=by_name
        )
        there = dict(Stock.objects.filter(warehouse=warehouse_id).values_list("sku", "on_hand"))
        skus = Sku.objects.filter(pk__in=there, is_active=True).exclude(product__state=ProductState.OFF_SHELF)
        StockTakeLine.objects.bulk_create(StockTakeLine(take=take, sku=sku, expected=there[sku.pk]) for sku in skus)
        record(what="take.started", subject=take, at=now, actor=Actor(kind="person", name=by_name))
    return take


def count_line(*, line_id: UUID, counted: int, by_name: str, now: datetime) -> StockTakeLine:
    """Note what somebody counted; the last count holds, all are kept. :raises TakeMissing, TakeMoved, WrongPieces:"""
    if not 0 <= counted <= MOST_PIECES:
        sentence = gettext("盘点数要填 0 到 1,000,000 之间的整数。")
        raise WrongPieces(sentence, fields={"counted": [sentence]})
    with transaction.atomic(durable=True):
        locked = StockTakeLine.objects.select_for_update(of=("self",)).select_related("take")
        line = locked.filter(pk=line_id).first()
        if line is None:
            raise TakeMissing
        if line.take.state != StockTakeState.COUNTING:
            raise TakeMoved
        line.counted = counted
        line.counts = [*line.counts, [by_name, counted, now.isoformat()]]
        line.save(update_fields=["counted", "counts"])
    return line


def end_counting(*, take_id: UUID, by_name: str, now: datetime) -> StockTake:
    """Say that counting is over: differences are shown from here on. :raises TakeMissing, TakeMoved, NothingCounted:"""
    with transaction.atomic(durable=True):
        take = _held(take_id, StockTakeState.COUNTING)
        if not take.lines.filter(counted__isnull=False).exists():
            raise NothingCounted
        take.state, take.closed_at, take.closed_by = StockTakeState.WAITING, now, by_name
        take.save(update_fields=["state", "closed_at", "closed_by"])
        record(what="take.counted", subject=take, at=now, actor=Actor(kind="person", name=by_name))
    return take


def approve_take(*, take_id: UUID, by_name: str, now: datetime) -> StockTake:
    """Book the differences, once. What was sold meanwhile stays sold: the difference is booked, not the count.

    :raises TakeMissing, TakeMoved, SecondPersonNeeded, CountedBelowReserved:
    """
    with transaction.atomic(durable=True):
        take = _held(take_id, StockTakeState.WAITING)
        lines = list(take.lines.filter(counted__isnull=False).select_related("sku").order_by("sku_id"))
        if worth_of(lines) > APPROVAL_ABOVE_MINOR and by_name in (take.closed_by, take.started_by):
            raise SecondPersonNeeded
        for line in lines:
            difference = (line.counted or 0) - line.expected
            if difference:
                stock = Stock.objects.select_for_update(no_key=True).get(sku=line.sku_id, warehouse=take.warehouse_id)
                adjust_stock(
                    sku_id=line.sku_id,
                    counted=max(0, stock.on_hand + difference),
                    reason=gettext("盘点：%(name)s") % {"name": take.name},
                    by_name=by_name,
                    now=now,
                    warehouse_id=take.warehouse_id,
                )
        take.state, take.approved_by = StockTakeState.DONE, by_name
        take.save(update_fields=["state", "approved_by"])
        record(what="take.approved", subject=take, at=now, actor=Actor(kind="person", name=by_name))
    return take


def drop_take(*, take_id: UUID, by_name: str, now: datetime) -> StockTake:
    """Give a stock-take up; nothing is booked. :raises TakeMissing, TakeMoved:"""
    with transaction.atomic(durable=True):
        take = _held(take_id, StockTakeState.COUNTING, StockTakeState.WAITING)
        take.state = StockTakeState.DROPPED
        take.save(update_fields=["state"])
        record(what="take.dropped", subject=take, at=now, actor=Actor(kind="person", name=by_name))
    return take


def worth_of(lines: list[StockTakeLine]) -> int:
    """Say what the differences are worth in minor units, over and short added up, by cost or else by price."""
    return sum(abs(difference_of(line)) * (line.sku.cost_minor or line.sku.price_minor) for line in lines)


def difference_of(line: StockTakeLine) -> int:
    """Say how many pieces more (or fewer) were counted than the books say; nothing where nobody counted."""
    return 0 if line.counted is None else line.counted - line.expected


def _held(take_id: UUID, *states: StockTakeState) -> StockTake:
    take = StockTake.objects.select_for_update(of=("self",)).select_related("warehouse").filter(pk=take_id).first()
    if take is None:
        raise TakeMissing
    if take.state not in states:
        raise TakeMoved
    return take
