"""Writing a plan: every product, SKU and picture of it, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Max
from django.db.models.functions import Cast

from tenants.catalog.models import CatalogImport, Product, ProductPicture, Sku
from tenants.catalog.selectors import category_paths
from tenants.catalog.services.import_goods.planned import CHANGED, NEW, Plan, PlannedProduct, PlannedSku
from tenants.catalog.services.labels import hang_tags_by_name, keep_brands
from tenants.catalog.services.price_history import note_prices, prices_of
from tenants.catalog.services.search_words_of import set_search_words
from tenants.catalog.services.shelves import add_category

_BATCH = 500


@dataclass(frozen=True)
class KeptPicture:
    """A picture of the sheet, encoded and kept before the transaction began."""

    file_key: str
    width: int
    height: int


def write_goods(
    *, plan: Plan, source: CatalogImport, pictures: Mapping[int, KeptPicture], now: datetime, by_name: str
) -> dict[UUID, int]:
    """Write the plan and return the stock counts to set, by SKU. ``pictures`` are named by row number.

    Needs an open transaction; the caller made sure that nothing in the plan is wrong.
    """
    categories = _categories(plan)
    made: list[Product] = []
    touched: list[Product] = []
    for planned in plan.products:
        is_new = planned.product is None
        product = planned.product or Product(created_at=now, made_by_import=source, title=planned.title)
        planned.product = product
        if not is_new and all(one.kind not in (NEW, CHANGED) for one in planned.skus):
            continue
        for name, value in planned.values.items():
            setattr(product, name, value)
        if planned.category:
            product.category_id = categories[planned.category]
        product.version += 0 if is_new else 1
        product.updated_at, product.updated_by = now, by_name
        (made if is_new else touched).append(product)
    positions = _write_skus(plan, made, touched, now=now, by_name=by_name)
    _write_products(plan, touched, now=now, by_name=by_name)
    _hang_pictures(plan, pictures)
    hang_tags_by_name(
        {planned.product.pk: planned.tags for planned in plan.products if planned.product and planned.tags is not None}
    )
    keep_brands({str(planned.values["brand"]) for planned in plan.products if planned.values.get("brand")})
    return positions


def _categories(plan: Plan) -> dict[str, UUID]:
    known = {path: key for key, path in category_paths().items()}
    wanted = dict.fromkeys(planned.category for planned in plan.products if planned.category)
    return known | {path: add_category(name=path).pk for path in wanted if path not in known}


def _write_skus(
    plan: Plan, made: Sequence[Product], touched: Sequence[Product], *, now: datetime, by_name: str
) -> dict[UUID, int]:
    _write_search_words(plan, [*made, *touched])
    Product.objects.bulk_create(made, batch_size=_BATCH)
    ids = [product.pk for product in touched]
    lasts = Sku.objects.filter(product__in=ids).values("product_id").annotate(last=Max("position"))
    position = {row["product_id"]: row["last"] for row in lasts}
    fresh, changed, counts = [], [], {}
    for planned in plan.products:
        for one in planned.skus:
            if one.sku is None:
                at = position.get(planned.product.pk, -1) + 1  # type: ignore[union-attr]
                position[planned.product.pk] = at  # type: ignore[union-attr]
                one.sku = Sku(product=planned.product, position=at, **one.values)
                fresh.append(one.sku)
            elif one.values:
                for name, value in one.values.items():
                    setattr(one.sku, name, value)
                changed.append(one.sku)
            if one.count is not None:
                counts[one.sku.pk] = one.count
    _set_bases(plan)
    former = prices_of([product.pk for product in touched])
    _change_skus(changed, {name for planned in plan.products for one in planned.skus for name in one.values})
    Sku.objects.bulk_create(fresh, batch_size=_BATCH)
    note_prices(skus=[*fresh, *changed], former=former, since=None, now=now, by_name=by_name)
    return counts


def _set_bases(plan: Plan) -> None:
    # Last: the SKU whose stock another takes may stand in a later row
    for one in (one for planned in plan.products for one in planned.skus if one.base_label is not None):
        base = one.base.sku if isinstance(one.base, PlannedSku) else one.base
        one.sku.base_sku = base  # type: ignore[union-attr]


def _change_skus(changed: Sequence[Sku], columns: set[str]) -> None:
    # A column that no row changes is not written: the time goes with the number of columns
    if not changed:
        return
    if columns & {"label", "code"}:
        # Labels and codes are unique row by row: rows that swap theirs first let go of both
        moving = Sku.objects.filter(pk__in=[sku.pk for sku in changed])
        moving.update(label=Cast("id", CharField()), code=None)
        columns = columns | {"label", "code"}
    Sku.objects.bulk_update(changed, sorted(columns), batch_size=_BATCH)


def _write_search_words(plan: Plan, products: Sequence[Product]) -> None:
    codes: dict[UUID, list[str]] = {}
    kept = Sku.objects.filter(product__in=[product.pk for product in products], is_active=True, code__isnull=False)
    for product_id, code in kept.values_list("product_id", "code"):
        codes.setdefault(product_id, []).append(str(code))
    for planned in plan.products:
        if planned.product is not None:
            codes.setdefault(planned.product.pk, []).extend(one.row.code for one in planned.skus if one.row.code)
    for product in products:
        set_search_words(product, codes=codes.get(product.pk, []))


def _write_products(plan: Plan, touched: Sequence[Product], *, now: datetime, by_name: str) -> None:
    columns = {name for planned in plan.products for name in planned.values}
    if any(planned.category for planned in plan.products):
        columns.add("category")
    written = [*sorted(columns), "search_text", "search_grams", "version"]
    Product.objects.bulk_update(touched, written, batch_size=_BATCH)
    ids = [product.pk for product in touched]
    Product.objects.filter(pk__in=ids).update(updated_at=now, updated_by=by_name)


def _hang_pictures(plan: Plan, pictures: Mapping[int, KeptPicture]) -> None:
    hung = []
    for planned in plan.products:
        kept = next((pictures[one.row.number] for one in planned.skus if one.row.number in pictures), None)
        if kept is not None and planned.product is not None:
            hung.append(
                ProductPicture(product=planned.product, file_key=kept.file_key, width=kept.width, height=kept.height)
            )
    ProductPicture.objects.bulk_create(hung, batch_size=_BATCH)


def picture_rows(plan: Plan) -> list[tuple[int, PlannedProduct]]:
    """List the pictures to be kept: the row that carries each, and its product."""
    return [
        (next(one.row.number for one in planned.skus if one.row.picture), planned)
        for planned in plan.products
        if planned.picture
    ]
