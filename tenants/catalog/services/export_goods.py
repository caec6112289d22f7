"""The catalogue as a sheet with every column there is, ready to be changed and imported again."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from kit.money import major_units
from kit.tenancy import current_store
from kit.web.xlsx import Sheet
from tenants.catalog.models import Product, ProductTag, Sku
from tenants.catalog.selectors import category_paths, with_shown_parts
from tenants.catalog.services.import_goods.cell_words import guarded, joined
from tenants.catalog.services.import_goods.columns import ALL_HEADS
from tenants.catalog.services.import_goods.more_columns import MORE, Place, cell_of, picture_name
from tenants.catalog.services.import_goods.sheet import GOODS_SHEET
from tenants.catalog.services.import_goods.template import MUST, WIDTHS
from tenants.catalog.services.import_goods.workbook import MOST_LETTERS_A_CELL


def goods_sheet() -> Sheet:
    """Describe the sheet of the catalogue: the columns that an import reads."""
    widths = [*WIDTHS, *(14 for _column in range(len(ALL_HEADS) - len(WIDTHS)))]
    return Sheet(GOODS_SHEET, list(ALL_HEADS.values()), widths, MUST)


def with_exported_parts(products: QuerySet[Product]) -> QuerySet[Product]:
    """Bring along what the rows of these products need."""
    names = ArraySubquery(ProductTag.objects.filter(product=OuterRef("pk")).values("tag__name"))
    return with_shown_parts(products.annotate(tag_list=names))


def goods_rows(products: Sequence[Product], *, on_hand: Mapping[UUID, int]) -> Iterator[list[str | int | None]]:
    """Write these products, one row a SKU; ``on_hand`` is the stock by SKU.

    Pictures stay behind, their names are written. A story too long for a cell is left out, which a later import
    reads as "no change".
    """
    store = current_store()
    place = Place(store.currency, store.timezone)
    paths = category_paths()
    for product in products:
        skus: list[Sku] = product.shown_skus  # type: ignore[attr-defined]
        labels = {sku.pk: sku.label for sku in skus}
        pictures = {one.pk: picture_name(one.file_key) for one in product.shown_pictures}  # type: ignore[attr-defined]
        for sku in skus:
            prices = (sku.price_minor, sku.strike_minor, sku.cost_minor)
            beside = {
                "tag_names": frozenset(product.tag_list),  # type: ignore[attr-defined]
                "base_label": labels.get(sku.base_sku_id, "") if sku.base_sku_id else "",
                "picture_name": pictures.get(sku.picture_id, "") if sku.picture_id else "",
            }
            more = [
                cell_of(
                    column,
                    beside[column.attribute]
                    if column.attribute in beside
                    else getattr(sku if column.of_sku else product, column.attribute),
                    place,
                )
                for column in MORE
            ]
            yield [
                guarded(product.title),
                guarded(product.subtitle),
                guarded(sku.label),
                *("" if price is None else major_units(price, place.currency).replace(",", "") for price in prices),
                "" if sku.base_sku_id else on_hand.get(sku.pk, 0),
                guarded(paths.get(product.category_id, "")) if product.category_id else "",
                guarded(product.origin),
                guarded(product.storage),
                guarded(sku.code or ""),
                "",
                *(guarded(text) if len(text) < MOST_LETTERS_A_CELL else "" for text in more),
                joined(pictures.values()),
                str(sku.pk),
            ]
