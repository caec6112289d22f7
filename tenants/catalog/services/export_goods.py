"""The catalogue as a sheet in our template's own columns, ready to be changed and imported again."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db.models import QuerySet

from kit.money import major_units
from kit.tenancy import current_store
from tenants.catalog.models import Product
from tenants.catalog.selectors import category_paths, with_shown_parts
from tenants.catalog.services.import_goods.columns import OWN_HEADS
from tenants.catalog.services.import_goods.sheet import GOODS_SHEET
from tenants.catalog.services.import_goods.template import MUST, WIDTHS
from tenants.catalog.services.import_goods.workbook import GoodsBook


def export_goods(*, products: QuerySet[Product], on_hand: Mapping[UUID, int]) -> bytes:
    """Write these products as an .xlsx, one row a SKU; ``on_hand`` is the stock by SKU. Pictures stay behind."""
    book = GoodsBook()
    rows = _rows(products, on_hand, currency=current_store().currency)
    book.add_sheet(name=GOODS_SHEET, head=list(OWN_HEADS.values()), rows=rows, widths=WIDTHS, must=MUST)
    return book.content()


def _rows(
    products: QuerySet[Product], on_hand: Mapping[UUID, int], *, currency: str
) -> Iterator[list[str | int | None]]:
    paths = category_paths()
    for product in with_shown_parts(products):
        for sku in product.shown_skus:  # type: ignore[attr-defined]
            prices = (sku.price_minor, sku.strike_minor, sku.cost_minor)
            yield [
                product.title,
                product.subtitle,
                sku.label,
                *("" if price is None else major_units(price, currency).replace(",", "") for price in prices),
                on_hand.get(sku.pk, 0),
                paths.get(product.category_id, "") if product.category_id else "",
                product.origin,
                product.storage,
                sku.code or "",
                "",
            ]
