"""The catalogue with its stock, as a sheet."""

from uuid import UUID

from tenants.catalog.models import Sku
from tenants.catalog.selectors import products_matching
from tenants.catalog.services.export_goods import export_goods
from tenants.inventory.selectors import stock_of


def export_stocked_goods(
    *, query: str, state: str, category_id: UUID | None, tag_id: UUID | None = None, brand: str = ""
) -> bytes:
    """Write the products that match as an .xlsx in our template's columns."""
    found = products_matching(query=query, state=state, category_id=category_id, tag_id=tag_id, brand=brand)
    products = found.order_by("title", "pk")
    skus = Sku.objects.filter(product__in=products.values("pk"), is_active=True).values_list("pk", flat=True)
    stock = stock_of(skus)
    return export_goods(products=products, on_hand={sku_id: now.on_hand for sku_id, now in stock.items()})
