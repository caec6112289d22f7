"""What an import would do to the catalogue: compared row by row, nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from kit.money import major_units
from tenants.catalog.models import Product, ProductState
from tenants.catalog.services.drafts import MOST_SKUS
from tenants.catalog.services.encode_picture import NotAPicture, PictureTooLarge, check_picture
from tenants.catalog.services.import_goods.columns import OWN_HEADS
from tenants.catalog.services.import_goods.matching import Shelf, codes_once, groups_of, ids_once
from tenants.catalog.services.import_goods.more_columns import Place
from tenants.catalog.services.import_goods.plan_more import (
    SILENT,
    Beside,
    agreed,
    check_whole,
    fill_product_more,
    fill_sku_more,
    price_of_weight,
)
from tenants.catalog.services.import_goods.planned import (
    CHANGED,
    NEW,
    UNCHANGED,
    Plan,
    PlannedProduct,
    PlannedSku,
)
from tenants.catalog.services.import_goods.rows import PLAIN_LABEL, GoodsRow

_WORDS = {"label": "label", "code": "code", "price_minor": "price", "strike_minor": "strike", "cost_minor": "cost"}
_CLEARED = (("strike", "strike_minor"), ("cost", "cost_minor"), ("code", "code"))


@dataclass(frozen=True)
class StockNow:
    """What inventory says of a SKU: pieces there, pieces promised."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


def plan_goods(
    *, rows: Sequence[GoodsRow], last_row_wins: bool, opening_stock: int, place: Place, lock: bool = False
) -> Plan:
    """Match rows with products by 系统编号, else 商品编码, else 商品名称 and 规格, and say what would change.

    Stock is compared afterwards by ``plan_stock``: it is kept a floor above. With ``lock`` the products meant stay
    as they are until the caller's transaction ends.
    """
    plan = Plan()
    shelf = Shelf.around(rows, lock=lock)
    good = ids_once(plan.wrong, codes_once(plan.wrong, _without_wrong(plan, rows)))
    claimed: dict[UUID, Any] = {}
    for key, group in groups_of(shelf, good).items():
        product = _product_of(plan, shelf, group)
        if product is not None and claimed.setdefault(product.pk, key) != key:
            _wrong(
                plan, group, gettext("商品编码属于“%(title)s”，和表里另一个商品名称对不上。") % {"title": product.title}
            )
            continue
        rules = _Rules(last_row_wins=last_row_wins, opening_stock=opening_stock, place=place)
        planned = _planned(plan, shelf, product, group, rules)
        if planned.skus:
            plan.products.append(planned)
    plan.remarks.sort()
    plan.changes.sort()
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
            else:
                plan.note(planned.row, OWN_HEADS["stock"], now.on_hand, planned.count)
                planned.kind = CHANGED if planned.kind == UNCHANGED else planned.kind


@dataclass(frozen=True)
class _Rules:
    last_row_wins: bool
    opening_stock: int
    place: Place


def _without_wrong(plan: Plan, rows: Sequence[GoodsRow]) -> list[GoodsRow]:
    for row in rows:
        plan.remarks.extend((row.number, remark) for remark in row.remarks)
        if row.problems:
            plan.wrong[row.number] = list(row.problems)
    return [row for row in rows if not row.problems]


def _product_of(plan: Plan, shelf: Shelf, group: Sequence[GoodsRow]) -> Product | None:
    meant = [sku for row in group for sku in (shelf.by_id.get(row.sku_id), shelf.by_code.get(row.code)) if sku]
    known = {sku.product_id: sku.product for sku in meant}
    if len(known) > 1:
        titles = "”“".join(sorted(product.title for product in known.values()))
        _wrong(plan, group, gettext("同一个商品名称下的商品编码属于不同的商品：“%(titles)s”。") % {"titles": titles})
        return None
    if known:
        return next(iter(known.values()))
    same = shelf.by_title.get(group[0].title, [])
    if len(same) > 1:
        _wrong(plan, group, gettext("店里有 %(n)s 个同名商品，请填商品编码，好知道是哪一个。") % {"n": len(same)})
        return None
    return same[0] if same else None


