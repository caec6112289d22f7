"""One row of a sheet in our words, with everything that is wrong with it said at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from kit.money import NotAnAmount, major_units, minor_units, nearest_minor_units, round_half_away, ungrouped
from tenants.catalog.pricing import price_from
from tenants.catalog.selectors import MOST_LEVELS
from tenants.catalog.services.import_goods.cell_words import CLEAR, Unreadable, number_in, unguarded
from tenants.catalog.services.import_goods.columns import OWN_HEADS, Rules
from tenants.catalog.services.import_goods.more_columns import MORE, SKU_ID, Place, sku_id_in, wish_of
from tenants.catalog.services.import_goods.names import clean_name
from tenants.catalog.services.import_goods.sheet import Sheet, SheetRow
from tenants.catalog.services.shelves import LONGEST_NAME

PLAIN_LABEL = "默认"
_PLAIN_LABELS = frozenset({"", "普通", "标准", "默认", "一般", "统货", "无", "-", "/"})
_STORAGES = ("常温", "冷藏", "冷冻")
_LONGEST = {"title": 80, "subtitle": 120, "label": 40, "category": 92, "origin": 40, "storage": 10, "code": 40}
_MOST_MINOR = 100_000_000
_MOST_STOCK = 1_000_000
_AMOUNT = re.compile(r"[¥￥]?\s*(?P<number>-?[\d,，]+(\.\d+)?)\s*元?\s*(/.{0,6})?\Z")


@dataclass
class GoodsRow:
    """What one row wants. None or "" means that the cell was empty: nothing is said about that field.

    ``more`` holds the wishes of the columns beyond the first twelve, ``cleared`` the first ones that say 清空.
    """

    number: int
    title: str = ""
    label: str = ""
    code: str = ""
    subtitle: str = ""
    category: str = ""
    origin: str = ""
    storage: str = ""
    price_minor: int | None = None
    strike_minor: int | None = None
    cost_minor: int | None = None
    stock: int | None = None
    picture: bytes | None = None
    sku_id: UUID | None = None  # as our own export wrote it
    more: dict[str, Any] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def says_the_same_as(self, other: "GoodsRow") -> bool:
        """Tell whether two rows want the same, wherever they stand."""
        return self._wishes() == other._wishes()

    def _wishes(self) -> tuple[object, ...]:
        return (self.title, self.label, self.code, self.subtitle, self.category, self.origin, self.storage,
                self.price_minor, self.strike_minor, self.cost_minor, self.stock, self.more, self.cleared)  # fmt: skip


def read_rows(*, sheet: Sheet, columns: Mapping[str, int], rules: Rules, place: Place) -> list[GoodsRow]:
    """Read every row of a sheet; a row's ``problems`` say what keeps it out."""
    reader = _Reader(sheet=sheet, columns=columns, rules=rules, place=place)
    return [reader.read(row) for row in sheet.rows]


