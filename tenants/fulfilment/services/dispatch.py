"""An order that is brought to the door leaves for it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import OrderMissing

MOST_NOTE = 60


class NotToDispatch(Refused):
    """The order is not paid, was given back, or is fetched by its member."""

    code, kind, sentence = "not_to_dispatch", Kind.CONFLICT, _("这个订单不需要配送。")


def dispatch_order(*, order_id: UUID, note: str, actor: Actor, now: datetime) -> Order:
    """Note that a paid order is on its way, and by whom or under which number; from then on its fee is earned.

    Said again, only the note changes. :raises OrderMissing, NotToDispatch:
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update(no_key=True).filter(pk=order_id).first()
        if order is None:
            raise OrderMissing
        if not order.is_delivered or order.state not in (OrderState.PAID, OrderState.PARTLY_PICKED):
            raise NotToDispatch
        dispatch_held(order=order, note=note, actor=actor, now=now)
    return order


def dispatch_held(*, order: Order, note: str = "", actor: Actor, now: datetime) -> None:
    """Do the same for a locked order, in the caller's transaction; one on its way already keeps its moment."""
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
        record(what="order.dispatched", subject=order, at=now, actor=actor, note=order.dispatch_note)
