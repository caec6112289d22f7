"""A product as somebody wants it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from uuid import UUID

from tenants.catalog.models import EVERY_DAY, ProductState

MOST_SKUS = 50
MOST_PARAMETERS = 30
MOST_GROUPS = 3


@dataclass(frozen=True)
class Weighed:
    """A price by weight: so much for ``per_grams`` (500 or 1000), and what one piece is estimated to weigh."""

    price_minor: int
    per_grams: int
    estimated_grams: int


@dataclass(frozen=True)
class SkuDraft:
    """One row of the SKU table. ``opening_stock`` counts for a new row only, and inventory writes it."""

    label: str
    price_minor: int
    strike_minor: int | None = None
    cost_minor: int | None = None
    code: str = ""
    sku_id: UUID | None = None
    opening_stock: int = 0
    options: Sequence[str] = ()  # one value of each of the product's specification groups
    strike_source: str = ""
    member_price_minor: int | None = None
    unit: str = ""
    base_label: str = ""  # the label of the SKU of this product whose stock it takes
    factor: int = 1
    weight_grams: int | None = None
    limit_per_order: int | None = None
    picture_id: UUID | None = None
    weighed: Weighed | None = None


@dataclass(frozen=True)
class Selling:
    """How much of a product one person may buy, when it is sold, and how long it takes."""

    limit_per_order: int | None = None
    limit_per_day: int | None = None
    limit_lifetime: int | None = None
    min_quantity: int = 1
    step_quantity: int = 1
    lead_days: int = 0
    sale_from: datetime | None = None
    sale_until: datetime | None = None
    sale_weekdays: int = EVERY_DAY
    sale_time_from: time | None = None
    sale_time_until: time | None = None


@dataclass(frozen=True)
class ProductDraft:
    """A product with its SKUs in the order they are shown."""

    title: str
    skus: Sequence[SkuDraft]
    subtitle: str = ""
    category_id: UUID | None = None
    new_category: str = ""  # a name that is to become (or already is) a category; it goes before category_id
    brand: str = ""
    origin: str = ""
    storage: str = ""
    description: str = ""  # text, or HTML that is cleaned
    parameters: Sequence[tuple[str, str]] = ()
    state: str = ProductState.ON_SALE
    tag_ids: Sequence[UUID] = ()
    spec_groups: Sequence[tuple[str, Sequence[str]]] = ()
    selling: Selling = field(default_factory=Selling)
