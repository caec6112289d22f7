"""The one place that changes a batch, and the stock it lies in with it."""

from datetime import datetime
from uuid import UUID

from django.db.models import F

from tenants.inventory.models import WITHHELD_BATCHES, Batch, BatchState, MoveKind, Stock, StockMove


def locked_stock(stock_id: UUID) -> Stock:
    """Hold a stock row until the transaction ends: before any of its batches, always."""
    stock: Stock = Stock.objects.select_for_update(no_key=True).get(pk=stock_id)
    return stock


def move_batch(
    *,
    batch: Batch,
    kind: MoveKind,
    pieces: int,
    at: datetime,
    reason: str = "",
    by_name: str = "",
    ref_id: UUID | None = None,
    of_batch_alone: bool = False,
) -> None:
    """Change a batch of a locked stock row by so many pieces, and the stock with it, in the caller's transaction.

    ``of_batch_alone``: the pieces left the stock before, when they were paid; only now it is known from which batch.
    """
    held = pieces if batch.state in WITHHELD_BATCHES else 0
    on_hand = 0 if of_batch_alone else pieces
    stock: Stock = Stock.objects.get(pk=batch.stock_id)
    StockMove.objects.create(
        sku_id=stock.sku_id,
        warehouse_id=stock.warehouse_id,
        kind=kind,
        on_hand_delta=on_hand,
        held_delta=held,
        batch=batch,
        batch_delta=pieces,
        ref_id=ref_id,
        reason=reason[:120],
        by_name=by_name[:60],
        at=at,
    )
    Stock.objects.filter(pk=stock.pk).update(on_hand=F("on_hand") + on_hand, held=F("held") + held)
    Batch.objects.filter(pk=batch.pk).update(on_hand=F("on_hand") + pieces)
    batch.refresh_from_db(fields=["on_hand"])
    if batch.on_hand == 0 and batch.state in (BatchState.AVAILABLE, BatchState.NEAR_EXPIRY):
        set_batch_state(batch=batch, state=BatchState.DEPLETED, at=at)
    elif batch.on_hand > 0 and batch.state in (BatchState.DEPLETED, BatchState.WRITTEN_OFF, BatchState.RETURNED):
        set_batch_state(batch=batch, state=BatchState.AVAILABLE, at=at)


def set_batch_state(*, batch: Batch, state: BatchState, at: datetime, reason: str = "", by_name: str = "") -> None:
    """Change a batch's state; what may no longer be sold, or may again, is noted in the stock by a move."""
    was_held, is_held = batch.state in WITHHELD_BATCHES, state in WITHHELD_BATCHES
    if was_held != is_held and batch.on_hand:
        held = batch.on_hand if is_held else -batch.on_hand
        stock: Stock = Stock.objects.get(pk=batch.stock_id)
        StockMove.objects.create(
            sku_id=stock.sku_id,
            warehouse_id=stock.warehouse_id,
            kind=MoveKind.HOLD if is_held else MoveKind.UNHOLD,
            held_delta=held,
            batch=batch,
            reason=reason[:120],
            by_name=by_name[:60],
            at=at,
        )
        Stock.objects.filter(pk=stock.pk).update(held=F("held") + held)
    batch.state, batch.why = state, reason[:120]
    batch.save(update_fields=["state", "why"])
