"""What an import would do to the catalogue: compared row by row, nothing written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from tenants.catalog.models import Product, ProductPicture, ProductState, Sku
from tenants.catalog.selectors import category_paths
from tenants.catalog.services.drafts import MOST_SKUS
from tenants.catalog.services.encode_picture import NotAPicture, PictureTooLarge, check_picture
from tenants.catalog.services.import_goods.rows import PLAIN_LABEL, GoodsRow

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"


@dataclass(frozen=True)
class StockNow:
    """What inventory says of a SKU: pieces there, pieces promised."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass
class PlannedSku:
    """A row and the SKU it makes or changes. ``values`` holds only what differs."""

    row: GoodsRow
    label: str
    sku: Sku | None
    kind: str = NEW
    values: dict[str, Any] = field(default_factory=dict)
    count: int | None = None  # the stock to set, None: leave it


@dataclass
class PlannedProduct:
    """A product and its rows. ``values`` holds only what differs; ``category`` is a path (蔬菜/叶菜)."""

    title: str
    product: Product | None
    skus: list[PlannedSku] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    category: str = ""
    picture: bytes | None = None


@dataclass
class Plan:
    """All of it. ``wrong`` maps row numbers to reasons; with a single one nothing may be written."""

    products: list[PlannedProduct] = field(default_factory=list)
    wrong: dict[int, list[str]] = field(default_factory=dict)
    remarks: list[tuple[int, str]] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """Count the SKUs that are new, changed or unchanged."""
        return sum(planned.kind == kind for product in self.products for planned in product.skus)

    def sku_ids(self) -> list[UUID]:
        """List the SKUs that exist already."""
        return [planned.sku.pk for product in self.products for planned in product.skus if planned.sku]


def plan_goods(*, rows: Sequence[GoodsRow], last_row_wins: bool, opening_stock: int, lock: bool = False) -> Plan:
    """Match rows with products by 商品编码, else by 商品名称 and 规格, and say what would change.

    Stock is compared afterwards by ``plan_stock``: it is kept a floor above. With ``lock`` the products meant stay
    as they are until the caller's transaction ends.
    """
    plan = Plan()
    shelf = _Shelf.around(rows, lock=lock)
    groups: dict[str, list[GoodsRow]] = defaultdict(list)
    for row in _codes_once(plan, _without_wrong(plan, rows)):
        groups[row.title].append(row)
    claimed: dict[UUID, str] = {}
    for title, group in groups.items():
        product = _product_of(plan, shelf, group)
        if product is not None and claimed.setdefault(product.pk, title) != title:
            _wrong(
                plan, group, gettext("商品编码属于“%(title)s”，和表里另一个商品名称对不上。") % {"title": product.title}
            )
            continue
        planned = _planned(plan, shelf, product, group, last_row_wins=last_row_wins, opening_stock=opening_stock)
        if planned.skus:
            plan.products.append(planned)
    plan.remarks.sort()
    return plan


def plan_stock(plan: Plan, stock: Mapping[UUID, StockNow]) -> None:
    """Compare the stock a sheet wants with what is there; fewer pieces than orders hold is wrong."""
    for product in plan.products:
        for planned in product.skus:
            if planned.sku is None or planned.count is None:
                continue
            now = stock.get(planned.sku.pk, StockNow(0, 0))
            if planned.count < now.reserved:
                sentence = gettext("订单已占用 %(reserved)s 件，库存不能比这个少。") % {"reserved": now.reserved}
                plan.wrong.setdefault(planned.row.number, []).append(sentence)
            elif planned.count == now.on_hand:
                planned.count = None
            elif planned.kind == UNCHANGED:
                planned.kind = CHANGED


