"""预售: a deposit is paid, and what becomes of it when the balance is not."""

from datetime import datetime

from tenants.journal.services import Actor, leave_fact, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import Order, OrderState
from tenants.orders.services import mark_deposit_paid
from tenants.payments.models import Payment
from tenants.payments.selectors import kept_payments_of
from tenants.payments.services import request_refund


def take_deposit(*, order: Order, payment: Payment, now: datetime) -> bool:
    """Note that a locked order's deposit has been paid by this payment; say whether it was that.

    The goods stay reserved, the order goes on waiting, now for its balance. A deposit paid twice or too late is none.
    """
    if not payment.is_deposit or order.state != OrderState.PENDING_PAYMENT or order.deposit_paid_at is not None:
        return False
    mark_deposit_paid(order=order, at=now)
    actor = Actor(kind="provider", name=payment.method)
    record(what="order.deposit_paid", subject=order, at=now, actor=actor, amount_minor=payment.amount_minor)
    return True


def end_deposit(*, order: Order, gives_back: bool, reason: str, actor: Actor, now: datetime) -> None:
    """Settle the deposit of a locked order that was just closed, by the rule it was placed under, in the caller's
    transaction: given back by the way it came, or the shop's, which the platform is told of.

    ``gives_back``: whatever the rule says, as the shop called its list off.
    """
    if order.deposit_paid_at is None:
        return
    if gives_back or not order.keeps_deposit:
        for payment in kept_payments_of(order):
            request_refund(payment=payment, amount_minor=payment.amount_minor, reason=reason, at=now)
            record(
                what="order.refund_requested",
                subject=order,
                at=now,
                actor=actor,
                reason=reason,
                amount_minor=payment.amount_minor,
            )
        return
    amount = order.deposit_minor or 0
    order.deposit_kept_at = now
    order.save(update_fields=["deposit_kept_at"])
    post(
        what="deposit.kept",
        subject_id=order.pk,
        sides=[Side(Book.ORDER, amount, order.pk), Side(Book.SALES, -amount, order.pk)],
        currency=order.currency,
        at=now,
    )
    record(what="order.deposit_kept", subject=order, at=now, actor=actor, amount_minor=amount)
    leave_fact(
        event_key=f"order_paid:{order.pk}",
        meter="order_paid",
        amount_minor=amount,
        currency=order.currency,
        occurred_at=now,
        payload={"order_id": str(order.pk), "order_number": order.number},
    )
