"""Promising goods to an order that is not paid yet."""

from collections.abc import Sequence
from datetime import datetime

from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.inventory.stock_lines import StockLine


def reserve(*, lines: Sequence[StockLine], at: datetime) -> None:
    """Promise goods to an unpaid order, in the caller's transaction. :raises StockShort:"""
    changes = [
        StockChange(
            sku_id=line.sku_id, reserved_delta=line.quantity, ref_id=line.line_id, warehouse_id=line.warehouse_id
        )
        for line in lines
    ]
    move_stock(kind=MoveKind.RESERVE, changes=changes, at=at)
