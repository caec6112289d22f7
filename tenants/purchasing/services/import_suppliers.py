"""Suppliers from a sheet, found again by their names."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from kit.intake import UNCHANGED, Finding, IntakeRow
from tenants.journal.services import Actor, record
from tenants.purchasing.models import Supplier, SupplierState

HEADS = {
    "name": "供应商名称",
    "contact": "联系人",
    "phone": "手机号",
    "terms": "结算方式",
    "licence_no": "食品经营许可证号",
    "licence_expires_on": "许可证到期日",
    "state": "状态",
}
_LONGEST = {"name": 60, "contact": 30, "phone": 20, "terms": 120, "licence_no": 40}
_STATES = {"合作中": SupplierState.ACTIVE, "已停用": SupplierState.STOPPED}


def supplier_rows() -> list[list[Any]]:
    """Write the suppliers in the columns an import reads."""
    words = {state: word for word, state in _STATES.items()}
    return [
        [one.name, one.contact, one.phone, one.terms, one.licence_no,
         f"{one.licence_expires_on:%Y-%m-%d}" if one.licence_expires_on else "", words[SupplierState(one.state)]]
        for one in Supplier.objects.order_by("name")
    ]  # fmt: skip


def find_suppliers(rows: Sequence[IntakeRow]) -> list[Finding]:
    """Say what each row would do; writes nothing. One query."""
    known = {one.name: one for one in Supplier.objects.filter(name__in=[row.words.get("name", "") for row in rows])}
    first: dict[str, int] = {}
    return [_found(row, known, first) for row in rows]


def take_suppliers(findings: Sequence[Finding], *, by_name: str, now: datetime, source: str) -> None:
    """Write what was found, all of it or none."""
    with transaction.atomic(durable=True):
        for one in findings:
            if one.kind == UNCHANGED:
                continue
            supplier = Supplier.objects.select_for_update().filter(name=one.wanted["name"]).first()
            supplier = supplier or Supplier(created_at=now)
            for name, value in one.wanted.items():
                setattr(supplier, name, value)
            supplier.save()
            actor = Actor(kind="person", name=by_name)
            record(what="supplier.saved", subject=supplier, at=now, actor=actor, source=source)


def _found(row: IntakeRow, known: Mapping[str, Supplier], first: dict[str, int]) -> Finding:
    name = row.words.get("name", "")
    found = Finding(row.number, name, is_new=name not in known)
    if not name:
        found.problems.append(gettext("请填写供应商名称。"))
    elif first.setdefault(name, row.number) != row.number:
        found.problems.append(gettext("和第 %(row)s 行是同一个供应商，请只留一行。") % {"row": first[name]})
    found.wanted = _wanted(row, found)
    supplier = known.get(name, Supplier())
    for word, value in found.wanted.items():
        if name in known:
            found.note(HEADS[word], getattr(supplier, word), value)
    return found


def _wanted(row: IntakeRow, found: Finding) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for word, longest in _LONGEST.items():
        if text := row.words.get(word, ""):
            wanted[word] = text
            if len(text) > longest:
                sentence = gettext("“%(head)s”太长了，最多 %(longest)s 个字。")
                found.problems.append(sentence % {"head": HEADS[word], "longest": longest})
    if text := row.words.get("licence_expires_on", ""):
        try:
            wanted["licence_expires_on"] = date.fromisoformat(text.replace("/", "-")[:10])
        except ValueError:
            found.problems.append(gettext("许可证到期日“%(text)s”要写成 2026-12-31。") % {"text": text[:20]})
    if text := row.words.get("state", ""):
        wanted["state"] = _STATES.get(text)
        if wanted["state"] is None:
            found.problems.append(gettext("状态要填 合作中 或 已停用。"))
    return wanted
