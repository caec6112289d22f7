"""The catalogue with its stock, as a sheet."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from kit.web.pieces import in_pieces
from kit.web.xlsx import written
from tenants.catalog.models import Product
from tenants.catalog.selectors import products_matching
from tenants.catalog.services.export_goods import goods_rows, goods_sheet, with_exported_parts
from tenants.inventory.selectors import stock_of


def export_stocked_goods(
    *, query: str, state: str, category_id: UUID | None, tag_id: UUID | None = None, brand: str = ""
) -> Iterator[bytes]:
    """Write the products that match as an .xlsx in our template's columns, piece by piece."""
    found = products_matching(query=query, state=state, category_id=category_id, tag_id=tag_id, brand=brand)
    products = with_exported_parts(found.order_by("title", "pk"))
    return written(goods_sheet(), in_pieces(products, _rows))


def _rows(products: Sequence[Product]) -> Iterator[list[str | int | None]]:
    skus = [sku.pk for product in products for sku in product.shown_skus]  # type: ignore[attr-defined]
    return goods_rows(products, on_hand={sku_id: now.on_hand for sku_id, now in stock_of(skus).items()})
