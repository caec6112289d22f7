"""What an import would do, as it is worked out: products, SKUs, what is wrong, what changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenants.catalog.models import Product, Sku
from tenants.catalog.services.import_goods.rows import GoodsRow

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
_PLAIN, _BLANK = Sku(), Product()  # what a new one has before a sheet says anything


@dataclass
class PlannedSku:
    """A row and the SKU it makes or changes. ``values`` holds only what differs."""

    row: GoodsRow
    label: str
    sku: Sku | None
    kind: str = NEW
    values: dict[str, Any] = field(default_factory=dict)
    count: int | None = None  # the stock to set, None: leave it
    base_label: str | None = None  # the SKU whose stock it is to take, "": its own, None: as it is
    base: "PlannedSku | Sku | None" = None

    def after(self, name: str) -> Any:
        """Say what a column of the SKU will be."""
        return self.values[name] if name in self.values else getattr(self.sku or _PLAIN, name)

    def base_after(self, labels: Mapping[UUID, str]) -> str:
        """Say which SKU's stock it will take, by the labels that SKUs will have."""
        if self.base_label is not None:
            return self.base_label
        return labels.get(self.sku.base_sku_id, "") if self.sku and self.sku.base_sku_id else ""


@dataclass
class PlannedProduct:
    """A product and its rows. ``values`` holds only what differs; ``category`` is a path (蔬菜/叶菜)."""

    title: str
    product: Product | None
    skus: list[PlannedSku] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    category: str = ""
    picture: bytes | None = None
    tags: frozenset[str] | None = None  # by name; None: as they are

    def after(self, name: str) -> Any:
        """Say what a column of the product will be."""
        return self.values[name] if name in self.values else getattr(self.product or _BLANK, name)


@dataclass
class Plan:
    """All of it. ``wrong`` maps row numbers to reasons; with a single one nothing may be written.

    ``changes`` are what becomes different of goods that are there: row, goods, head, before, after.
    """

    products: list[PlannedProduct] = field(default_factory=list)
    wrong: dict[int, list[str]] = field(default_factory=dict)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    changes: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    def note(self, row: GoodsRow, head: str, was: Any, becomes: Any) -> None:
        """Write down a change for the eyes of who is about to import it."""
        goods = f"{row.title} {row.label}".strip()
        self.changes.append((row.number, goods, head, str(was)[:200], str(becomes)[:200]))

    def count(self, kind: str) -> int:
        """Count the SKUs that are new, changed or unchanged."""
        return sum(planned.kind == kind for product in self.products for planned in product.skus)

    def sku_ids(self) -> list[UUID]:
        """List the SKUs that exist already."""
        return [planned.sku.pk for product in self.products for planned in product.skus if planned.sku]
