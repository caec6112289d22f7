"""Counted or opening stock from a sheet, of the first warehouse."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from kit.intake import CHANGED, Finding, IntakeRow
from kit.money import ungrouped
from tenants.catalog.models import ProductState, Sku
from tenants.inventory.selectors import stock_of
from tenants.inventory.services.receive_stock import MOST_PIECES
from tenants.inventory.services.set_counts import set_counts
from tenants.journal.services import Actor, record

HEADS = {"title": "商品", "label": "规格", "code": "商品编码", "count": "实有", "sku_id": "系统编号"}


def count_rows() -> list[list[Any]]:
    """Write every SKU that has stock of its own with what is there, in the columns an import reads. Two queries."""
    found = Sku.objects.filter(is_active=True, base_sku=None).exclude(product__state=ProductState.OFF_SHELF)
    skus = list(found.select_related("product").order_by("product__title", "position", "id"))
    stock = stock_of(sku.pk for sku in skus)
    return [
        [sku.product.title, sku.label, sku.code or "", stock[sku.pk].on_hand if sku.pk in stock else 0, str(sku.pk)]
        for sku in skus
    ]


def find_counts(rows: Sequence[IntakeRow]) -> list[Finding]:
    """Say what each row would do: the SKU is found by 系统编号, else 商品编码, else 商品 and 规格. Two queries."""
    titles = {row.words.get("title", "") for row in rows}
    codes = {row.words["code"] for row in rows if row.words.get("code")}
    ids = {key for row in rows if (key := _id(row.words.get("sku_id", "")))}
    meant = Q(product__title__in=titles) | Q(code__in=codes) | Q(pk__in=ids)
    skus = list(Sku.objects.filter(meant, is_active=True).select_related("product"))
    shelf = _Shelf(skus)
    stock = stock_of(sku.pk for sku in skus)
    found, first = [], dict[UUID, int]()
    for row in rows:
        one = Finding(row.number, f"{row.words.get('title', '')} {row.words.get('label', '')}".strip())
        sku = _sku_of(row, shelf, one)
        count = _count_of(row, one)
        if sku is not None and first.setdefault(sku.pk, row.number) != row.number:
            one.problems.append(gettext("和第 %(row)s 行是同一个规格，请只留一行。") % {"row": first[sku.pk]})
        if sku is not None and count is not None:
            now = stock.get(sku.pk)
            if now is not None and count < now.reserved:
                sentence = gettext("订单已占用 %(reserved)s 件，库存不能比这个少。")
                one.problems.append(sentence % {"reserved": now.reserved})
            one.wanted = (sku.pk, count)
            one.note(HEADS["count"], now.on_hand if now else 0, count)
        found.append(one)
    return found


def take_counts(findings: Sequence[Finding], *, by_name: str, now: datetime, source: str) -> None:
    """Set the counts that differ, all of them or none. :raises CountedBelowReserved:"""
    counts = dict(one.wanted for one in findings if one.kind == CHANGED)
    with transaction.atomic(durable=True):
        reason = gettext("表格导入：%(file)s") % {"file": source}
        set_counts(counts=counts, reason=reason, ref_id=None, by_name=by_name, now=now)
        actor = Actor(kind="person", id="", name=by_name)
        for sku in Sku.objects.filter(pk__in=list(counts)[:1]):
            record(what="stock.counts_taken", subject=sku, at=now, actor=actor, source=source, n=len(counts))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class _Shelf:
    """SKUs by everything a row may call them."""

    def __init__(self, skus: Sequence[Sku]) -> None:
        self._named: dict[tuple[str, ...], list[Sku]] = defaultdict(list)
        for sku in skus:
            names = [("id", str(sku.pk)), ("title", sku.product.title), ("title", sku.product.title, sku.label)]
            for name in [*names, *([("code", sku.code)] if sku.code else [])]:
                self._named[name].append(sku)

    def meant_by(self, words: Mapping[str, str]) -> list[Sku]:
        """Find the SKUs a row may mean, by the most certain name it has."""
        title, label = words.get("title", ""), words.get("label", "")
        names = [("id", words.get("sku_id", "")), ("code", words.get("code", ""))]
        by_title = ("title", title, label) if label else ("title", title)
        return next((found for name in [*names, by_title] if (found := self._named.get(name))), [])


def _sku_of(row: IntakeRow, shelf: _Shelf, one: Finding) -> Sku | None:
    named = shelf.meant_by(row.words)
    if not named:
        one.problems.append(gettext("店里没有这个商品或规格。"))
        return None
    if len(named) > 1:
        one.problems.append(gettext("有几个规格都叫这个名字，请填商品编码。"))
        return None
    if named[0].base_sku_id:
        one.problems.append(gettext("这个规格和别的规格共用库存，不用单独填。"))
        return None
    return named[0]


def _count_of(row: IntakeRow, one: Finding) -> int | None:
    text = ungrouped(row.words.get("count", ""))
    if text and not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MOST_PIECES):
        one.problems.append(gettext("“实有”要填 0 到 %(most)s 之间的整数。") % {"most": MOST_PIECES})
        return None
    return int(text) if text else None
