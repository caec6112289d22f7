"""What a story hands to the stock: which SKU, how many, for which order line, out of which warehouse."""

from collections.abc import Iterable, Mapping
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


def stock_places(stocks: Iterable[Mapping[str, Any]], places: Iterable[Mapping[str, Any]]) -> tuple[StockPlace, ...]:
    """Keep of what ``stocks_left`` brought the warehouses that ``places_serving`` names; the first always serves."""
    known = {UUID(place["id"]): place for place in places}
    found = []
    for stock in stocks:
        warehouse_id = UUID(stock["id"])
        if place := known.get(warehouse_id):
            found.append(StockPlace(warehouse_id, stock["left"], place["name"], place["lat"], place["lng"]))
        elif warehouse_id == DEFAULT_WAREHOUSE:
            found.append(StockPlace(warehouse_id, stock["left"]))
    return tuple(found)
