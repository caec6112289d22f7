"""Questions about products."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import (
    CatalogImport,
    Category,
    ImportState,
    Product,
    ProductPicture,
    ProductState,
    Sku,
)
from tenants.catalog.search_words import wanted_words

SMALL = "400"  # the variant of a picture that lists show


class ProductMissing(Refused):
    """There is no such product in this store."""

    code, kind, sentence = "product_missing", Kind.MISSING, _("没有找到这个商品。")


def product_of(product_id: UUID) -> Product:
    """Fetch a product with its SKUs and pictures as shown. :raises ProductMissing:"""
    product = Product.objects.select_related("category").prefetch_related(*_shown()).filter(pk=product_id).first()
    if product is None:
        raise ProductMissing
    return product


def product_for_shoppers(product_id: UUID) -> Product:
    """Fetch a product as shoppers may see it; one off the shelf stays readable from old orders, a draft does not.

    :raises ProductMissing:
    """
    product = product_of(product_id)
    if product.state == ProductState.DRAFT:
        raise ProductMissing
    return product


def products_matching(*, query: str = "", state: str = "", category_id: UUID | None = None) -> QuerySet[Product]:
    """Find products by words (Chinese, pinyin, initials, codes; all must fit), state and category."""
    found = Product.objects.select_related("category")
    for word in wanted_words(query):
        found = found.filter(search_text__contains=word)
    if state:
        found = found.filter(state=state)
    if category_id:
        found = found.filter(category_id=category_id)
    return found


def products_changed(
    *, state: str, since: datetime | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Product]:
    """List products with their parts, those changed last first, from behind ``after``: four statements a page."""
    found = with_shown_parts(products_matching(state=state))
    if since:
        found = found.filter(updated_at__gte=since)
    if after:
        moment, last = after
        found = found.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__gt=last))
    return list(found.order_by("-updated_at", "id")[:limit])


def with_shown_parts(products: QuerySet[Product]) -> QuerySet[Product]:
    """Bring each product's ``shown_skus`` and ``shown_pictures`` along, in two queries whatever their number."""
    return products.prefetch_related(*_shown())


def counts_by_state(products: QuerySet[Product]) -> dict[str, int]:
    """Count products in each state; the key "" counts all."""
    counts = {str(row["state"]): row["n"] for row in products.order_by().values("state").annotate(n=Count("pk"))}
    return {**{str(state): 0 for state in ProductState}, **counts, "": sum(counts.values())}


def categories() -> QuerySet[Category]:
    """List the categories in their order."""
    return Category.objects.order_by("position", "name")


def categories_to_choose() -> list[tuple[str, str]]:
    """List the categories as choices of a form."""
    return [(str(key), name) for key, name in categories().values_list("pk", "name")]


def products_to_choose(*, limit: int = 500) -> list[tuple[str, str]]:
    """List products not yet off the shelf as choices of a form, by title."""
    rows = Product.objects.exclude(state=ProductState.OFF_SHELF).order_by("title", "id")
    return [(str(key), title) for key, title in rows.values_list("pk", "title")[:limit]]


def covers_of(product_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Find the key of each product's first picture, in one query."""
    pictures = ProductPicture.objects.filter(product__in=list(product_ids), removed_at=None).order_by(
        "product_id", "position", "id"
    )
    covers: dict[UUID, str] = {}
    for product_id, key in pictures.values_list("product_id", "file_key"):
        covers.setdefault(product_id, key)
    return covers


def pictures_of(product_id: UUID) -> Sequence[ProductPicture]:
    """List a product's pictures as shown."""
    return list(ProductPicture.objects.filter(product_id=product_id, removed_at=None).order_by("position", "id"))


def imports() -> QuerySet[CatalogImport]:
    """List the uploads of goods, newest first."""
    found: QuerySet[CatalogImport] = CatalogImport.objects.order_by("-created_at", "-id")
    return found


def last_done_import() -> CatalogImport | None:
    """Find the import that may be taken back: the last that ended, unless it was taken back already."""
    ended = CatalogImport.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-id")
    last: CatalogImport | None = ended.first()
    return last if last is not None and last.state == ImportState.DONE else None


def skus_counted() -> int:
    """Count the SKUs that the plan's limit counts: in use, and of products that are not off the shelf."""
    return Sku.objects.filter(~Q(product__state=ProductState.OFF_SHELF), is_active=True).count()


def _shown() -> "tuple[Prefetch[Any, Any, Any], ...]":
    # Made anew each time: Django writes a row it met into a Prefetch, and a row never leaves its store.
    return (
        Prefetch("skus", Sku.objects.filter(is_active=True).order_by("position", "id"), to_attr="shown_skus"),
        Prefetch(
            "pictures",
            ProductPicture.objects.filter(removed_at=None).order_by("position", "id"),
            to_attr="shown_pictures",
        ),
    )
