"""Giving batches to order lines: what is over soonest goes first, if it is still good when it is fetched."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ids import new_id
from tenants.inventory.models import SELLING_BATCHES, Batch, MoveKind, ShelfRule, Stock, StockMove
from tenants.inventory.selectors import store_day
from tenants.inventory.services.hold_batch import ReasonMissing
from tenants.inventory.services.move_batch import locked_stock, move_batch
from tenants.journal.services import Actor, record
from tenants.orders.models import OrderLine
from tenants.tracing.models import LineBatch
from tenants.tracing.selectors import LineBatchMissing, paid_lines


@dataclass(frozen=True, slots=True)
class Allocated:
    """What a run gave, and what it could not: pieces of lines for which no batch is good and long enough."""

    pieces: int
    short: int


class NotThisBatch(Refused):
    """The batch is of other goods or another warehouse, or has too little, or may not be sold."""

    code, kind = "not_this_batch", Kind.CONFLICT
    sentence = _("这个批次不能用：不是同一商品和仓库，数量不够，或已停售。")


def allocate_batches(*, now: datetime, pickup_date: date | None = None) -> Allocated:
    """Give batches to the paid lines whose group buy is cut off, of one pickup day or of all from yesterday on.

    First over, first out; a batch must be good for the product's ``min_remaining_days`` after the pickup day. Safe to
    repeat and to be run by two at once: a line gets what it still lacks. What keeps no batches is passed over.
    """
    lines = paid_lines().filter(given__lt=F("live"), campaign_item__campaign__cutoff_at__lte=now)
    if pickup_date is not None:
        lines = lines.filter(order__pickup_date=pickup_date)
    else:
        lines = lines.filter(order__pickup_date__gte=store_day(now) - timedelta(days=1))
    wanted = list(lines.order_by("order__paid_at", "pk").values_list("pk", Coalesce("stock_sku", "sku")))
    places = _places_of([line_id for line_id, _sku in wanted])
    groups: dict[UUID, list[UUID]] = defaultdict(list)
    for line_id, sku_id in wanted:
        stock_id = places.get(line_id, {}).get(sku_id)
        if stock_id is not None:
            groups[stock_id].append(line_id)
    given = [_serve(stock_id, groups[stock_id], now) for stock_id in sorted(groups)]
    return Allocated(pieces=sum(one.pieces for one in given), short=sum(one.short for one in given))


def choose_batch(*, line_batch_id: UUID, lot: str, reason: str, by_name: str, now: datetime) -> LineBatch:
    """Give a line its pieces from another batch than the rule chose.

    :raises LineBatchMissing, NotThisBatch, ReasonMissing:
    """
    if not reason.strip():
        raise ReasonMissing(fields={"reason": [ReasonMissing.sentence]})
    stock_id = LineBatch.objects.filter(pk=line_batch_id).values_list("batch__stock_id", flat=True).first()
    if stock_id is None:
        raise LineBatchMissing
    with transaction.atomic(durable=True):
        locked_stock(stock_id)
        rows = LineBatch.objects.select_for_update(of=("self",)).select_related("batch")
        row = rows.filter(pk=line_batch_id).first()
        if row is None:
            raise LineBatchMissing
        others = Batch.objects.select_for_update().filter(stock=stock_id, lot=lot.strip())
        other = others.exclude(pk=row.batch_id).first()
        if other is None or other.state not in SELLING_BATCHES or other.on_hand < row.quantity:
            raise NotThisBatch(fields={"lot": [NotThisBatch.sentence]})
        before = row.batch
        line_id, quantity = row.order_line_id, row.quantity
        _move(before, quantity, now, new_id(), reason, by_name)
        row.delete()
        made = _give(other, line_id, quantity, now, reason, by_name)
        actor = Actor(kind="person", name=by_name)
        record(
            what="batch.chosen",
            subject=made,
            at=now,
            actor=actor,
            reason=reason[:120],
            line_id=str(line_id),
            lots=[before.lot, other.lot],
            pieces=quantity,
        )
    return made


def _places_of(line_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, UUID]]:
    # A line was taken out of the warehouse its move names; without batches there is nothing to give
    moves = StockMove.objects.filter(kind=MoveKind.TAKE, ref_id__in=line_ids)
    taken = list(moves.values_list("ref_id", "sku_id", "warehouse_id"))
    kept = Stock.objects.filter(sku__in={sku_id for _line, sku_id, _place in taken}, batches__isnull=False).distinct()
    stock_ids = {(sku_id, place_id): pk for pk, sku_id, place_id in kept.values_list("pk", "sku_id", "warehouse_id")}
    found: dict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for line_id, sku_id, place_id in taken:
        if line_id is not None and (sku_id, place_id) in stock_ids:
            found[line_id][sku_id] = stock_ids[sku_id, place_id]
    return found


def _serve(stock_id: UUID, line_ids: Sequence[UUID], now: datetime) -> Allocated:
    pieces = short = 0
    with transaction.atomic():
        stock = locked_stock(stock_id)
        rule = ShelfRule.objects.filter(product__skus=stock.sku_id).first()
        extra = timedelta(days=rule.min_remaining_days if rule else 0)
        good = Q(expires_on__isnull=True) | Q(expires_on__gte=store_day(now))
        found = Batch.objects.select_for_update().filter(good, stock=stock, state__in=SELLING_BATCHES, on_hand__gt=0)
        batches = list(found.order_by(F("expires_on").asc(nulls_last=True), "pk"))
        lines = paid_lines().filter(pk__in=line_ids).select_related("order").order_by("order__paid_at", "pk")
        for line in lines:
            rest = max(0, line.live - line.given)
            for batch in _long_enough(batches, line, extra):
                part = min(rest, batch.on_hand)
                if part > 0:
                    _give(batch, line.pk, part, now, "", "")
                    rest -= part
                    pieces += part
            short += rest
    return Allocated(pieces, short)


def _long_enough(batches: Sequence[Batch], line: OrderLine, extra: timedelta) -> list[Batch]:
    until = line.order.pickup_date + extra
    return [batch for batch in batches if batch.expires_on is None or batch.expires_on >= until]


def _give(batch: Batch, line_id: UUID, quantity: int, now: datetime, reason: str, by_name: str) -> LineBatch:
    row: LineBatch = LineBatch.objects.create(
        order_line_id=line_id, batch=batch, quantity=quantity, at=now, reason=reason[:120], by_name=by_name[:60]
    )
    _move(batch, -quantity, now, row.pk, reason, by_name)
    return row


def _move(batch: Batch, pieces: int, now: datetime, ref_id: UUID, reason: str, by_name: str) -> None:
    move_batch(
        batch=batch,
        kind=MoveKind.ALLOCATE,
        pieces=pieces,
        at=now,
        reason=reason,
        by_name=by_name,
        ref_id=ref_id,
        of_batch_alone=True,
    )