def _planned(
    plan: Plan, shelf: Shelf, product: Product | None, group: Sequence[GoodsRow], rules: _Rules
) -> PlannedProduct:
    planned = PlannedProduct(title=group[0].title, product=product)
    by_label: dict[str, PlannedSku] = {}
    for row in group:
        if row.number in plan.wrong:
            continue
        sku = shelf.sku_of(product, row)
        label = row.label or (sku.label if sku else PLAIN_LABEL)
        earlier = by_label.get(label.casefold())
        if earlier and not _merged(plan, earlier.row, row, last_row_wins=rules.last_row_wins):
            continue
        one = PlannedSku(row=row, label=label, sku=sku)
        if _fill_sku(plan, one, shelf.beside, rules):
            by_label[label.casefold()] = one
    planned.skus = list(by_label.values())
    active = [sku for sku in shelf.skus.get(product.pk, []) if sku.is_active] if product else []
    kept = {sku.pk for sku in active} | {one.sku.pk for one in planned.skus if one.sku}
    if len(kept) + sum(not one.sku for one in planned.skus) > MOST_SKUS:
        _wrong(plan, group, gettext("一个商品最多 %(most)s 个规格。") % {"most": MOST_SKUS})
    if planned.skus:
        _fill_product(plan, planned, shelf, rules)
        check_whole(plan, planned, active, shelf.beside, rules.place)
    return planned


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


def _fill_sku(plan: Plan, one: PlannedSku, beside: Beside, rules: _Rules) -> bool:
    row, sku = one.row, one.sku
    by_weight = price_of_weight(row, sku)
    price = row.price_minor if by_weight is None else by_weight
    if price is None and sku is None:
        plan.wrong[row.number] = [gettext("请填写售价。")]
        return False
    wanted: dict[str, Any] = {"label": one.label, "code": row.code or None, "price_minor": price}
    wanted |= {"strike_minor": row.strike_minor, "cost_minor": row.cost_minor}
    given = {name: value for name, value in wanted.items() if value is not None}
    given |= {column: None for word, column in _CLEARED if word in row.cleared}
    if sku is not None:
        asked = price if price is not None else sku.price_minor
        if row.strike_minor is not None and row.strike_minor <= asked:
            plan.wrong[row.number] = [gettext("划线价要高于售价。")]
            return False
        given = {name: value for name, value in given.items() if getattr(sku, name) != value}
        for name, value in given.items():
            plan.note(row, OWN_HEADS[_WORDS[name]], *(_shown(one, rules.place) for one in (getattr(sku, name), value)))
        if not sku.is_active:
            given["is_active"] = True
    one.values = given
    fill_sku_more(plan, one, beside, rules.place)
    if sku is None:
        one.kind = NEW
        one.count = row.stock if row.stock is not None else (0 if one.base_label else rules.opening_stock)
    else:
        one.kind, one.count = CHANGED if one.values else UNCHANGED, row.stock
    if one.base_after(beside.labels) and one.count:
        sentence = gettext("这个规格和“%(label)s”共用库存，库存请填在那一行。") % {
            "label": one.base_after(beside.labels)
        }
        plan.wrong.setdefault(row.number, []).append(sentence)
    return True


def _shown(value: Any, place: Place) -> str:
    return major_units(value, place.currency) if isinstance(value, int) else (value or "")


def _fill_product(plan: Plan, planned: PlannedProduct, shelf: Shelf, rules: _Rules) -> None:
    product, rows = planned.product, [one.row for one in planned.skus]
    wanted: dict[str, str] = {}
    for name in ("title", "subtitle", "origin", "storage"):
        now = getattr(product, name) if product else ""
        wish = agreed(plan, rows, lambda row, name=name: _said(row, name), head=OWN_HEADS[name], now=now)  # type: ignore[misc]
        if wish != now:
            wanted[name] = wish
            _note(plan, planned, name, now, wish)
    planned.title, planned.values = wanted.get("title", planned.title), dict(wanted)
    here = shelf.paths.get(product.category_id, "") if product and product.category_id else ""
    category = agreed(plan, rows, lambda row: _said(row, "category"), head=OWN_HEADS["category"], now=here)
    if category != here:
        planned.category = category
        if not category:
            planned.values["category"] = None
        _note(plan, planned, "category", here, category)
    picture = next((row for row in rows if row.picture), None)
    if picture is not None and not (product and product.has_picture):  # type: ignore[attr-defined]
        planned.picture = _usable(plan, picture)
    fill_product_more(plan, planned, shelf.beside, rules.place)
    if product is None:
        return
    if product.state == ProductState.OFF_SHELF and not any("state" in row.more for row in rows):
        planned.values["state"] = ProductState.ON_SALE
        plan.remarks.append((rows[0].number, gettext("这个商品已下架，导入后会重新上架。")))
    if planned.values or planned.category or planned.picture or planned.tags is not None:
        for one in planned.skus:
            one.kind = CHANGED if one.kind == UNCHANGED else one.kind


def _said(row: GoodsRow, name: str) -> Any:
    # 清空 is a wish for nothing, an empty cell no wish
    return "" if name in row.cleared else (getattr(row, name) or SILENT)


def _note(plan: Plan, planned: PlannedProduct, name: str, was: str, becomes: str) -> None:
    if planned.product is not None:
        row = next((one.row for one in planned.skus if _said(one.row, name) == becomes), planned.skus[0].row)
        plan.note(row, OWN_HEADS[name], was, becomes)


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
