"""Remarks of the staff on many orders at once: seen first, written as they were seen, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from tenants.journal.models import JournalEntry
from tenants.journal.selectors import entries_of
from tenants.journal.services import Actor, entry_about
from tenants.orders.models import Order, StaffRemark
from tenants.orders.selectors import Happening

MOST_ORDERS = 200
LONGEST = 200
WHAT = "order.remarked"


class How(StrEnum):
    """What becomes of a remark that stands there already."""

    REPLACE = "replace"
    APPEND = "append"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class RemarkChange:
    """What a remark was and becomes; "" is none."""

    order_id: UUID
    number: str
    was: str
    becomes: str

    def back(self) -> "RemarkChange":
        """Give the change that takes this one back."""
        return RemarkChange(self.order_id, self.number, self.becomes, self.was)


class NothingToRemark(Refused):
    """A remark without words."""

    code, kind, sentence = "remark_empty", Kind.INVALID, gettext_lazy("请填写备注。")


class RemarkTooLong(Refused):
    """A remark would be longer than it may be. The sentence says on which order."""

    code, kind, sentence = "remark_too_long", Kind.INVALID, gettext_lazy("备注最多 200 个字。")


class RemarksMoved(Refused):
    """Somebody changed one of the remarks after they were looked at."""

    code, kind, sentence = "remarks_moved", Kind.CONFLICT, gettext_lazy("有订单的备注刚被改过，请再看一遍。")


def remark_on(order: Order) -> str:
    """Say what the staff noted on an order that was read with it."""
    remark: StaffRemark | None = getattr(order, "staff_remark", None)
    return remark.words if remark else ""


def remarks_wished(*, order_ids: Sequence[UUID], words: str, how: How) -> list[RemarkChange]:
    """Say what a wish does to the remarks of these orders, newest order first; what stays as it is is left out.

    :raises NothingToRemark, RemarkTooLong:
    """
    words = " ".join(words.split())
    if how != How.CLEAR and not words:
        raise NothingToRemark(fields={"words": [NothingToRemark.sentence]})
    orders = Order.objects.filter(pk__in=order_ids).select_related("staff_remark").order_by("-placed_at", "id")
    wished = [RemarkChange(order.pk, order.number, remark_on(order), _becomes(order, words, how)) for order in orders]
    return [one for one in wished if one.was != one.becomes]


def remark_many(*, changes: Sequence[RemarkChange], now: datetime, actor: Actor) -> int:
    """Write remarks as they were seen, each into its order's journal; says how many.

    :raises RemarksMoved: one of them is not what it was any more; then none is written.
    """
    wanted = {one.order_id: one for one in changes}
    with transaction.atomic(durable=True):
        # The orders are held, because a remark that is not there yet cannot be
        held = Order.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
        orders = {order.pk: order for order in held}
        there = {one.order_id: one.words for one in StaffRemark.objects.filter(order__in=wanted)}
        if any(one.order_id not in orders or there.get(one.order_id, "") != one.was for one in changes):
            raise RemarksMoved
        StaffRemark.objects.filter(order__in=[one.order_id for one in changes if not one.becomes]).delete()
        StaffRemark.objects.bulk_create(
            [
                StaffRemark(order_id=one.order_id, words=one.becomes, by_name=actor.name[:60], at=now)
                for one in changes
                if one.becomes
            ],
            update_conflicts=True,
            unique_fields=["order"],
            update_fields=["words", "by_name", "at"],
        )
        JournalEntry.objects.bulk_create(
            entry_about(what=WHAT, subject=orders[one.order_id], at=now, actor=actor, words=one.becomes)
            for one in changes
        )
    return len(changes)


def remarks_told(order: Order) -> list[Happening]:
    """Tell the remarks on an order, for the staff alone, oldest first. Its shopper's timeline knows nothing of them."""
    return [
        Happening(at=entry.at, what=WHAT, sentence=_told(entry.detail.get("words", "")), by_name=entry.actor_name)
        for entry in entries_of(order)
        if entry.what == WHAT
    ]


def _told(words: str) -> str:
    return _("商家备注：%(words)s") % {"words": words} if words else _("清除了商家备注")


def _becomes(order: Order, words: str, how: How) -> str:
    was = remark_on(order)
    if how == How.CLEAR:
        return ""
    text = _("%(was)s；%(words)s") % {"was": was, "words": words} if how == How.APPEND and was else words
    if len(text) > LONGEST:
        sentence = _("订单 %(number)s 的备注会超过 200 个字。") % {"number": order.number}
        raise RemarkTooLong(sentence, fields={"words": [sentence]})
    return text
