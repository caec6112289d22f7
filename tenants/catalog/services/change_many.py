"""Category, tags and limits of many products at once: shown first, then done, and undone by the same story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Category, Product, ProductTag, Tag
from tenants.catalog.selectors import CategoryMissing
from tenants.catalog.services.labels import MOST_TAGS
from tenants.journal.services import Actor, record

LIMITS = ("limit_per_order", "limit_per_day", "limit_lifetime")


class ProductsMoved(Refused):
    """A product changed between the preview and the press of the button; nothing was written."""

    code, kind, sentence = "products_moved", Kind.CONFLICT, _("有商品刚被别人改过，请重新预览一次。")


class ManyRefused(Refused):
    """What is wanted makes no sense for one of the products, which the sentence names."""

    code, kind, sentence = "many_refused", Kind.INVALID, _("有商品不能这样改。")


@dataclass(frozen=True)
class Wish:
    """What is to become of all of them. A limit that is not named stays; one that is None is taken away."""

    category_id: UUID | None = None  # None: each stays where it is
    add_tag: UUID | None = None
    remove_tag: UUID | None = None
    limits: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """What of a product this story changes."""

    category_id: UUID | None
    tag_ids: tuple[UUID, ...]  # in order of their ids
    limits: tuple[int | None, ...]  # as LIMITS


@dataclass(frozen=True)
class ProductChange:
    """A product before and after."""

    product_id: UUID
    title: str
    was: Standing
    becomes: Standing

    def back(self) -> "ProductChange":
        """The way back."""
        return replace(self, was=self.becomes, becomes=self.was)


def changes_wished(*, product_ids: Sequence[UUID], wish: Wish) -> list[ProductChange]:
    """Work out what a wish would change, product by product; writes nothing. Three statements at most.

    :raises CategoryMissing, ManyRefused: an unknown tag, too many tags, limits that contradict each other.
    """
    if wish.category_id and not Category.objects.filter(pk=wish.category_id).exists():
        raise CategoryMissing
    if wish.add_tag and not Tag.objects.filter(pk=wish.add_tag).exists():
        raise ManyRefused
    products = list(Product.objects.filter(pk__in=product_ids).order_by("title", "pk"))
    standing = _standing(products)
    changes = []
    for product in products:
        was = standing[product.pk]
        tags = (set(was.tag_ids) | {wish.add_tag} - {None}) - {wish.remove_tag}
        limits = tuple(wish.limits.get(name, old) for name, old in zip(LIMITS, was.limits, strict=True))
        becomes = Standing(wish.category_id or was.category_id, tuple(sorted(tag for tag in tags if tag)), limits)
        if becomes != was:
            _check(product, becomes)
            changes.append(ProductChange(product.pk, product.title, was, becomes))
    return changes


def change_many(*, changes: Sequence[ProductChange], now: datetime, by_name: str) -> int:
    """Write the changes if every product still stands as the preview found it. Returns how many were changed.

    :raises ProductsMoved:
    """
    with transaction.atomic(durable=True):
        wanted = {change.product_id: change for change in changes}
        products = list(Product.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        standing = _standing(products)
        if standing != {key: change.was for key, change in wanted.items()}:
            raise ProductsMoved
        if _gone(changes):  # a category or tag that was taken away meanwhile
            raise ProductsMoved
        for product in products:
            becomes = wanted[product.pk].becomes
            product.category_id = becomes.category_id
            for name, value in zip(LIMITS, becomes.limits, strict=True):
                setattr(product, name, value)
            product.version += 1
            product.updated_at, product.updated_by = now, by_name
        columns = ["category", *LIMITS, "version", "updated_at", "updated_by"]
        Product.objects.bulk_update(products, columns, batch_size=500)
        _hang(wanted)
        actor = Actor(kind="person", id="", name=by_name)
        for product in products:
            record(what="product.changed", subject=product, at=now, actor=actor, many=True)
    return len(products)


def _standing(products: Sequence[Product]) -> dict[UUID, Standing]:
    tags: dict[UUID, list[UUID]] = {product.pk: [] for product in products}
    for product_id, tag_id in ProductTag.objects.filter(product__in=tags).values_list("product_id", "tag_id"):
        tags[product_id].append(tag_id)
    return {
        product.pk: Standing(
            product.category_id, tuple(sorted(tags[product.pk])), tuple(getattr(product, name) for name in LIMITS)
        )
        for product in products
    }


def _check(product: Product, becomes: Standing) -> None:
    order, day, ever = becomes.limits
    named = {"title": product.title}
    if len(becomes.tag_ids) > MOST_TAGS:
        raise ManyRefused(gettext("“%(title)s”会超过 5 个标签。") % named)
    if order is not None and order < product.min_quantity:
        raise ManyRefused(gettext("“%(title)s”的每单限购会比起购数量还少。") % named)
    if (day is not None and day < (order or 1)) or (ever is not None and ever < (day or order or 1)):
        raise ManyRefused(gettext("“%(title)s”的限购会互相矛盾：总限购不能少于每天，每天不能少于每单。") % named)


def _gone(changes: Sequence[ProductChange]) -> bool:
    shelves = {one.becomes.category_id for one in changes if one.becomes.category_id}
    tags = {tag for change in changes for tag in change.becomes.tag_ids}
    has_all = Category.objects.filter(pk__in=shelves).count() == len(shelves)
    return not has_all or Tag.objects.filter(pk__in=tags).count() != len(tags)


def _hang(wanted: Mapping[UUID, ProductChange]) -> None:
    fresh = []
    for change in wanted.values():
        lost = set(change.was.tag_ids) - set(change.becomes.tag_ids)
        if lost:
            ProductTag.objects.filter(product=change.product_id, tag__in=lost).delete()
        added = set(change.becomes.tag_ids) - set(change.was.tag_ids)
        fresh += [ProductTag(product_id=change.product_id, tag_id=tag) for tag in sorted(added)]
    ProductTag.objects.bulk_create(fresh, ignore_conflicts=True)
