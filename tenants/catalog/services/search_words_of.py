"""What products are found by, written anew when their words change."""

from collections.abc import Sequence
from uuid import UUID

from tenants.catalog.models import Product, Sku
from tenants.catalog.search_words import grams_of, search_text

_BATCH = 500


def set_search_words(product: Product, *, codes: Sequence[str]) -> None:
    """Set a product's search text and its letters on the row, which the caller saves."""
    others = [product.subtitle, product.brand, *dict.fromkeys(codes)]
    product.search_text = search_text(title=product.title, others=others)
    product.search_grams = grams_of(product.search_text)


def write_search_words(products: Sequence[Product]) -> None:
    """Write the search words of these products, with their SKUs' codes, in two queries a batch."""
    codes: dict[UUID, list[str]] = {}
    coded = Sku.objects.filter(product__in=[product.pk for product in products], is_active=True, code__isnull=False)
    for product_id, code in coded.values_list("product_id", "code"):
        codes.setdefault(product_id, []).append(str(code))
    for product in products:
        set_search_words(product, codes=codes.get(product.pk, []))
    Product.objects.bulk_update(products, ["search_text", "search_grams"], batch_size=_BATCH)


def write_missing_search_words(*, most: int = _BATCH) -> int:
    """Cut the letters of products written before they were kept; says how many. Safe to repeat."""
    products = list(Product.objects.filter(search_grams__isnull=True).order_by("pk")[:most])
    write_search_words(products)
    return len(products)
