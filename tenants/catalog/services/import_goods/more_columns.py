"""The columns beyond the first twelve: every other word of a product and of a SKU, each read and written in one place.

A value is kept in the form its row has in the table; a cell that is empty says nothing, 清空 takes the value away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from kit.money import NotAnAmount, major_units, minor_units, ungrouped
from tenants.catalog.models import EVERY_DAY, ProductState
from tenants.catalog.rich_text import MOST_LETTERS
from tenants.catalog.services.drafts import MOST_PARAMETERS
from tenants.catalog.services.import_goods.cell_words import (
    Unreadable,
    grouped,
    groups_in,
    joined,
    listed,
    moment_in,
    moment_written,
    number_in,
    paired,
    pairs_in,
    time_in,
    weekdays_in,
    weekdays_written,
)

STATES = {"在售": ProductState.ON_SALE, "已下架": ProductState.OFF_SHELF, "草稿": ProductState.DRAFT}
_STATE_WORDS = {state: word for word, state in STATES.items()}
_MOST_MINOR = 100_000_000


@dataclass(frozen=True)
class Place:
    """Where a sheet is read: the store's currency and its clock."""

    currency: str
    timezone: str


@dataclass(frozen=True)
class MoreColumn:
    """A column: our word, its head, the attribute it fills and how it is read and written.

    ``empty`` is what 清空 makes of the value. ``hint`` is said when the cell cannot be read.
    """

    field: str
    head: str
    attribute: str
    of_sku: bool
    hint: str
    read: Callable[[str, Place], Any]
    write: Callable[[Any, Place], str]
    empty: Any = None


def _words(longest: int) -> Callable[[str, Place], str]:
    def read(text: str, _place: Place) -> str:
        if len(text) > longest:
            raise Unreadable
        return text

    return read


def _whole(least: int, most: int) -> Callable[[str, Place], int]:
    def read(text: str, _place: Place) -> int:
        digits = ungrouped(number_in(text))
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and least <= int(digits) <= most):
            raise Unreadable
        return int(digits)

    return read


def _amount(text: str, place: Place) -> int:
    try:
        amount = minor_units(number_in(text).lstrip("¥").removesuffix("元"), place.currency)
    except NotAnAmount:
        raise Unreadable from None
    if not 0 < amount <= _MOST_MINOR:
        raise Unreadable
    return amount


def _per(text: str, _place: Place) -> int:
    if number_in(text) not in ("500", "1000"):
        raise Unreadable
    return int(number_in(text))


def _state(text: str, _place: Place) -> str:
    if text not in STATES:
        raise Unreadable
    return STATES[text]


def _parameters(text: str, _place: Place) -> list[dict[str, str]]:
    pairs = pairs_in(text)
    if len(pairs) > MOST_PARAMETERS or any(len(name) > 20 or len(value) > 100 for name, value in pairs):
        raise Unreadable
    return [{"name": name, "value": value} for name, value in pairs]


def _tag_names(text: str, _place: Place) -> frozenset[str]:
    names = frozenset(listed(text))
    if not names or len(names) > 5 or any(len(name) > 8 for name in names):
        raise Unreadable
    return names


def _plain(value: Any, _place: Place) -> str:
    return str(value)


def _money(value: Any, place: Place) -> str:
    return major_units(value, place.currency).replace(",", "")


def _time(value: Any, _place: Place) -> str:
    return str(value.isoformat("auto" if value.second or value.microsecond else "minutes"))


_WHOLE = gettext_noop("要填整数，例如 2")
_PIECES = _whole(1, 1_000_000)

