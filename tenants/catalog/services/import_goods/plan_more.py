"""The columns beyond the first twelve in a plan: compared with what stands there, and the whole checked as one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from kit.ports.storage import public_url
from tenants.catalog.models import Product, ProductPicture, ProductTag, Sku
from tenants.catalog.rich_text import cleaned, plain_text
from tenants.catalog.services.check_draft import wrong_in
from tenants.catalog.services.drafts import ProductDraft, Selling, SkuDraft, Weighed
from tenants.catalog.services.import_goods.more_columns import (
    OF_PRODUCT,
    OF_SKU,
    WEIGHED,
    MoreColumn,
    Place,
    cell_of,
    picture_name,
)
from tenants.catalog.services.import_goods.planned import Plan, PlannedProduct, PlannedSku
from tenants.catalog.services.import_goods.rows import GoodsRow
from tenants.catalog.weights import estimated_price

SILENT: Any = object()  # a row says nothing of a column: None and "" are wishes too
_SELLING = tuple(Selling.__dataclass_fields__)


@dataclass(frozen=True)
class Beside:
    """What stands beside the products meant: their pictures, their tags, and the labels of their SKUs."""

    pictures: Mapping[UUID, Mapping[str, ProductPicture]] = field(default_factory=dict)  # by product, by name
    tags: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    labels: Mapping[UUID, str] = field(default_factory=dict)

    @classmethod
    def of(cls, products: Iterable[UUID], skus: Iterable[Sku]) -> "Beside":
        """Read it, in two queries."""
        ids = list(products)
        pictures: dict[UUID, dict[str, ProductPicture]] = defaultdict(dict)
        for one in ProductPicture.objects.filter(product__in=ids, removed_at=None):
            pictures[one.product_id][picture_name(one.file_key)] = one
        tags: dict[UUID, set[str]] = defaultdict(set)
        for product_id, name in ProductTag.objects.filter(product__in=ids).values_list("product_id", "tag__name"):
            tags[product_id].add(name)
        named = {key: frozenset(names) for key, names in tags.items()}
        return cls(pictures=pictures, tags=named, labels={sku.pk: sku.label for sku in skus})

    def of_product(self, column: MoreColumn, product: Product) -> Any:
        """Say what a column of a product is now."""
        if column.attribute == "tag_names":
            return self.tags.get(product.pk, frozenset())
        return getattr(product, column.attribute)

    def of_sku(self, column: MoreColumn, sku: Sku) -> Any:
        """Say what a column of a SKU is now."""
        if column.attribute == "base_label":
            return self.labels.get(sku.base_sku_id, "") if sku.base_sku_id else ""
        if column.attribute == "picture_name":
            own = self.pictures.get(sku.product_id, {})
            return next((name for name, one in own.items() if one.pk == sku.picture_id), "")
        return getattr(sku, column.attribute)


def agreed(plan: Plan, rows: Sequence[GoodsRow], of_row: Callable[[GoodsRow], Any], *, head: str, now: Any) -> Any:
    """Say what a product's rows want of one of its own columns: the one value that differs from ``now``.

    An export writes the product's words in each of its rows, so one of them changed is what was meant. Two that want
    different things are wrong. None: nothing is wanted.
    """
    fresh = [(row, wish) for row in rows if (wish := of_row(row)) is not SILENT and wish != now]
    if not fresh:
        return now
    for row, wish in fresh[1:]:
        if wish != fresh[0][1]:
            sentence = gettext("“%(head)s”和第 %(row)s 行写得不一样，它们是同一个商品。")
            plan.wrong.setdefault(row.number, []).append(sentence % {"head": head, "row": fresh[0][0].number})
    return fresh[0][1]


def fill_sku_more(plan: Plan, one: PlannedSku, beside: Beside, place: Place) -> None:
    """Add to a planned SKU what its row wants beyond the first columns."""
    for column in OF_SKU:
        if column.field not in one.row.more:
            continue
        wish = one.row.more[column.field]
        was = beside.of_sku(column, one.sku) if one.sku else column.empty
        if wish == was:
            continue
        if column.attribute == "base_label":
            one.base_label, one.values["base_sku"] = wish, None
        elif column.attribute == "picture_name":
            _hang(plan, one, wish, beside)
        else:
            one.values[column.attribute] = wish
        if one.sku is not None:
            plan.note(one.row, column.head, cell_of(column, was, place), cell_of(column, wish, place))
    if "base_sku" in one.values and not one.base_label:
        one.values["factor"] = 1  # a SKU of its own stock is one piece of it
    trio = [one.after(name) for name in ("weighed_per_grams", "weighed_price_minor", "estimated_grams")]
    if any(value is None for value in trio) and any(value is not None for value in trio):
        heads = "”“".join(column.head for column in OF_SKU if column.field in WEIGHED)
        plan.wrong.setdefault(one.row.number, []).append(gettext("按重量卖要把“%(heads)s”都填上。") % {"heads": heads})


def price_of_weight(row: GoodsRow, sku: Sku | None) -> int | None:
    """Work out the price of weight goods from what the row wants and the SKU has; None: sold by the piece."""
    trio = [
        row.more.get(name, getattr(sku, attribute) if sku else None)
        for name, attribute in zip(
            WEIGHED, ("weighed_per_grams", "weighed_price_minor", "estimated_grams"), strict=True
        )
    ]
    per, price, grams = trio
    if per is None or price is None or grams is None:
        return None
    return estimated_price(price_minor=price, per_grams=per, grams=grams)


def fill_product_more(plan: Plan, planned: PlannedProduct, beside: Beside, place: Place) -> None:
    """Add to a planned product what its rows want beyond the first columns."""
    product, rows = planned.product, [one.row for one in planned.skus]
    for column in OF_PRODUCT:
        was = beside.of_product(column, product) if product else column.empty
        wish = agreed(plan, rows, _asked(column, product, beside), head=column.head, now=was)
        if wish == was:
            continue
        if column.attribute == "tag_names":
            planned.tags = wish
        else:
            planned.values[column.attribute] = wish
        if column.attribute == "story":
            planned.values["description"] = plain_text(wish)
        if product is not None:
            first = next((row for row in rows if _asked(column, product, beside)(row) == wish), rows[0])
            plan.note(first, column.head, cell_of(column, was, place), cell_of(column, wish, place))


def check_whole(plan: Plan, planned: PlannedProduct, others: Sequence[Sku], beside: Beside, place: Place) -> None:
    """Check a product with all its SKUs as the editor would, if anything of it changes."""
    is_touched = planned.product is None or planned.values or any(one.values for one in planned.skus)
    if not is_touched or not any(one.row.more for one in planned.skus):
        return
    kept = {one.sku.pk for one in planned.skus if one.sku}
    resting = [sku for sku in others if sku.pk not in kept]
    labels = {**beside.labels, **{one.sku.pk: one.label for one in planned.skus if one.sku}}
    skus = [_draft(one.after, one.label, one.base_after(labels)) for one in planned.skus]
    for sku in resting:
        base = labels.get(sku.base_sku_id, "") if sku.base_sku_id else ""
        skus.append(_draft(lambda name, sku=sku: getattr(sku, name), sku.label, base))  # type: ignore[misc]
    groups = planned.after("spec_groups") or []
    draft = ProductDraft(
        title=planned.title,
        skus=skus,
        spec_groups=[(str(group["name"]), list(group["values"])) for group in groups],
        selling=Selling(**{name: planned.after(name) for name in _SELLING}),
    )
    for cell, sentences in wrong_in(draft, currency=place.currency).items():
        at = int(cell.split("-")[1]) if cell.startswith("sku-") else 0
        row = planned.skus[at if at < len(planned.skus) else 0].row
        told = plan.wrong.setdefault(row.number, [])
        told.extend(str(sentence) for sentence in sentences if str(sentence) not in told)
    _find_bases(planned, resting)


def _find_bases(planned: PlannedProduct, resting: Sequence[Sku]) -> None:
    by_label: dict[str, Any] = {sku.label: sku for sku in resting} | {one.label: one for one in planned.skus}
    for one in planned.skus:
        if one.base_label:
            one.base = by_label.get(one.base_label)


def _asked(column: MoreColumn, product: Product | None, beside: Beside) -> Callable[[GoodsRow], Any]:
    if column.attribute != "story":
        return lambda row: row.more.get(column.field, SILENT)
    kept = beside.pictures.get(product.pk, {}) if product else {}
    addresses = {public_url(one.file_key) for one in kept.values()}
    present = product.story if product else None

    def story(row: GoodsRow) -> Any:
        typed = row.more.get("story", SILENT)
        # What stands there unchanged is not cleaned again: an old row would differ from itself
        return typed if typed is SILENT or typed == present else cleaned(typed, pictures=addresses)

    return story


def _hang(plan: Plan, one: PlannedSku, name: str, beside: Beside) -> None:
    own = beside.pictures.get(one.sku.product_id, {}) if one.sku else {}
    if name and name not in own:
        sentence = gettext("“规格图片”里写的 %(name)s 不是这个商品的图片。") % {"name": name[:60]}
        plan.wrong.setdefault(one.row.number, []).append(sentence)
        return
    one.values["picture_id"] = own[name].pk if name else None


def _draft(after: Callable[[str], Any], label: str, base_label: str) -> SkuDraft:
    weighed = None
    if after("weighed_per_grams") and after("weighed_price_minor") and after("estimated_grams"):
        weighed = Weighed(after("weighed_price_minor"), after("weighed_per_grams"), after("estimated_grams"))
    return SkuDraft(
        label=label,
        price_minor=after("price_minor"),
        strike_minor=after("strike_minor"),
        member_price_minor=after("member_price_minor"),
        options=after("options") or [],
        base_label=base_label,
        factor=after("factor") or 1,
        limit_per_order=after("limit_per_order"),
        weighed=weighed,
    )
