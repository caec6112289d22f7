"""An order that is brought to the door leaves for it."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.delivery.models import WayKind
from tenants.journal.services import Actor, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import OrderMissing

MOST_NOTE = 60


class NotToDispatch(Refused):
    """The order is not paid, was given back, or is fetched by its member."""

    code, kind, sentence = "not_to_dispatch", Kind.CONFLICT, _("这个订单不需要配送。")


class NeedsTracking(Refused):
    """What goes by express leaves with a courier and a number."""

    code, kind, sentence = "needs_tracking", Kind.CONFLICT, _("快递订单请先填快递公司和单号发出。")


class NumberWrong(Refused):
    """A courier's number has letters, digits and dashes."""

    code, kind, sentence = "tracking_number_wrong", Kind.INVALID, _("快递单号只有字母、数字和横线，至少 6 位。")


@dataclass(frozen=True, slots=True)
class Tracking:
    """Who carries a parcel, and under which number."""

    courier: str = ""
    number: str = ""


_NUMBER = re.compile(r"[0-9A-Z-]{6,40}")


def dispatch_order(
    *, order_id: UUID, note: str = "", tracking: Tracking | None = None, actor: Actor, now: datetime
) -> Order:
    """Note that a paid order is on its way, and by whom or under which number; from then on its fee is earned.

    Said again, only the note or the number changes. :raises OrderMissing, NotToDispatch, NeedsTracking, NumberWrong:
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update(no_key=True).filter(pk=order_id).first()
        if order is None:
            raise OrderMissing
        if not order.is_delivered or order.state not in (OrderState.PAID, OrderState.PARTLY_PICKED):
            raise NotToDispatch
        if order.delivery == WayKind.EXPRESS:
            _note_tracking(order, tracking or Tracking(), actor, now)
        dispatch_held(order=order, note=note, actor=actor, now=now)
    return order


def dispatch_held(*, order: Order, note: str = "", actor: Actor, now: datetime) -> None:
    """Do the same for a locked order, in the caller's transaction; one on its way already keeps its moment.

    :raises NeedsTracking: it goes by express, and nobody said by whose.
    """
    if order.delivery == WayKind.EXPRESS and not order.tracking_number:
        raise NeedsTracking
    is_first = order.dispatched_at is None
    order.dispatched_at = order.dispatched_at or now
    order.dispatch_note = note.strip()[:MOST_NOTE] or order.dispatch_note
    order.save(update_fields=["dispatched_at", "dispatch_note"])
    if is_first:
        fee = order.delivery_minor
        post(
            what="delivery.earned",
            subject_id=order.pk,
            sides=[Side(Book.ORDER, fee, order.pk), Side(Book.SALES, -fee, order.pk)],
            currency=order.currency,
            at=now,
        )
        sent = {"courier": order.courier, "number": order.tracking_number}
        record(what="order.dispatched", subject=order, at=now, actor=actor, note=order.dispatch_note, **sent)


def _note_tracking(order: Order, tracking: Tracking, actor: Actor, now: datetime) -> None:
    """Write courier and number; a correction stands in the order's story beside what was said first."""
    courier, number = tracking.courier.strip()[:20], "".join(tracking.number.split()).upper()
    if not courier or not number:
        raise NeedsTracking(
            fields={name: [_("请填写。")] for name, text in (("courier", courier), ("number", number)) if not text}
        )
    if not _NUMBER.fullmatch(number):
        raise NumberWrong(fields={"number": [NumberWrong.sentence]})
    before = {"courier": order.courier, "number": order.tracking_number}
    order.courier, order.tracking_number = courier, number
    after = {"courier": courier, "number": number}
    if after == before:
        return
    order.save(update_fields=["courier", "tracking_number"])
    if order.dispatched_at:
        record(what="order.tracking_corrected", subject=order, at=now, actor=actor, **after, before=before)
