"""Questions about products."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import public_url
from kit.tenancy.kept import kept
from tenants.catalog.models import (
    Brand,
    CatalogImport,
    Category,
    ImportState,
    Product,
    ProductPicture,
    ProductState,
    ProductTag,
    Sku,
    Tag,
)
from tenants.catalog.rich_text import cleaned
from tenants.catalog.search_words import grams_wanted, wanted_words

SMALL = "400"  # the variant of a picture that lists show


MOST_LEVELS = 3  # of categories


class CategoryMissing(Refused):
    """There is no such category in this store."""

    code, kind, sentence = "category_missing", Kind.MISSING, _("没有找到这个分类，可能已经被删掉了。")


@dataclass(frozen=True)
class Shelf:
    """A category in its tree; ``level`` counts from 1."""

    category: Category
    path: str
    level: int


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
    """Fetch a product as shoppers may see it, with its tags as ``worn``.

    One off the shelf stays readable from old orders, a draft does not.

    :raises ProductMissing:
    """
    found = _for_shoppers(product_id=product_id)
    if not found:
        raise ProductMissing
    product: Product = found[0]
    product.shown_skus = _skus_shown(product_id=product_id)  # type: ignore[attr-defined]
    product.shown_pictures = _pictures_shown(product_id=product_id)  # type: ignore[attr-defined]
    return product


@kept
def _for_shoppers(*, product_id: UUID) -> QuerySet[Any]:
    found: QuerySet[Any] = Product.objects.select_related("category").annotate(worn=worn_tags())
    return found.filter(pk=product_id).exclude(state=ProductState.DRAFT)


@kept
def _skus_shown(*, product_id: UUID) -> QuerySet[Sku]:
    return Sku.objects.filter(product=product_id, is_active=True).order_by("position", "id")


@kept
def _pictures_shown(*, product_id: UUID) -> QuerySet[ProductPicture]:
    return ProductPicture.objects.filter(product=product_id, removed_at=None).order_by("position", "id")


def story_shown(product: Product) -> str:
    """Write a product's story as it may stand on a page today; the product came with its ``shown_pictures``."""
    shown: Sequence[ProductPicture] = product.shown_pictures  # type: ignore[attr-defined]
    return cleaned(product.story, pictures={public_url(picture.file_key) for picture in shown})


def worn_tags() -> ArraySubquery:
    """Ask for a product's tags inside its own statement: a list of ``{"id", "name", "color"}`` in their order."""
    worn = ProductTag.objects.filter(product=OuterRef("pk")).order_by("tag__position", "tag__name")
    return ArraySubquery(worn.values(worn=JSONObject(id="tag_id", name="tag__name", color="tag__color")))


def products_matching(
    *,
    query: str = "",
    state: str = "",
    category_id: UUID | None = None,
    tag_id: UUID | None = None,
    brand: str = "",
) -> QuerySet[Product]:
    """Find products by words (Chinese, pinyin, initials, codes; all must fit), state, category, tag and brand.

    A category stands for all below it. The index knows which products hold every piece of the words; the text says
    whether the pieces stand together.
    """
    found = Product.objects.select_related("category")
    words = wanted_words(query)
    if words:
        pieces = grams_wanted(words)
        found = found.filter(Q(search_grams__contains=pieces) | Q(search_grams__isnull=True))
    for word in words:
        found = found.filter(search_text__contains=word)
    if state:
        found = found.filter(state=state)
    if category_id:
        found = found.filter(category__in=_with_all_below(category_id))
    if tag_id:
        found = found.filter(Exists(ProductTag.objects.filter(product=OuterRef("pk"), tag_id=tag_id)))
    if brand:
        found = found.filter(brand=brand)
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


def ranked(products: QuerySet[Any], *, query: str) -> QuerySet[Any]:
    """Give each product found a ``rank``: titles that are the words come first, then those that begin with them."""
    wanted = " ".join(query.lower().split())
    first = (wanted_words(query) or [""])[0]
    rank = Case(
        When(title__iexact=wanted, then=0),
        When(search_text__startswith=first, then=1),
        When(title__icontains=first, then=2),
        When(search_text__contains=f" {first}", then=3),  # a whole spelling or the initials begin with it
        default=4,
    )
    found: QuerySet[Any] = products.annotate(rank=rank)
    return found


