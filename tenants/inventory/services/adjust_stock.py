"""What was counted on the shelf, and what was thrown away."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import DEFAULT_WAREHOUSE, Batch, BatchState, MoveKind, Stock, StockMove
from tenants.inventory.services.hold_batch import ReasonMissing
from tenants.inventory.services.move_batch import locked_stock, move_batch, set_batch_state
from tenants.inventory.services.receive_stock import (
    MOST_PIECES,
    WrongPieces,
    refuse_larger_form,
    stock_row,
)


class CountedBelowReserved(Refused):
    """Fewer pieces were counted than orders already hold. Facts: ``reserved``."""

    code, kind = "counted_below_reserved", Kind.CONFLICT
    sentence = _("盘点数不能少于订单已占用的数量，请先处理这些订单。")


class MoreThanThere(Refused):
    """More was to leave than lies there unpromised. Facts: ``left``."""

    code, kind, sentence = "more_than_there", Kind.CONFLICT, _("没有这么多可以减的库存。")


def adjust_stock(
    *,
    sku_id: UUID,
    counted: int,
    reason: str,
    by_name: str,
    now: datetime,
    warehouse_id: UUID = DEFAULT_WAREHOUSE,
    ref_id: UUID | None = None,
) -> Stock:
    """Set what is there to what was counted; the difference becomes a move with its reason.

    What is missing is missing from the pieces without a batch first, then from the batch that ends first.

    :raises SkuMissing, NoStockOfItsOwn, WrongPieces, CountedBelowReserved:
    """
    if not 0 <= counted <= MOST_PIECES:
        sentence = gettext("盘点数要填 0 到 1,000,000 之间的整数。")
        raise WrongPieces(sentence, fields={"counted": [sentence]})
    with transaction.atomic():
        stock = locked_stock(stock_row(sku_id, warehouse_id).pk)
        if counted + stock.planned < stock.reserved:
            sentence = gettext("订单已占用 %(reserved)s 件，盘点数不能比这个少。") % {"reserved": stock.reserved}
            raise CountedBelowReserved(sentence, fields={"counted": [sentence]}, reserved=stock.reserved)
        if counted > stock.on_hand:  # what lay there before the SKU became a larger form may still be counted away
            refuse_larger_form(sku_id)
        change_loose_first(
            stock=stock,
            pieces=counted - stock.on_hand,
            kind=MoveKind.ADJUST,
            reason=reason,
            by_name=by_name,
            at=now,
            ref_id=ref_id,
        )
        stock.refresh_from_db()
    return stock


def lose_stock(
    *,
    sku_id: UUID,
    quantity: int,
    reason: str,
    by_name: str,
    now: datetime,
    warehouse_id: UUID = DEFAULT_WAREHOUSE,
    batch_id: UUID | None = None,
    kind: MoveKind = MoveKind.LOSS,
    ref_id: UUID | None = None,
) -> Stock:
    """Write off what is spoilt, broken or gone (or leaves by another ``kind``), of one batch if it is named.

    :raises SkuMissing, WrongPieces, ReasonMissing, MoreThanThere:
    """
    if not 0 < quantity <= MOST_PIECES:
        raise WrongPieces(fields={"quantity": [WrongPieces.sentence]})
    if not reason.strip():
        raise ReasonMissing(fields={"reason": [ReasonMissing.sentence]})
    with transaction.atomic():
        stock = locked_stock(stock_row(sku_id, warehouse_id).pk)
        if ref_id and StockMove.objects.filter(kind=kind, ref_id=ref_id, sku_id=sku_id).exists():
            return stock
        batch = Batch.objects.select_for_update().filter(pk=batch_id, stock=stock).first() if batch_id else None
        left = stock.on_hand - max(0, stock.reserved - stock.planned)
        if batch_id is not None:
            left = min(left, batch.on_hand if batch else 0)
        if quantity > left:
            sentence = gettext("最多只能减 %(left)s 件，其余已被订单占用。") % {"left": max(0, left)}
            raise MoreThanThere(sentence, fields={"quantity": [sentence]}, left=max(0, left))
        if batch is None:
            change_loose_first(
                stock=stock, pieces=-quantity, kind=kind, reason=reason, by_name=by_name, at=now, ref_id=ref_id
            )
        else:
            move_batch(batch=batch, kind=kind, pieces=-quantity, at=now, reason=reason, by_name=by_name, ref_id=ref_id)
            if batch.on_hand == 0 and kind in (MoveKind.LOSS, MoveKind.SENDBACK):
                ended = BatchState.WRITTEN_OFF if kind == MoveKind.LOSS else BatchState.RETURNED
                set_batch_state(batch=batch, state=ended, at=now, reason=reason, by_name=by_name)
        stock.refresh_from_db()
    return stock


def change_loose_first(
    *, stock: Stock, pieces: int, kind: MoveKind, reason: str, by_name: str, at: datetime, ref_id: UUID | None
) -> None:
    """Change a locked stock row by so many pieces: those of no batch first, then batch by batch, soonest over first."""
    loose = pieces
    if pieces < 0:
        kept = Batch.objects.filter(stock=stock).aggregate(pieces=Sum("on_hand"))["pieces"] or 0
        loose = -min(-pieces, max(0, stock.on_hand - kept)) if kept else pieces
    rest = pieces - loose
    batches = Batch.objects.select_for_update().filter(stock=stock, on_hand__gt=0)
    for batch in batches.order_by(F("expires_on").asc(nulls_last=True), "pk") if rest else ():
        part = max(rest, -batch.on_hand)
        move_batch(batch=batch, kind=kind, pieces=part, at=at, reason=reason, by_name=by_name)
        rest -= part
        if rest == 0:
            break
    loose += rest
    if loose:
        StockMove.objects.create(
            sku_id=stock.sku_id,
            warehouse_id=stock.warehouse_id,
            kind=kind,
            on_hand_delta=loose,
            reason=reason[:120],
            by_name=by_name,
            at=at,
            ref_id=ref_id,
        )
        Stock.objects.filter(pk=stock.pk).update(on_hand=F("on_hand") + loose)
