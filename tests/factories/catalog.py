"""Goods with stock."""

from tenants.catalog.models import Category, Product, ProductPicture, ProductState, Sku
from tenants.inventory.models import MoveKind, Stock
from tenants.inventory.services.move_stock import StockChange, move_stock
from tests.factories.times import NOW


def a_product(
    *,
    title: str = "洛川苹果",
    label: str = "500g/份",
    price_minor: int = 1290,
    in_stock: int = 100,
    state: ProductState = ProductState.ON_SALE,
    picture: str = "",
) -> Sku:
    """A product with one SKU; the SKU is returned, ``sku.product`` is the product."""
    category, _made = Category.objects.get_or_create(name="水果")
    product = Product.objects.create(
        title=title, category=category, state=state, search_text=title, created_at=NOW, updated_at=NOW
    )
    if picture:
        ProductPicture.objects.create(product=product, file_key=picture, width=800, height=800)
    return a_sku_of(product, label=label, price_minor=price_minor, in_stock=in_stock)


def a_sku_of(product: Product, *, label: str = "1kg/份", price_minor: int = 2290, in_stock: int = 100) -> Sku:
    sku = Sku.objects.create(product=product, label=label, price_minor=price_minor)
    Stock.objects.create(sku=sku)
    if in_stock:
        more = [StockChange(sku_id=sku.id, on_hand_delta=in_stock)]
        move_stock(kind=MoveKind.RECEIVE, changes=more, at=NOW, reason="开业入库")
    return sku
