"""Taking a promise back."""

from collections.abc import Sequence
from datetime import datetime

from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.inventory.stock_lines import StockLine


def release(*, lines: Sequence[StockLine], at: datetime) -> None:
    """Give back what an unpaid order had been promised, in the caller's transaction."""
    changes = [
        StockChange(
            sku_id=line.sku_id, reserved_delta=-line.quantity, ref_id=line.line_id, warehouse_id=line.warehouse_id
        )
        for line in lines
    ]
    move_stock(kind=MoveKind.RELEASE, changes=changes, at=at)
