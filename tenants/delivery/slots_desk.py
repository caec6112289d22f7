"""The store sets the times of day at which its ways bring goods."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.delivery.models import DeliverySlot, WayKind
from tenants.delivery.slots import taken_on
from tenants.journal.services import Actor, record

MOST_CAPACITY = 9999


class SlotMissing(Refused):
    """There is no such slot."""

    code, kind, sentence = "slot_missing", Kind.MISSING, _("没有找到这个送货时段。")


class SlotTimesWrong(Refused):
    """A slot ends after it starts, on the same day."""

    code, kind, sentence = "slot_times_wrong", Kind.INVALID, _("结束时间要晚于开始时间。")


class SlotCapacityWrong(Refused):
    """A slot takes some orders a day, and not endlessly many."""

    code, kind, sentence = "slot_capacity_wrong", Kind.INVALID, _("每天可约单数请填 1 到 9999。")


class SlotThere(Refused):
    """The way has a slot of these times already."""

    code, kind, sentence = "slot_there", Kind.CONFLICT, _("这种配送方式已经有这个时段了。")


def slots_for_desk(*, today: date, tomorrow: date) -> "QuerySet[Any]":
    """List every slot with what is taken of it on two days, as ``today`` and ``tomorrow``."""
    return DeliverySlot.objects.annotate(today=taken_on(today), tomorrow=taken_on(tomorrow))


def slot_with_id(slot_id: UUID) -> DeliverySlot:
    """Read a slot. :raises SlotMissing:"""
    slot = DeliverySlot.objects.filter(pk=slot_id).first()
    if slot is None:
        raise SlotMissing
    return slot


def save_slot(
    *,
    kind: WayKind,
    starts: time,
    ends: time,
    capacity: int,
    is_on: bool,
    now: datetime,
    by_name: str,
    slot_id: UUID | None = None,
) -> DeliverySlot:
    """Add a slot, or change one. Orders that were placed keep their times, also where there are now too many.

    :raises SlotTimesWrong, SlotCapacityWrong, SlotThere, SlotMissing:
    """
    if ends <= starts:
        raise SlotTimesWrong(fields={"ends": [SlotTimesWrong.sentence]})
    if not 1 <= capacity <= MOST_CAPACITY:
        raise SlotCapacityWrong(fields={"capacity": [SlotCapacityWrong.sentence]})
    with transaction.atomic(durable=True):
        slot = slot_with_id(slot_id) if slot_id else DeliverySlot()
        if DeliverySlot.objects.filter(kind=kind, starts=starts, ends=ends).exclude(pk=slot.pk).exists():
            raise SlotThere(fields={"starts": [SlotThere.sentence]})
        values: dict[str, Any] = {"kind": kind.value, "capacity": capacity, "is_on": is_on}
        slot.kind, slot.starts, slot.ends, slot.capacity, slot.is_on = kind, starts, ends, capacity, is_on
        slot.save()
        times = {"starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
        record(
            what="delivery.slot_set", subject=slot, at=now, actor=Actor(kind="person", name=by_name), **values, **times
        )
    return slot
