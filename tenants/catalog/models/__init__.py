"""The catalogue's tables: shelves, goods, the spreadsheets they came from, and what is being edited."""

from tenants.catalog.models.editing import ProductAutosave
from tenants.catalog.models.goods import (
    EVERY_DAY,
    PriceRecord,
    Product,
    ProductPicture,
    ProductState,
    ProductTag,
    ProductVideo,
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
    "ImportState",
    "PriceRecord",
    "Product",
    "ProductAutosave",
    "ProductPicture",
    "ProductState",
    "ProductTag",
    "ProductVideo",
    "Sku",
    "Tag",
]
