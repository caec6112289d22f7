"""The catalogue's tables: shelves, goods, and the spreadsheets they came from."""

from tenants.catalog.models.editing import EditorDraft
from tenants.catalog.models.goods import (
    EVERY_DAY,
    PriceRecord,
    Product,
    ProductPicture,
    ProductState,
    ProductTag,
    Sku,
)
from tenants.catalog.models.imports import CatalogImport, ColumnMapping, ImportState
from tenants.catalog.models.shelves import Brand, Category, Tag

__all__ = [
    "EVERY_DAY",
    "Brand",
    "CatalogImport",
    "Category",
    "ColumnMapping",
    "EditorDraft",
    "ImportState",
    "PriceRecord",
    "Product",
    "ProductPicture",
    "ProductState",
    "ProductTag",
    "Sku",
    "Tag",
]
