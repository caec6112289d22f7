"""Which goods of the store a row means."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from tenants.catalog.models import Product, ProductPicture, Sku
from tenants.catalog.selectors import category_paths
from tenants.catalog.services.import_goods.names import clean_name
from tenants.catalog.services.import_goods.plan_more import Beside
from tenants.catalog.services.import_goods.rows import PLAIN_LABEL, GoodsRow


@dataclass(frozen=True)
class Shelf:
    """What is there already and may be meant."""

    by_code: Mapping[str, Sku]
    by_title: Mapping[str, list[Product]]
    skus: Mapping[UUID, list[Sku]]
    paths: Mapping[UUID, str]  # of categories
    by_id: Mapping[UUID | None, Sku]
    beside: Beside

    @classmethod
    def around(cls, rows: Sequence[GoodsRow], *, lock: bool) -> "Shelf":
        """Read what these rows may mean. Six queries."""
        ids = Q(pk__in={row.sku_id for row in rows if row.sku_id})
        coded = list(Sku.objects.filter(ids | Q(code__in={row.code for row in rows if row.code})))
        has_picture = ProductPicture.objects.filter(product=OuterRef("pk"), removed_at=None)
        products = Product.objects.annotate(has_picture=Exists(has_picture)).order_by("pk")
        if lock:
            products = products.select_for_update(of=("self",))
        titles = {row.title for row in rows}
        # in one statement, so that all are held in the order of their ids
        known = products.filter(Q(title__in=titles) | Q(pk__in={sku.product_id for sku in coded}))
        meant = {product.pk: product for product in known}
        by_title: dict[str, list[Product]] = defaultdict(list)
        for product in meant.values():
            if product.title in titles:
                by_title[product.title].append(product)
        skus: dict[UUID, list[Sku]] = defaultdict(list)
        for sku in Sku.objects.filter(product__in=meant).order_by("position", "id"):
            sku.product = meant[sku.product_id]
            skus[sku.product_id].append(sku)
        by_code = {str(sku.code): sku for found in skus.values() for sku in found if sku.code}
        all_skus = [sku for found in skus.values() for sku in found]
        by_id: dict[UUID | None, Sku] = {sku.pk: sku for sku in all_skus if sku.is_active}
        beside = Beside.of(meant, all_skus)
        return cls(by_code=by_code, by_title=by_title, skus=skus, paths=category_paths(), by_id=by_id, beside=beside)

    def sku_of(self, product: Product | None, row: GoodsRow) -> Sku | None:
        """Find the SKU that a row means: by its id, its code or its label, those in use first."""
        known = self.by_id.get(row.sku_id) or self.by_code.get(row.code)
        if known is not None:
            return known
        wanted = (row.label or PLAIN_LABEL).casefold()
        skus = self.skus.get(product.pk, []) if product else []
        fitting = [sku for sku in skus if sku.label.casefold() == wanted]
        return next((sku for sku in fitting if sku.is_active), fitting[0] if fitting else None)


def codes_once(wrong: dict[int, list[str]], rows: Sequence[GoodsRow]) -> list[GoodsRow]:
    """Keep the rows whose code no other goods of the sheet have."""
    first: dict[str, GoodsRow] = {}
    kept = []
    for row in rows:
        other = first.setdefault(row.code, row) if row.code else row
        if (other.title, other.label) != (row.title, row.label):
            sentence = gettext("商品编码 %(code)s 和第 %(row)s 行重复了。") % {"code": row.code, "row": other.number}
            wrong[row.number] = [sentence]
        else:
            kept.append(row)
    return kept


def ids_once(wrong: dict[int, list[str]], rows: Sequence[GoodsRow]) -> list[GoodsRow]:
    """Keep the rows whose 系统编号 stands in no row before; a row that was copied for another SKU has to lose it."""
    first: dict[UUID, int] = {}
    for row in rows:
        if row.sku_id and first.setdefault(row.sku_id, row.number) != row.number:
            sentence = gettext("系统编号和第 %(row)s 行重复了；要新增规格，请把这一格清空。")
            wrong[row.number] = [sentence % {"row": first[row.sku_id]}]
    return [row for row in rows if row.number not in wrong]


def groups_of(shelf: Shelf, rows: Sequence[GoodsRow]) -> Mapping[UUID | str, list[GoodsRow]]:
    """Put the rows of one product together: by the product their id names, else by the title.

    A name that only its cleaning tells from the one in the store stays as it is there.
    """
    keys: dict[str, UUID] = {}
    for row in rows:
        sku = shelf.by_id.get(row.sku_id)
        if sku is None:
            continue
        if clean_name(sku.product.title) == row.title:
            row.title = sku.product.title
        if clean_name(sku.label) == row.label:
            row.label = sku.label
        keys.setdefault(row.title, sku.product_id)
        keys.setdefault(sku.product.title, sku.product_id)
    groups: dict[UUID | str, list[GoodsRow]] = defaultdict(list)
    for row in rows:
        known = shelf.by_id.get(row.sku_id)
        groups[known.product_id if known else keys.get(row.title, row.title)].append(row)
    return groups