@dataclass(frozen=True)
class _Shelf:
    """What is there already and may be meant."""

    by_code: Mapping[str, Sku]
    by_title: Mapping[str, list[Product]]
    skus: Mapping[UUID, list[Sku]]
    paths: Mapping[UUID, str]  # of categories

    @classmethod
    def around(cls, rows: Sequence[GoodsRow], *, lock: bool) -> "_Shelf":
        coded = list(Sku.objects.filter(code__in={row.code for row in rows if row.code}))
        has_picture = ProductPicture.objects.filter(product=OuterRef("pk"), removed_at=None)
        products = Product.objects.annotate(has_picture=Exists(has_picture)).order_by("pk")
        if lock:
            products = products.select_for_update(of=("self",))
        titled = list(products.filter(title__in={row.title for row in rows}))
        meant = {product.pk: product for product in titled}
        more = products.filter(pk__in={sku.product_id for sku in coded} - meant.keys())
        meant.update((product.pk, product) for product in more)
        by_title: dict[str, list[Product]] = defaultdict(list)
        for product in titled:
            by_title[product.title].append(product)
        skus: dict[UUID, list[Sku]] = defaultdict(list)
        for sku in Sku.objects.filter(product__in=meant).order_by("position", "id"):
            sku.product = meant[sku.product_id]
            skus[sku.product_id].append(sku)
        by_code = {str(sku.code): sku for found in skus.values() for sku in found if sku.code}
        return cls(by_code=by_code, by_title=by_title, skus=skus, paths=category_paths())


def _without_wrong(plan: Plan, rows: Sequence[GoodsRow]) -> list[GoodsRow]:
    for row in rows:
        plan.remarks.extend((row.number, remark) for remark in row.remarks)
        if row.problems:
            plan.wrong[row.number] = list(row.problems)
    return [row for row in rows if not row.problems]


def _codes_once(plan: Plan, rows: Sequence[GoodsRow]) -> list[GoodsRow]:
    first: dict[str, GoodsRow] = {}
    kept = []
    for row in rows:
        other = first.setdefault(row.code, row) if row.code else row
        if (other.title, other.label) != (row.title, row.label):
            sentence = gettext("商品编码 %(code)s 和第 %(row)s 行重复了。") % {"code": row.code, "row": other.number}
            plan.wrong[row.number] = [sentence]
        else:
            kept.append(row)
    return kept


def _product_of(plan: Plan, shelf: _Shelf, group: Sequence[GoodsRow]) -> Product | None:
    coded = {sku.product_id: sku.product for row in group if (sku := shelf.by_code.get(row.code))}
    if len(coded) > 1:
        titles = "”“".join(sorted(product.title for product in coded.values()))
        _wrong(plan, group, gettext("同一个商品名称下的商品编码属于不同的商品：“%(titles)s”。") % {"titles": titles})
        return None
    if coded:
        return next(iter(coded.values()))
    same = shelf.by_title.get(group[0].title, [])
    if len(same) > 1:
        _wrong(plan, group, gettext("店里有 %(n)s 个同名商品，请填商品编码，好知道是哪一个。") % {"n": len(same)})
        return None
    return same[0] if same else None


def _planned(
    plan: Plan,
    shelf: _Shelf,
    product: Product | None,
    group: Sequence[GoodsRow],
    *,
    last_row_wins: bool,
    opening_stock: int,
) -> PlannedProduct:
    planned = PlannedProduct(title=group[0].title, product=product)
    by_label: dict[str, PlannedSku] = {}
    for row in group:
        if row.number in plan.wrong:
            continue
        sku = _sku_of(shelf, product, row)
        label = row.label or (sku.label if sku else PLAIN_LABEL)
        earlier = by_label.get(label.casefold())
        if earlier and not _merged(plan, earlier.row, row, last_row_wins=last_row_wins):
            continue
        one = PlannedSku(row=row, label=label, sku=sku)
        if _fill_sku(plan, one, opening_stock=opening_stock):
            by_label[label.casefold()] = one
    planned.skus = list(by_label.values())
    known = {sku.pk for sku in shelf.skus.get(product.pk, []) if sku.is_active} if product else set()
    if (
        len(known | {one.sku.pk for one in planned.skus if one.sku}) + sum(not one.sku for one in planned.skus)
        > MOST_SKUS
    ):
        _wrong(plan, group, gettext("一个商品最多 %(most)s 个规格。") % {"most": MOST_SKUS})
    if planned.skus:
        _fill_product(plan, planned, shelf.paths)
    return planned


