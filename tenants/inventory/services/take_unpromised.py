"""Taking goods for money that came after the promise had ended."""

from collections.abc import Sequence
from datetime import datetime

from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.inventory.stock_lines import StockLine


def take_unpromised(*, lines: Sequence[StockLine], at: datetime) -> None:
    """Take goods straight from what is available, in the caller's transaction. :raises StockShort:"""
    changes = [
        StockChange(
            sku_id=line.sku_id, on_hand_delta=-line.quantity, ref_id=line.line_id, warehouse_id=line.warehouse_id
        )
        for line in lines
    ]
    move_stock(kind=MoveKind.TAKE, changes=changes, at=at)