@dataclass(frozen=True)
class _Reader:
    sheet: Sheet
    columns: Mapping[str, int]
    rules: Rules
    place: Place

    def read(self, row: SheetRow) -> GoodsRow:
        goods = GoodsRow(number=row.number)
        goods.title = clean_name(self._text(goods, row, "title"))
        if not goods.title and not goods.problems:
            goods.problems.append(gettext("商品名称是空的（合并过的单元格请拆开，每行都要填）。"))
        goods.label = self._label(goods, row)
        for name in ("code", "subtitle", "category", "origin"):
            setattr(goods, name, self._text(goods, row, name))
        goods.category = self._category(goods)
        goods.storage = self._storage(goods, row)
        goods.stock = self._stock(goods, row)
        goods.cost_minor = self._cost(goods, row)
        goods.strike_minor = self._amount(goods, row, "strike")
        goods.price_minor = self._price(goods, row)
        if row.number in self.sheet.hidden_rows:
            goods.remarks.append(gettext("这一行在表格里是隐藏的，也会导入。"))
        if "picture" in self.columns:
            goods.picture = self.sheet.pictures.get((row.number, self.columns["picture"] + 1))
        self._more(goods, row)
        self._refuse_long(goods)
        return goods

    def _more(self, goods: GoodsRow, row: SheetRow) -> None:
        for column in MORE:
            text = self._text(goods, row, column.field)
            if column.field in goods.cleared:
                goods.more[column.field] = column.empty
            if not text:
                continue
            try:
                goods.more[column.field] = wish_of(column, text, self.place)
            except Unreadable as reason:
                goods.problems.append(str(reason))
        if written := self._text(goods, row, SKU_ID):
            goods.sku_id = sku_id_in(written)
            if goods.sku_id is None:
                goods.problems.append(gettext("“系统编号”不能改；新增规格请把这一格清空。"))

    def _text(self, goods: GoodsRow, row: SheetRow, name: str) -> str:
        column = self.columns.get(name)
        if column is None or column >= len(row.cells):
            return ""
        text = row.cells[column]
        if (row.number, column + 1) in self.sheet.uncomputed:
            goods.problems.append(
                gettext("“%(head)s”是公式，但表格里没有存计算结果，请改成数字或在 Excel 里重新保存。")
                % self._head(column)
            )
            return ""
        if not text and (row.number, column + 1) in self.sheet.covered:
            goods.problems.append(
                gettext("“%(head)s”是空的（合并过的单元格请拆开，每行都要填）。") % self._head(column)
            )
            return ""
        if text.startswith("#") and text.endswith(("!", "?", "A")):
            goods.problems.append(gettext("“%(head)s”里是表格的报错 %(text)s。") % {**self._head(column), "text": text})
            return ""
        if text.startswith(("=", "@")):
            goods.problems.append(gettext("“%(head)s”不能以 = 或 @ 开头。") % self._head(column))
            return ""
        if text == CLEAR:
            goods.cleared.add(name)
            return ""
        return unguarded(text)

    def _head(self, column: int) -> dict[str, str]:
        head = self.sheet.head[column] if column < len(self.sheet.head) else ""
        return {"head": head or gettext("第 %(n)s 列") % {"n": column + 1}}

    def _label(self, goods: GoodsRow, row: SheetRow) -> str:
        label = clean_name(self._text(goods, row, "label"))
        unit = clean_name(self._text(goods, row, "unit"))
        if not unit or (label.endswith(unit) and label not in _PLAIN_LABELS):
            return label
        return f"1{unit}" if label in _PLAIN_LABELS else f"{label}/{unit}"

    def _storage(self, goods: GoodsRow, row: SheetRow) -> str:
        text = self._text(goods, row, "storage")
        return next((known for known in _STORAGES if known in text), text)

    def _stock(self, goods: GoodsRow, row: SheetRow) -> int | None:
        text = ungrouped(number_in(self._text(goods, row, "stock")))
        if not text:
            return None
        if not re.fullmatch(r"-?\d{1,9}", text) or not 0 <= int(text) <= _MOST_STOCK:
            goods.problems.append(gettext("库存“%(text)s”要改成 0 到 1,000,000 之间的整数。") % {"text": text[:20]})
            return None
        return int(text)

    def _cost(self, goods: GoodsRow, row: SheetRow) -> int | None:
        cost = self._amount(goods, row, "cost")
        if cost or not {"cost_low", "cost_high"} <= self.columns.keys():
            return cost
        low, high = self._amount(goods, row, "cost_low"), self._amount(goods, row, "cost_high")
        if not low or not high:
            return cost
        middle = round_half_away(Fraction(low + high, 2))
        goods.remarks.append(
            gettext("成本价是空的或 0，按最低价和最高价的中间价 %(cost)s 元计算。")
            % {"cost": major_units(middle, self.place.currency)}
        )
        return middle

    def _price(self, goods: GoodsRow, row: SheetRow) -> int | None:
        if self.rules.percent_ppm is None:
            price = self._amount(goods, row, "price")
        elif goods.cost_minor:
            price = price_from(
                goods.cost_minor,
                percent_ppm=self.rules.percent_ppm,
                ending=self.rules.ending,
                currency=self.place.currency,
            )
        elif goods.problems:
            return None
        else:
            goods.problems.append(gettext("没有成本价，算不出售价。"))
            return None
        if price == 0:
            goods.problems.append(gettext("售价要大于 0。"))
        if price and goods.strike_minor is not None and goods.strike_minor <= price:
            goods.problems.append(gettext("划线价要高于售价。"))
        return price or None

    def _amount(self, goods: GoodsRow, row: SheetRow, name: str) -> int | None:
        text = self._text(goods, row, name)
        if not text:
            return None
        head = self._head(self.columns[name])
        match = _AMOUNT.match(number_in(text))
        amount = self._minor(goods, ungrouped(match["number"].replace("，", ",")), head) if match else None
        if amount is None or not 0 <= amount <= _MOST_MINOR:
            goods.problems.append(
                gettext("“%(head)s”的“%(text)s”不是能用的金额，要填 0 到 1,000,000 之间的数字，例如 12.9。")
                % {**head, "text": text[:20]}
            )
            return None
        return amount

    def _minor(self, goods: GoodsRow, number: str, head: dict[str, str]) -> int | None:
        try:
            return minor_units(number, self.place.currency)
        except NotAnAmount:
            pass
        try:
            amount = nearest_minor_units(Decimal(number), self.place.currency)
        except InvalidOperation:
            return None
        if abs(amount) <= _MOST_MINOR:
            goods.remarks.append(
                gettext("“%(head)s”的 %(number)s 小数太多，按 %(amount)s 元录入。")
                % {**head, "number": number, "amount": major_units(amount, self.place.currency)}
            )
        return amount

    def _category(self, goods: GoodsRow) -> str:
        # A path from the top: 蔬菜/叶菜
        words = [" ".join(word.split()) for word in goods.category.replace("／", "/").split("/") if word.strip()]
        if len(words) > MOST_LEVELS or any(len(word) > LONGEST_NAME for word in words):
            goods.problems.append(gettext("分类最多三级，写成“蔬菜/叶菜”，每级最多 30 个字。"))
        return "/".join(words)

    def _refuse_long(self, goods: GoodsRow) -> None:
        for name, longest in _LONGEST.items():
            if len(getattr(goods, name)) > longest:
                goods.problems.append(
                    gettext("“%(head)s”太长了，最多 %(longest)s 个字。") % {"head": OWN_HEADS[name], "longest": longest}
                )