def _sku_of(shelf: _Shelf, product: Product | None, row: GoodsRow) -> Sku | None:
    if row.code in shelf.by_code:
        return shelf.by_code[row.code]
    wanted = (row.label or PLAIN_LABEL).casefold()
    skus = shelf.skus.get(product.pk, []) if product else []
    fitting = [sku for sku in skus if sku.label.casefold() == wanted]
    return next((sku for sku in fitting if sku.is_active), fitting[0] if fitting else None)


def _merged(plan: Plan, earlier: GoodsRow, row: GoodsRow, *, last_row_wins: bool) -> bool:
    """Say whether the later of two rows of the same goods takes the place of the earlier one."""
    if earlier.says_the_same_as(row):
        plan.remarks.append((row.number, gettext("和第 %(row)s 行完全一样，只录入一次。") % {"row": earlier.number}))
        return False
    if last_row_wins:
        sentence = gettext("商品名称和规格与第 %(row)s 行相同，以这一行为准。") % {"row": earlier.number}
        plan.remarks.append((row.number, sentence))
        return True
    plan.wrong[row.number] = [
        gettext("商品名称和规格与第 %(row)s 行相同，但内容不一样，请只留一行。") % {"row": earlier.number}
    ]
    return False


def _fill_sku(plan: Plan, one: PlannedSku, *, opening_stock: int) -> bool:
    row, sku = one.row, one.sku
    wanted: dict[str, Any] = {"label": one.label, "code": row.code or None, "price_minor": row.price_minor}
    wanted |= {"strike_minor": row.strike_minor, "cost_minor": row.cost_minor}
    given = {name: value for name, value in wanted.items() if value is not None}
    if sku is None:
        if row.price_minor is None:
            plan.wrong[row.number] = [gettext("请填写售价。")]
            return False
        one.values, one.kind = given, NEW
        one.count = row.stock if row.stock is not None else opening_stock
        return True
    price = row.price_minor if row.price_minor is not None else sku.price_minor
    if row.strike_minor is not None and row.strike_minor <= price:
        plan.wrong[row.number] = [gettext("划线价要高于售价。")]
        return False
    one.values = {name: value for name, value in given.items() if getattr(sku, name) != value}
    if not sku.is_active:
        one.values["is_active"] = True
    one.kind, one.count = CHANGED if one.values else UNCHANGED, row.stock
    return True


def _fill_product(plan: Plan, planned: PlannedProduct, paths: Mapping[UUID, str]) -> None:
    product, rows = planned.product, [one.row for one in planned.skus]
    wanted = {"title": planned.title}
    wanted |= {name: _first(rows, name) for name in ("subtitle", "origin", "storage")}
    planned.category = _first(rows, "category")
    picture = next((row for row in rows if row.picture), None)
    if picture is not None and not (product and product.has_picture):  # type: ignore[attr-defined]
        planned.picture = _usable(plan, picture)
    if product is None:
        planned.values = {name: value for name, value in wanted.items() if value}
        return
    planned.values = {name: value for name, value in wanted.items() if value and getattr(product, name) != value}
    if product.state == ProductState.OFF_SHELF:
        planned.values["state"] = ProductState.ON_SALE
        plan.remarks.append((rows[0].number, gettext("这个商品已下架，导入后会重新上架。")))
    if product.category_id and planned.category == paths.get(product.category_id):
        planned.category = ""
    if planned.values or planned.category or planned.picture:
        for one in planned.skus:
            one.kind = CHANGED if one.kind == UNCHANGED else one.kind


def _first(rows: Sequence[GoodsRow], name: str) -> str:
    return next((text for row in rows if (text := getattr(row, name))), "")


def _usable(plan: Plan, row: GoodsRow) -> bytes | None:
    try:
        check_picture(row.picture or b"")
    except (NotAPicture, PictureTooLarge) as refusal:
        plan.wrong.setdefault(row.number, []).append(str(refusal))
        return None
    return row.picture


def _wrong(plan: Plan, group: Sequence[GoodsRow], sentence: str) -> None:
    for row in group:
        plan.wrong.setdefault(row.number, []).append(sentence)
