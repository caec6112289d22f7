"""What a story hands to the stock: which SKU, how many, for which order line, out of which warehouse."""

from dataclasses import dataclass
from uuid import UUID

from tenants.inventory.models import DEFAULT_WAREHOUSE


@dataclass(frozen=True, slots=True)
class StockLine:
    """A quantity of one SKU for one order line."""

    line_id: UUID
    sku_id: UUID
    quantity: int
    warehouse_id: UUID = DEFAULT_WAREHOUSE
