"""Leaders and their pickup points from a sheet: a leader is found again by phone, a point by its name."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from control.merchants.limits import keep_within_limit
from kit.errors import Refused
from kit.intake import Finding, IntakeRow
from kit.phones import NotAPhone, plain_phone
from kit.tenancy import current_store
from tenants.leaders.models import Leader, PickupPoint
from tenants.leaders.services import (
    PointDraft,
    change_point,
    enter_leader,
    hang_point,
    leaders_in_service,
    rename_leader,
)

HEADS = {
    "name": "团长", "phone": "手机号", "point": "自提点名称", "city": "城市", "district": "区县", "address": "详细地址",
    "latitude": "纬度", "longitude": "经度", "opening_hours": "提货时间", "is_open": "对顾客开放",
}  # fmt: skip
MOST = 500
_LONGEST = {"name": 30, "point": 60, "city": 30, "district": 30, "address": 120, "opening_hours": 60}
_OPEN = {"是": True, "否": False, "": True}
_POINT = ("city", "district", "address", "latitude", "longitude", "opening_hours", "is_open")


def leader_rows() -> list[list[Any]]:
    """Write leaders in the columns an import reads, a row a point. Two queries."""
    rows: list[list[Any]] = []
    for leader in Leader.objects.prefetch_related("pickup_points").order_by("name", "pk"):
        points = sorted(leader.pickup_points.all(), key=lambda point: point.name)
        for point in points:
            rows.append([leader.name, leader.phone, point.name, point.city, point.district, point.address,
                         str(point.latitude), str(point.longitude), point.opening_hours,
                         "是" if point.is_open else "否"])  # fmt: skip
        if not points:
            rows.append([leader.name, leader.phone, *[""] * 8])
    return rows


def find_leaders(rows: Sequence[IntakeRow]) -> list[Finding]:
    """Say what each row would do; writes nothing. Two queries and one of the plan."""
    phones = {row.number: _phone(row) for row in rows}
    known = {
        leader.phone: leader
        for leader in Leader.objects.filter(phone__in=[one for one in phones.values() if one]).prefetch_related(
            "pickup_points"
        )
    }
    seen: dict[tuple[str, str], int] = {}
    fresh: set[str] = set()
    found = []
    for row in rows:
        one = Finding(row.number, row.words.get("name", ""))
        phone = phones[row.number]
        draft = _draft(row, one)
        if not one.name or not phone:
            one.problems.append(gettext("请填写团长姓名和正确的手机号。"))
        elif seen.setdefault((phone, draft.name if draft else ""), row.number) != row.number:
            first = seen[(phone, draft.name if draft else "")]
            one.problems.append(gettext("和第 %(row)s 行重复了。") % {"row": first})
        else:
            _compare(one, known.get(phone), phone, draft)
            fresh |= set() if phone in known else {phone}
        found.append(one)
    if fresh and not any(one.problems for one in found):
        merchant_id = current_store().merchant_id
        keep_within_limit(merchant_id=merchant_id, what="leaders", used=leaders_in_service(), adding=len(fresh))
    return found


def take_leaders(findings: Sequence[Finding], *, by_name: str, now: datetime, source: str) -> None:
    """Write what was found. A row that is refused (the plan's cities, a circle's edge) undoes all of them.

    :raises PlanLimitReached, NotOnTheMap, PointOutsideArea, AlreadyALeader:
    """
    made: dict[str, Leader] = {}
    with transaction.atomic(durable=True):
        for one in findings:
            if one.kind not in ("new", "changed"):
                continue
            phone, leader, point, draft = one.wanted
            leader = leader or made.get(phone)
            try:
                if leader is None:
                    made[phone] = enter_leader(name=one.name, number=phone, point=draft, now=now, by_name=by_name)
                    continue
                if leader.name != one.name:
                    rename_leader(leader_id=leader.pk, name=one.name, number=phone, now=now, by_name=by_name)
                if point is not None:
                    change_point(point_id=point.pk, draft=draft, now=now, by_name=by_name)
                elif draft is not None:
                    hang_point(leader_id=leader.pk, draft=draft, now=now, by_name=by_name)
            except Refused as refusal:
                sentence = gettext("第 %(row)s 行：%(reason)s") % {"row": one.number, "reason": refusal}
                raise type(refusal)(sentence, **refusal.facts) from None


def _phone(row: IntakeRow) -> str:
    try:
        return plain_phone(row.words.get("phone", ""))
    except NotAPhone:
        return ""


def _compare(one: Finding, leader: Leader | None, phone: str, draft: PointDraft | None) -> None:
    points: Mapping[str, PickupPoint] = {p.name: p for p in leader.pickup_points.all()} if leader else {}
    point = points.get(draft.name) if draft else None
    one.is_new = leader is None or (draft is not None and point is None)
    one.wanted = (phone, leader, point, draft)
    if leader is not None:
        one.note(HEADS["name"], leader.name, one.name)
    if point is not None and draft is not None:
        for name in _POINT:
            one.note(HEADS[name], getattr(point, name), asdict(draft)[name])


def _draft(row: IntakeRow, one: Finding) -> PointDraft | None:
    words = {name: row.words.get(name, "") for name in HEADS}
    for name, longest in _LONGEST.items():
        if len(words[name]) > longest:
            sentence = gettext("“%(head)s”太长了，最多 %(longest)s 个字。")
            one.problems.append(sentence % {"head": HEADS[name], "longest": longest})
    if not words["point"]:
        return None
    if not (words["city"] and words["address"] and words["opening_hours"]):
        one.problems.append(gettext("自提点要填城市、详细地址和提货时间。"))
    if words["is_open"] not in _OPEN:
        one.problems.append(gettext("“对顾客开放”要填 是 或 否。"))
    try:
        latitude, longitude = (round(Decimal(words[name]), 6) for name in ("latitude", "longitude"))
        is_place = abs(latitude) <= 90 and abs(longitude) <= 180  # "nan" is neither
    except InvalidOperation:
        one.problems.append(gettext("纬度和经度要填数字，例如 31.230416 和 121.473701。"))
        return None
    if not is_place or not (latitude or longitude):
        one.problems.append(gettext("纬度和经度要填数字，例如 31.230416 和 121.473701。"))
    return PointDraft(
        name=words["point"], city=words["city"], district=words["district"], address=words["address"],
        latitude=latitude, longitude=longitude, opening_hours=words["opening_hours"],
        is_open=_OPEN.get(words["is_open"], True),
    )  # fmt: skip
