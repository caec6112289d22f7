"""What order lines take out of stock."""

from collections.abc import Iterable

from tenants.inventory.stock_lines import StockLine
from tenants.orders.models import OrderLine


def stock_lines(lines: Iterable[OrderLine]) -> list[StockLine]:
    """Say of each line which stock it takes and how many pieces: a box of twelve takes twelve of its base."""
    return [StockLine(line.id, line.stock_id, line.stock_pieces, line.stock_place_id) for line in lines]
