"""A refund that no provider will make is paid by hand: one person says so, another confirms it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side
from tenants.orders.models import Order
from tenants.payments.models import Refund, RefundState
from tenants.payments.news import RefundNews
from tenants.payments.services import hear_refund
from tenants.sales.services.settle_refund import RefundMissing, take_in

MOST_NOTE = 120


class NoteNeeded(Refused):
    """Nobody can check a payment of which nothing is said."""

    code, kind, sentence = "hand_note_needed", Kind.INVALID, _("请写明怎么退的，例如银行转账和流水号。")


class SecondPersonNeeded(Refused):
    """The one who says that it was paid cannot be the one who confirms it."""

    code, kind, sentence = "second_person_needed", Kind.FORBIDDEN, _("线下退款要由另一位同事确认。")


def say_paid_by_hand(*, refund_id: UUID, note: str, actor: Actor, now: datetime) -> Refund:
    """Note that a failed refund was paid in cash or by bank; it counts once another person confirms it.

    :raises RefundMissing: there is none, or it has not failed. :raises NoteNeeded:
    """
    if not note.strip():
        raise NoteNeeded(fields={"note": [NoteNeeded.sentence]})
    with transaction.atomic(durable=True):
        _order, refund = _held(refund_id)
        refund.hand_note, refund.hand_at = note.strip()[:MOST_NOTE], now
        refund.hand_by_id, refund.hand_by_name = actor.id, actor.name[:60]
        refund.save(update_fields=["hand_note", "hand_at", "hand_by_id", "hand_by_name"])
        record(what="refund.by_hand_said", subject=refund, at=now, actor=actor, reason=refund.hand_note)
    return refund


def confirm_paid_by_hand(*, refund_id: UUID, actor: Actor, now: datetime) -> Refund:
    """Let a refund count as paid that another person said was paid by hand.

    :raises RefundMissing: nobody said so, or it is settled. :raises SecondPersonNeeded:
    """
    with transaction.atomic(durable=True):
        order, refund = _held(refund_id)
        if refund.hand_at is None:
            raise RefundMissing
        if not actor.id or refund.hand_by_id == actor.id:
            raise SecondPersonNeeded
        hear_refund(refund=refund, news=RefundNews(refund.key, RefundState.SUCCEEDED, f"hand:{refund.pk}"), at=now)
        source = Side(Book.PAID_BY_HAND, -refund.amount_minor)
        take_in(order=order, refund=refund, source=source, actor=actor, now=now)
    return refund


def _held(refund_id: UUID) -> tuple[Order, Refund]:
    found = Refund.objects.select_related("payment").filter(pk=refund_id, state=RefundState.FAILED).first()
    if found is None:
        raise RefundMissing
    order = Order.objects.select_for_update(no_key=True).get(pk=found.payment.first_order_id)
    refund = Refund.objects.select_for_update(no_key=True).filter(pk=refund_id, state=RefundState.FAILED).first()
    if refund is None:
        raise RefundMissing
    return order, refund