def suggestions(*, query: str, limit: int = 8) -> list[str]:
    """List titles on sale that fit what is being typed, best first, each once."""
    if not wanted_words(query):
        return []
    found = ranked(products_matching(query=query, state=ProductState.ON_SALE), query=query).order_by("rank", "title")
    return list(dict.fromkeys(found.values_list("title", flat=True)[: limit * 2]))[:limit]


def with_shown_parts(products: QuerySet[Product]) -> QuerySet[Product]:
    """Bring each product's ``shown_skus`` and ``shown_pictures`` along, in two queries whatever their number."""
    return products.prefetch_related(*_shown())


def counts_by_state(products: QuerySet[Product]) -> dict[str, int]:
    """Count products in each state; the key "" counts all."""
    counts = {str(row["state"]): row["n"] for row in products.order_by().values("state").annotate(n=Count("pk"))}
    return {**{str(state): 0 for state in ProductState}, **counts, "": sum(counts.values())}


def categories() -> QuerySet[Category]:
    """List the categories in their order, whatever they stand in."""
    return Category.objects.order_by("position", "name")


def category_tree(*, shown_only: bool = False) -> list[Shelf]:
    """List the categories as they stand: each followed by those in it. One query.

    With ``shown_only`` a hidden one is left out with all below it.
    """
    below: dict[UUID | None, list[Category]] = {}
    for category in categories():
        below.setdefault(category.parent_id, []).append(category)
    shelves: list[Shelf] = []
    _walk(shelves, below, parent_id=None, path="", level=1, shown_only=shown_only)
    return shelves


def categories_to_choose() -> list[tuple[str, str]]:
    """List the categories by their paths (蔬菜/叶菜) as choices of a form."""
    return [(str(shelf.category.pk), shelf.path) for shelf in category_tree()]


def category_paths() -> dict[UUID, str]:
    """Find each category's path (蔬菜/叶菜)."""
    return {shelf.category.pk: shelf.path for shelf in category_tree()}


def products_by_category() -> dict[UUID, int]:
    """Count the products right in each category."""
    rows = Product.objects.filter(category__isnull=False).order_by().values("category_id").annotate(n=Count("pk"))
    return {row["category_id"]: row["n"] for row in rows}


def tags() -> QuerySet[Tag]:
    """List the tags in their order, with the number of products that carry each as ``uses``."""
    return Tag.objects.annotate(uses=Count("product_links")).order_by("position", "name")


def tags_to_choose() -> list[tuple[str, str]]:
    """List the tags as choices of a form."""
    return [(str(key), name) for key, name in Tag.objects.order_by("position", "name").values_list("pk", "name")]


def brands() -> QuerySet[Brand]:
    """List the brands in their order, with the number of products of each as ``uses``."""
    of_it = (
        Product.objects.filter(brand=OuterRef("name")).order_by().values("brand").annotate(n=Count("pk")).values("n")
    )
    return Brand.objects.annotate(uses=Coalesce(Subquery(of_it), 0)).order_by("position", "name")


def brand_names() -> list[str]:
    """List the names of the brands in their order."""
    return list(Brand.objects.order_by("position", "name").values_list("name", flat=True))


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


def _walk(
    shelves: list[Shelf],
    below: Mapping[UUID | None, Sequence[Category]],
    *,
    parent_id: UUID | None,
    path: str,
    level: int,
    shown_only: bool,
) -> None:
    for category in below.get(parent_id, ()):
        if shown_only and category.is_hidden:
            continue
        own = f"{path}/{category.name}" if path else category.name
        shelves.append(Shelf(category, own, level))
        if level < MOST_LEVELS:
            _walk(shelves, below, parent_id=category.pk, path=own, level=level + 1, shown_only=shown_only)


def _with_all_below(category_id: UUID) -> QuerySet[Category]:
    at = Q(pk=category_id) | Q(parent=category_id) | Q(parent__parent=category_id)
    return Category.objects.filter(at).order_by().values("pk")  # type: ignore[return-value]


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
