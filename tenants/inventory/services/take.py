"""Taking promised goods out of stock."""

from collections.abc import Sequence
from datetime import datetime

from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.inventory.stock_lines import StockLine


def take(*, lines: Sequence[StockLine], at: datetime) -> None:
    """Take out goods that were promised, because they are paid, in the caller's transaction."""
    changes = [
        StockChange(
            sku_id=line.sku_id,
            on_hand_delta=-line.quantity,
            reserved_delta=-line.quantity,
            ref_id=line.line_id,
            warehouse_id=line.warehouse_id,
        )
        for line in lines
    ]
    move_stock(kind=MoveKind.TAKE, changes=changes, at=at)
