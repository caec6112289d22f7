"""Times of day at which a way brings goods, and how many orders each takes on one day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from kit.ids import new_id
from kit.tenancy import current_store, sql
from tenants.delivery.models import DeliverySlot, SlotDay, WayKind

# The day's row is made by the first order and guarded again after the wait for another; nobody reads before it writes.
_TAKE = """
WITH offered AS (
    SELECT id, capacity FROM delivery_deliveryslot WHERE id = %(slot)s AND is_on AND capacity >= %(orders)s
)
INSERT INTO delivery_slotday AS d (id, slot_id, day, taken)
SELECT %(row)s, id, %(day)s, %(orders)s FROM offered
ON CONFLICT (slot_id, day) DO UPDATE SET taken = d.taken + excluded.taken
    WHERE d.taken + excluded.taken <= (SELECT capacity FROM offered)
RETURNING d.id
"""


class SlotFull(Refused):
    """Others took what was left of the slot on that day, or it is no longer offered."""

    code, kind, sentence = "slot_full", Kind.CONFLICT, gettext_lazy("这个时段约满了，请换一个")


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot on one day; ``left`` is how many more orders it takes."""

    slot_id: UUID
    day: date  # on which it is brought
    starts: time
    ends: time
    left: int
    has_begun: bool

    @property
    def hours(self) -> str:
        return hours_text(self.starts, self.ends)

    @property
    def kept(self) -> dict[str, Any]:
        """What an order keeps of it: later changes of the store's slots do not move it."""
        return {
            "id": str(self.slot_id),
            "day": self.day.isoformat(),
            "starts": f"{self.starts:%H:%M}",
            "ends": f"{self.ends:%H:%M}",
            "text": f"{self.day:%m-%d} {self.hours}",
        }


def hours_text(starts: time, ends: time) -> str:
    """Write from when until when."""
    return f"{starts:%H:%M}–{ends:%H:%M}"


def day_brought(kind: WayKind, pickup_date: date) -> date:
    """Say on which day such a way brings what could be fetched on ``pickup_date``."""
    return pickup_date + timedelta(days=1) if kind == WayKind.NEXT_DAY else pickup_date


def slots_on(*, kind: WayKind, pickup_date: date, now: datetime) -> tuple[Slot, ...]:
    """List what is offered of a way's slots for goods of one pickup day, the earliest first. One statement."""
    return slots_by_day(kind=kind, days=[pickup_date], now=now)[pickup_date]


def slots_by_day(*, kind: WayKind, days: Collection[date], now: datetime) -> dict[date, tuple[Slot, ...]]:
    """List the same for each of some pickup days. One statement for all of them."""
    brought = {pickup_date: day_brought(kind, pickup_date) for pickup_date in sorted(days)}
    taken = {f"taken_{number}": taken_on(day) for number, day in enumerate(brought.values())}
    rows = list(DeliverySlot.objects.filter(kind=kind, is_on=True).annotate(**taken)) if brought else []
    here = now.astimezone(ZoneInfo(current_store().timezone))
    return {
        pickup_date: tuple(
            Slot(
                one.pk,
                day,
                one.starts,
                one.ends,
                max(one.capacity - getattr(one, f"taken_{number}"), 0),
                (day, one.starts) <= (here.date(), here.time()),
            )
            for one in rows
        )
        for number, (pickup_date, day) in enumerate(brought.items())
    }


def taken_on(day: date) -> Coalesce:
    """Count, for a query of slots, how many orders each has on a day."""
    return Coalesce(Subquery(SlotDay.objects.filter(slot=OuterRef("pk"), day=day).values("taken")), 0)


def slots_problem(
    *, offered: Mapping[date, Collection[Slot]], wanted: Mapping[date, UUID], orders: Mapping[date, int]
) -> str:
    """Say in a sentence why goods of some pickup days cannot come at the slots wanted, of several days with the day."""
    for pickup_date, slots in sorted(offered.items()):
        problem = slot_problem(offered=slots, slot_id=wanted.get(pickup_date), orders=orders.get(pickup_date, 1))
        if problem:
            words = {"day": f"{pickup_date:%m-%d}", "problem": problem}
            return problem if len(offered) == 1 else _("%(day)s 提货的商品：%(problem)s") % words
    return ""


def slot_problem(*, offered: Collection[Slot], slot_id: UUID | None, orders: int) -> str:
    """Say in a sentence why goods of one pickup day, in so many orders, cannot come at such a slot."""
    if not offered and slot_id is None:
        return ""
    if slot_id is None:
        return _("请选择送货时段")
    slot = chosen(offered, slot_id)
    if slot is None or slot.has_begun:
        return _("这个时段不能约了，请换一个")
    return str(SlotFull.sentence) if slot.left < orders else ""


def chosen(offered: Collection[Slot], slot_id: UUID | None) -> Slot | None:
    """Find the slot that is meant among those offered."""
    return next((one for one in offered if one.slot_id == slot_id), None)


def take_slot(*, slot: dict[str, Any] | None, orders: int = 1) -> None:
    """Take a kept slot for so many orders, in the caller's transaction; no slot takes nothing. :raises SlotFull:"""
    if slot is None:
        return
    if not sql.run(_TAKE, {"slot": slot["id"], "day": slot["day"], "orders": orders, "row": new_id()}):
        raise SlotFull


def free_slot(*, slot: dict[str, Any] | None) -> None:
    """Give back what one order took of its slot, in the caller's transaction."""
    if slot is not None:
        held = SlotDay.objects.filter(slot_id=slot["id"], day=slot["day"], taken__gt=0)
        held.update(taken=F("taken") - 1)
