"""Tags and brands: the words a merchant hangs on goods."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from kit.colors import contrast_with_white
from kit.errors import Kind, Refused
from tenants.catalog.models import Brand, Product, ProductTag, Tag
from tenants.catalog.services.search_words_of import write_search_words
from tenants.journal.services import Actor, record

READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of normal text
MOST_TAGS = 5  # on one product: more do not fit a card
_PLAIN_COLOR = "#0b7a3b"  # of a tag that came with a sheet
_HEX = frozenset("0123456789abcdef")


class LabelMissing(Refused):
    """There is no such tag or brand in this store."""

    code, kind, sentence = "label_missing", Kind.MISSING, _("没有找到，可能已经被删掉了。")


class LabelNameWrong(Refused):
    """A tag is named in 8 characters, a brand in 40."""

    code, kind, sentence = "label_name_wrong", Kind.INVALID, _("标签名 1 到 8 个字，品牌名 1 到 40 个字。")


class LabelNameTaken(Refused):
    """There is one of this name already."""

    code, kind, sentence = "label_name_taken", Kind.CONFLICT, _("这个名字已经有了。")


class TagColorUnreadable(Refused):
    """White words on this colour cannot be read."""

    code, kind, sentence = "tag_color_unreadable", Kind.INVALID, _("这个颜色太浅，白字看不清，请选深一点的。")


class TooManyTags(Refused):
    """A product carries five tags at most."""

    code, kind, sentence = "too_many_tags", Kind.INVALID, _("一个商品最多挂 5 个标签。")


def save_tag(*, tag_id: UUID | None, name: str, color: str, now: datetime, by_name: str) -> Tag:
    """Make a tag, or change one. :raises LabelMissing, LabelNameWrong, LabelNameTaken, TagColorUnreadable:"""
    wanted, shade = _checked(name, most=8), color.strip().lower()
    if len(shade) != 7 or shade[0] != "#" or not _HEX.issuperset(shade[1:]) or contrast_with_white(shade) < READABLE:
        raise TagColorUnreadable(fields={"color": [TagColorUnreadable.sentence]})
    with transaction.atomic(durable=True):
        tag = Tag.objects.select_for_update().filter(pk=tag_id).first() if tag_id else Tag(position=_next(Tag))
        if tag is None:
            raise LabelMissing
        if Tag.objects.filter(name=wanted).exclude(pk=tag.pk).exists():
            raise LabelNameTaken(fields={"name": [LabelNameTaken.sentence]})
        tag.name, tag.color = wanted, shade
        tag.save()
        record(what="tag.saved", subject=tag, at=now, actor=Actor(kind="person", id="", name=by_name), name=wanted)
    return tag


def remove_tag(*, tag_id: UUID, now: datetime, by_name: str) -> None:
    """Take a tag off every product and away. :raises LabelMissing:"""
    with transaction.atomic(durable=True):
        tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
        if tag is None:
            raise LabelMissing
        record(what="tag.removed", subject=tag, at=now, actor=Actor(kind="person", id="", name=by_name), name=tag.name)
        tag.delete()


def save_brand(*, brand_id: UUID | None, name: str, now: datetime, by_name: str) -> Brand:
    """Make a brand, or give one another name, which its products then carry.

    :raises LabelMissing, LabelNameWrong, LabelNameTaken:
    """
    wanted = _checked(name, most=40)
    with transaction.atomic(durable=True):
        brand = (
            Brand.objects.select_for_update().filter(pk=brand_id).first() if brand_id else Brand(position=_next(Brand))
        )
        if brand is None:
            raise LabelMissing
        if Brand.objects.filter(name=wanted).exclude(pk=brand.pk).exists():
            raise LabelNameTaken(fields={"name": [LabelNameTaken.sentence]})
        former, brand.name = brand.name, wanted
        brand.save()
        if former and former != wanted:
            _rename_on_products(former, wanted, now=now, by_name=by_name)
        record(what="brand.saved", subject=brand, at=now, actor=Actor(kind="person", id="", name=by_name), name=wanted)
    return brand


def remove_brand(*, brand_id: UUID, now: datetime, by_name: str) -> None:
    """Take a brand from the list and off its products. :raises LabelMissing:"""
    with transaction.atomic(durable=True):
        brand = Brand.objects.select_for_update().filter(pk=brand_id).first()
        if brand is None:
            raise LabelMissing
        _rename_on_products(brand.name, "", now=now, by_name=by_name)
        actor = Actor(kind="person", id="", name=by_name)
        record(what="brand.removed", subject=brand, at=now, actor=actor, name=brand.name)
        brand.delete()


def keep_brands(names: Iterable[str]) -> None:
    """Put brands that products name on the list, in the caller's transaction."""
    fresh = {name for name in names if name} - set(Brand.objects.values_list("name", flat=True))
    at = _next(Brand)
    brands = [Brand(name=name, position=at + place) for place, name in enumerate(sorted(fresh))]
    Brand.objects.bulk_create(brands, ignore_conflicts=True)


def hang_tags(*, product: Product, tag_ids: Collection[UUID]) -> None:
    """Make a product's tags these, in the caller's transaction; unknown ones are passed over. :raises TooManyTags:"""
    wanted = set(Tag.objects.filter(pk__in=tag_ids).values_list("pk", flat=True))
    if len(wanted) > MOST_TAGS:
        raise TooManyTags(fields={"tags": [TooManyTags.sentence]})
    ProductTag.objects.filter(product=product).exclude(tag__in=wanted).delete()
    links = [ProductTag(product=product, tag_id=key) for key in wanted]
    ProductTag.objects.bulk_create(links, ignore_conflicts=True)


def hang_tags_by_name(wanted: Mapping[UUID, Collection[str]]) -> None:
    """Make each product's tags those of these names, in the caller's transaction; a name not known becomes a tag."""
    fresh = sorted(
        {name for names in wanted.values() for name in names} - set(Tag.objects.values_list("name", flat=True))
    )
    at = _next(Tag)
    tags = [Tag(name=name, color=_PLAIN_COLOR, position=at + place) for place, name in enumerate(fresh)]
    Tag.objects.bulk_create(tags, ignore_conflicts=True)
    known = dict(Tag.objects.values_list("name", "pk"))
    links = [ProductTag(product_id=key, tag_id=known[name]) for key, names in wanted.items() for name in sorted(names)]
    ProductTag.objects.filter(product__in=wanted).delete()
    ProductTag.objects.bulk_create(links, batch_size=1000)


def _rename_on_products(former: str, name: str, *, now: datetime, by_name: str) -> None:
    products = list(Product.objects.select_for_update().filter(brand=former).order_by("pk"))
    for product in products:
        product.brand, product.version = name, product.version + 1
        product.updated_at, product.updated_by = now, by_name
    Product.objects.bulk_update(products, ["brand", "version", "updated_at", "updated_by"], batch_size=500)
    write_search_words(products)


def _checked(name: str, *, most: int) -> str:
    wanted = " ".join(name.split())
    if not 1 <= len(wanted) <= most:
        raise LabelNameWrong(fields={"name": [LabelNameWrong.sentence]})
    return wanted


def _next(rows: type[Tag] | type[Brand]) -> int:
    last = rows.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1
