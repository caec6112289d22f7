"""Money received is given back: whole or in part, once or several times, never more than was received."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.journal.services import Actor, record
from tenants.payments.models import Payment, Refund
from tenants.payments.selectors import PaymentMissing
from tenants.payments.services import ask_refund_again, give_up_refund, request_refund
from tenants.sales.services.settle_refund import RefundMissing


def refund_payment(
    *, payment_id: UUID, amount_minor: int, reason: str, key: str, now: datetime, actor: Actor
) -> Refund:
    """Give part or all of a payment back by the way it came, once a key; the janitor sends it within a minute.

    What becomes of the order's lines, stock, points and commission is the caller's business: this moves money only.
    A joint payment goes back by its parts.
    To do it in a transaction of your own, hold the order, then call ``payments.services.request_refund``.

    :raises PaymentMissing, NotPaid, MoreThanPaid:
    """
    with transaction.atomic(durable=True):
        payment = Payment.objects.select_related("order").filter(pk=payment_id).first()
        if payment is None or payment.order is None:
            raise PaymentMissing
        refund = request_refund(
            payment=payment, amount_minor=amount_minor, reason=reason, at=now, key=key, is_return=False
        )
        if refund.created_at == now:
            record(
                what="order.refund_requested",
                subject=payment.order,
                at=now,
                actor=actor,
                reason=reason,
                amount_minor=amount_minor,
            )
    return refund


def retry_refund(*, refund_id: UUID, actor: Actor, now: datetime) -> Refund:
    """Send a failed refund again, by the same key: a provider that did it after all does not do it twice.

    :raises RefundMissing:
    """
    with transaction.atomic(durable=True):
        refund = _held(refund_id)
        if ask_refund_again(refund=refund, at=now):
            record(what="refund.retried", subject=refund, at=now, actor=actor)
    return refund


def refund_to_balance(*, refund_id: UUID, actor: Actor, now: datetime) -> Refund:
    """Give a failed refund's money to the member's balance instead: the card is gone, or the account is closed.

    :raises RefundMissing: there is none, or it has not failed.
    """
    with transaction.atomic(durable=True):
        refund = _held(refund_id)
        if not give_up_refund(refund=refund, at=now):
            raise RefundMissing
        made = request_refund(
            payment=refund.payment,
            amount_minor=refund.amount_minor,
            reason=refund.reason,
            at=now,
            key=f"balance:{refund.pk}",
            is_return=refund.is_return,
            to_balance=True,
            order_refund=refund.order_refund,
        )
        record(what="refund.to_balance", subject=refund, at=now, actor=actor, amount_minor=refund.amount_minor)
    return made


def _held(refund_id: UUID) -> Refund:
    refund = (
        Refund.objects.select_related("payment", "order_refund")
        .select_for_update(of=("self",))
        .filter(pk=refund_id)
        .first()
    )
    if refund is None:
        raise RefundMissing
    return refund