MORE: tuple[MoreColumn, ...] = (
    MoreColumn("state", "状态", "state", False, gettext_noop("要填 在售、已下架 或 草稿"), _state,
               lambda value, _place: _STATE_WORDS[value], ProductState.DRAFT),
    MoreColumn("brand", "品牌", "brand", False, gettext_noop("最多 40 个字"), _words(40), _plain, ""),
    MoreColumn("tags", "标签", "tag_names", False, gettext_noop("最多 5 个标签，每个最多 8 个字，用顿号隔开"),
               _tag_names, lambda value, _place: joined(sorted(value)), frozenset()),
    MoreColumn("min_quantity", "起购数量", "min_quantity", False, _WHOLE, _PIECES, _plain, 1),
    MoreColumn("step_quantity", "加购倍数", "step_quantity", False, _WHOLE, _PIECES, _plain, 1),
    MoreColumn("limit_order", "每单限购", "limit_per_order", False, _WHOLE, _PIECES, _plain),
    MoreColumn("limit_day", "每人每天限购", "limit_per_day", False, _WHOLE, _PIECES, _plain),
    MoreColumn("limit_lifetime", "每人总限购", "limit_lifetime", False, _WHOLE, _PIECES, _plain),
    MoreColumn("lead_days", "备货天数", "lead_days", False, gettext_noop("要填 0 到 90 的整数"), _whole(0, 90),
               _plain, 0),
    MoreColumn("sale_from", "开始销售", "sale_from", False, gettext_noop("要写成 2026-11-20 08:00"),
               lambda text, place: moment_in(text, place.timezone),
               lambda at, place: moment_written(at, place.timezone)),
    MoreColumn("sale_until", "停止销售", "sale_until", False, gettext_noop("要写成 2026-11-20 08:00"),
               lambda text, place: moment_in(text, place.timezone),
               lambda at, place: moment_written(at, place.timezone)),
    MoreColumn("sale_weekdays", "销售日", "sale_weekdays", False, gettext_noop("要写成 周一、周三，或 每天"),
               lambda text, _place: weekdays_in(text), lambda days, _place: weekdays_written(days), EVERY_DAY),
    MoreColumn("sale_time_from", "每天几点开始", "sale_time_from", False, gettext_noop("要写成 08:00"),
               lambda text, _place: time_in(text), _time),
    MoreColumn("sale_time_until", "每天几点结束", "sale_time_until", False, gettext_noop("要写成 08:00"),
               lambda text, _place: time_in(text), _time),
    MoreColumn("parameters", "参数", "parameters", False,
               gettext_noop("每行一个，写成 净含量：500g；最多 30 个，名称 20 个字、内容 100 个字以内"), _parameters,
               lambda rows, _place: paired((row["name"], row["value"]) for row in rows), []),
    MoreColumn("story", "商品介绍", "story", False, gettext_noop("最多 20,000 个字"), _words(MOST_LETTERS), _plain, ""),
    MoreColumn("spec_groups", "规格组", "spec_groups", False, gettext_noop("每行一组，写成 口味：原味、微辣"),
               lambda text, _place: groups_in(text), lambda groups, _place: grouped(groups), []),
    MoreColumn("options", "规格值", "options", True, gettext_noop("按规格组的顺序写，用顿号隔开，例如 原味、大"),
               lambda text, _place: listed(text), lambda words, _place: joined(words), []),
    MoreColumn("strike_source", "划线价来源", "strike_source", True, gettext_noop("最多 60 个字"), _words(60),
               _plain, ""),
    MoreColumn("member_price", "会员价", "member_price_minor", True, gettext_noop("要填大于 0 的金额"), _amount,
               _money),
    MoreColumn("sku_unit", "单位", "unit", True, gettext_noop("最多 6 个字"), _words(6), _plain, ""),
    MoreColumn("base", "换算到规格", "base_label", True, gettext_noop("最多 40 个字"), _words(40), _plain, ""),
    MoreColumn("factor", "一件等于几件", "factor", True, _WHOLE, _whole(1, 10_000), _plain, 1),
    MoreColumn("weight_grams", "重量（克）", "weight_grams", True, _WHOLE, _PIECES, _plain),
    MoreColumn("sku_limit", "规格每单限购", "limit_per_order", True, _WHOLE, _PIECES, _plain),
    MoreColumn("weighed_per", "按多少克计价", "weighed_per_grams", True, gettext_noop("要填 500 或 1000"),
               _per, _plain),
    MoreColumn("weighed_price", "每斤或每公斤价", "weighed_price_minor", True, gettext_noop("要填大于 0 的金额"),
               _amount, _money),
    MoreColumn("estimated_grams", "预估重量（克）", "estimated_grams", True, _WHOLE, _PIECES, _plain),
    MoreColumn("sku_picture", "规格图片", "picture_name", True,
               gettext_noop("要填这个商品一张图片的名字，见“图片名”一列"),
               _words(60), _plain, ""),
)  # fmt: skip
# Columns that only our own export fills: which SKU a row is, and what its product's pictures are called
SKU_ID, PICTURE_NAMES = "sku_id", "picture_names"
EXPORT_HEADS = {column.field: column.head for column in MORE} | {PICTURE_NAMES: "图片名", SKU_ID: "系统编号"}
OF_PRODUCT = tuple(column for column in MORE if not column.of_sku)
OF_SKU = tuple(column for column in MORE if column.of_sku)
WEIGHED = ("weighed_per", "weighed_price", "estimated_grams")


def wish_of(column: MoreColumn, text: str, place: Place) -> Any:
    """Read a cell. :raises Unreadable: with the sentence"""
    try:
        return column.read(text, place)
    except Unreadable:
        sentence = gettext("“%(head)s”的“%(text)s”读不懂：%(hint)s。")
        raise Unreadable(sentence % {"head": column.head, "text": text[:20], "hint": gettext(column.hint)}) from None


def cell_of(column: MoreColumn, value: Any, place: Place) -> str:
    """Write a value as its cell; what is not set is an empty one."""
    return "" if value is None or value in ("", [], frozenset()) else column.write(value, place)


def sku_id_in(text: str) -> UUID | None:
    """Read a SKU's id; None: it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def picture_name(file_key: str) -> str:
    """Call a picture by what its file is called, without the folder."""
    return file_key.rpartition("/")[2]
