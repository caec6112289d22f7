"""What a sheet's columns mean: known by their heads, guessed by their content, remembered by the head row."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tenants.catalog.pricing import ENDINGS
from tenants.catalog.services.import_goods.more_columns import EXPORT_HEADS
from tenants.catalog.services.import_goods.refusals import head_twice

REASON_HEAD = "错误原因"

# Our template's columns, in its order: our word, the head
OWN_HEADS = {
    "title": "商品名称",
    "subtitle": "副标题",
    "label": "规格",
    "price": "售价",
    "strike": "划线价",
    "cost": "成本价",
    "stock": "库存",
    "category": "分类",
    "origin": "产地",
    "storage": "储存方式",
    "code": "商品编码",
    "picture": "图片",
}
# Our export's, in its order
ALL_HEADS = OWN_HEADS | EXPORT_HEADS
# Columns only foreign sheets have: the unit joins the label, the range stands in for a cost that is missing
FOREIGN_FIELDS = ("unit", "cost_low", "cost_high")
FIELDS = (*OWN_HEADS, *FOREIGN_FIELDS)

# Heads seen in merchants' and wholesalers' lists, without spaces, units in brackets, or case
_HEADS = {
    "title": ("商品名称", "品名", "商品名", "名称", "商品", "产品名称", "货品名称", "货品", "菜名", "标题", "商品标题",
              "title", "name", "product", "productname", "item"),
    "subtitle": ("副标题", "卖点", "商品卖点", "简介", "subtitle"),
    "label": ("规格", "规格名称", "规格型号", "包装规格", "型号", "等级", "sku", "spec", "specification", "variant"),
    "unit": ("单位", "计价单位", "计量单位", "销售单位", "unit"),
    "price": ("售价", "销售价", "零售价", "团购价", "价格", "单价", "现价", "price", "saleprice"),
    "strike": ("划线价", "原价", "市场价", "吊牌价", "strikeprice", "listprice"),
    "cost": ("成本价", "成本", "进价", "进货价", "采购价", "供货价", "平均价", "均价", "批发价", "cost", "costprice"),
    "cost_low": ("最低价", "最低", "低价", "lowestprice", "low"),
    "cost_high": ("最高价", "最高", "高价", "highestprice", "high"),
    "stock": ("库存", "库存数量", "数量", "可售数量", "现有库存", "stock", "quantity", "qty", "inventory"),
    "category": ("分类", "商品分类", "类别", "品类", "类目", "大类", "category"),
    "origin": ("产地", "原产地", "origin"),
    "storage": ("储存方式", "存储方式", "贮存方式", "保存方式", "储存条件", "storage"),
    "code": ("商品编码", "编码", "货号", "条码", "商品条码", "条形码", "商品编号", "编号", "sku编码", "code", "barcode",
             "skucode"),
    "picture": ("图片", "商品图片", "主图", "照片", "image", "picture"),
}  # fmt: skip
_FIELD_OF_HEAD = {head: field for field, heads in _HEADS.items() for head in heads}
_BRACKETS = re.compile(r"[（(\[【].*?[)）\]】]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_AMOUNT = re.compile(r"[¥￥]?\d{1,7}(\.\d{1,6})?元?\Z")


@dataclass(frozen=True)
class Rules:
    """What the sheet leaves out: how a price is made from a cost, and the stock of new goods.

    ``percent_ppm`` None means that the sheet's own price column counts. Of two rows of the same name and label the
    last one counts if ``last_row_wins``, otherwise both are wrong.
    """

    percent_ppm: int | None = None
    ending: str = ""
    opening_stock: int = 0
    last_row_wins: bool = False

    def __post_init__(self) -> None:
        if self.ending not in ENDINGS:
            raise ValueError(self.ending)

    def as_json(self) -> dict[str, Any]:
        """Give the form in which rules are stored."""
        return asdict(self)


def rules_from(stored: Mapping[str, Any]) -> Rules:
    """Read stored rules; an empty mapping is the rules of our own template."""
    return Rules(**stored)


def head_row_of(rows: Sequence[Sequence[str]]) -> int:
    """Say which of a sheet's first rows is its head: the one with the most heads we know, at least two of them.

    With none, it is the first row that fills more than one cell (titles above a table fill one).
    """
    known = [sum(_plain(text) in _FIELD_OF_HEAD for text in row) for row in rows]
    if max(known) > 1:
        return known.index(max(known))
    return next((at for at, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)


def guess_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Guess which column (from 0) holds which of our fields; a column serves one field."""
    guess: dict[str, int] = {}
    plain = [_plain(text) for text in head]
    for column, text in enumerate(plain):
        field = _FIELD_OF_HEAD.get(text)
        if field and field not in guess:
            guess[field] = column
    for column, text in enumerate(plain):
        field = _by_ending(text)
        if field and field not in guess and column not in guess.values():
            guess[field] = column
    _guess_by_content(guess, rows[:200], width=len(head))
    return guess


def is_own_template(head: Sequence[str]) -> bool:
    """Say whether the heads are our template's, so that nothing needs asking."""
    heads = {text.strip() for text in head}
    return {OWN_HEADS["title"], OWN_HEADS["label"], OWN_HEADS["price"]} <= heads


def own_columns(head: Sequence[str]) -> dict[str, int]:
    """Find the columns of our own template and of our export by their exact heads, in any order."""
    places = {text.strip(): column for column, text in reversed(list(enumerate(head)))}
    return {field: places[own] for field, own in ALL_HEADS.items() if own in places}


def refuse_doubled(head: Sequence[str], known: Iterable[str]) -> None:
    """Make sure that no head we read stands over two columns. :raises HeadTwice:"""
    written = [text.strip() for text in head]
    for own in known:
        if written.count(own) > 1:
            raise head_twice(own)


def fingerprint(head: Sequence[str]) -> str:
    """Hash a head row, so that the same list is known again next week; our reasons' column does not count."""
    heads = [_plain(text) for text in head if text.strip() != REASON_HEAD]
    while heads and not heads[-1]:
        heads.pop()
    return hashlib.sha256("\x1f".join(heads).encode()).hexdigest()


def _plain(head: str) -> str:
    folded = unicodedata.normalize("NFKC", head).casefold()
    return re.sub(r"[\s*_:：/]+", "", _BRACKETS.sub("", folded))


def _by_ending(head: str) -> str:
    # "含税采购价" ends with a head we know; very short heads would match by accident
    fitting = [known for known in _FIELD_OF_HEAD if len(known) > 1 and head.endswith(known)]
    return _FIELD_OF_HEAD[max(fitting, key=len)] if fitting else ""


def _guess_by_content(guess: dict[str, int], rows: Sequence[Sequence[str]], *, width: int) -> None:
    free = [column for column in range(width) if column not in guess.values()]
    texts = {column: [row[column] for row in rows if column < len(row) and row[column]] for column in free}
    if "title" not in guess:
        names = {column: len({text for text in found if _CHINESE.search(text)}) for column, found in texts.items()}
        best = max(names, key=lambda column: names[column], default=None)
        if best is not None and names[best] > 0:
            guess["title"] = best
    if not guess.keys() & {"price", "cost"}:
        amounts = [c for c, found in texts.items() if found and all(_AMOUNT.match(text) for text in found)]
        amounts = [column for column in amounts if column not in guess.values()]
        with_cents = [column for column in amounts if any("." in text for text in texts[column])]
        if with_cents or amounts:
            guess["price"] = (with_cents or amounts)[0]
