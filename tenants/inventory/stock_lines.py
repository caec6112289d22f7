"""What a story hands to the stock: which SKU, how many, for which order line, out of which warehouse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.inventory.models import DEFAULT_WAREHOUSE


@dataclass(frozen=True, slots=True)
class StockLine:
    """A quantity of one SKU for one order line."""

    line_id: UUID
    sku_id: UUID
    quantity: int
    warehouse_id: UUID = DEFAULT_WAREHOUSE


@dataclass(frozen=True, slots=True)
class StockPlace:
    """What is left of one SKU's stock in a warehouse that fills orders; where that is, if it is known."""

    warehouse_id: UUID
    left: int
    name: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> "StockPlace":
        """Read one out of what ``stocks_left`` brought."""
        place = words["place"] or {"name": "", "lat": None, "lng": None}
        return cls(UUID(words["id"]), words["left"], place["name"], place["lat"], place["lng"])
