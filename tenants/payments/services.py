"""Moving payments and refunds from state to state. The stories that say what follows are in tenants/sales.

News comes in any order and any number of times. A state has a rank and only a higher one overwrites, so the end is
the same whatever the order; a disagreement about the amount lies beside the state (``parked_at``) for that reason.
"""

import hashlib
from datetime import datetime, timedelta

from django.db.models import Max

from tenants.journal.services import Actor, record
from tenants.orders.models import Order
from tenants.payments.models import (
    OPEN_PAYMENT_STATES,
    OPEN_REFUND_STATES,
    PAYMENT_RANK,
    REFUND_RANK,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from tenants.payments.news import PaymentNews, RefundNews

# When the janitor asks the provider, counted from the look before (reliability.md 2.2)
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 21_600, 86_400))


def open_attempt(*, order: Order, method: str, key: str, at: datetime) -> Payment:
    """Return the attempt to pay a locked order, making one where none is under way, in the caller's transaction.

    An attempt whose end is not known is taken up again, whatever key it was begun with, so that the provider, who
    knows it by that key, charges once.
    """
    under_way = Payment.objects.filter(order=order, method=method, state__in=OPEN_PAYMENT_STATES, parked_at=None)
    if payment := under_way.order_by("attempt").last():
        return payment
    last = Payment.objects.filter(order=order).aggregate(last=Max("attempt"))["last"] or 0
    return Payment.objects.create(
        order=order,
        attempt=last + 1,
        method=method,
        amount_minor=order.total_minor,
        currency=order.currency,
        key=attempt_key(order=order, key=key),
        created_at=at,
        next_look_at=at + LOOKS[0],
    )


def attempt_key(*, order: Order, key: str) -> str:
    """Derive what we tell the provider from the order and the shopper's own key: nobody can guess it from a number."""
    return f"{order.number}-{hashlib.sha256(f'{order.id}:{key}'.encode()).hexdigest()[:24]}"


def hear_payment(*, payment: Payment, news: PaymentNews, at: datetime) -> bool:
    """Move a locked payment on, if the news is more final than what is known; say whether it has just succeeded."""
    if news.state == PaymentState.SUCCEEDED and (reason := _disagreement(payment, news)):
        _park(payment, news=news, reason=reason, at=at)
        return False
    if PAYMENT_RANK[news.state] <= PAYMENT_RANK[PaymentState(payment.state)]:
        return False
    payment.state = news.state
    payment.provider_ref = news.provider_ref or payment.provider_ref
    payment.failure = news.failure
    if news.state not in OPEN_PAYMENT_STATES:
        payment.settled_at = at
        payment.next_look_at = None
    payment.save(update_fields=["state", "provider_ref", "failure", "settled_at", "next_look_at"])
    return news.state == PaymentState.SUCCEEDED


def note_payment_look(*, payment: Payment, at: datetime) -> None:
    """Count a look at a payment that is still open, and plan the next; after the last of them a person must look."""
    Payment.objects.filter(pk=payment.pk, state__in=OPEN_PAYMENT_STATES, parked_at=None).update(
        looks=payment.looks + 1, next_look_at=_next_look(payment.looks + 1, at)
    )


def request_refund(*, payment: Payment, amount_minor: int, reason: str, at: datetime) -> Refund:
    """Ask for money to go back, once a payment; the janitor sends it, due at once, outside any transaction."""
    refund, _is_new = Refund.objects.get_or_create(
        key=f"refund-{payment.key}",
        defaults={
            "payment": payment,
            "amount_minor": amount_minor,
            "currency": payment.currency,
            "reason": reason,
            "created_at": at,
            "next_look_at": at,
        },
    )
    return refund


def note_refund_sent(*, refund: Refund, at: datetime) -> None:
    """Note that the provider is being asked, before it is; plan when to ask again."""
    Refund.objects.filter(pk=refund.pk, state=RefundState.REQUESTED).update(state=RefundState.SENT)
    Refund.objects.filter(pk=refund.pk, state__in=OPEN_REFUND_STATES).update(
        looks=refund.looks + 1, next_look_at=_next_look(refund.looks + 1, at)
    )


def hear_refund(*, refund: Refund, news: RefundNews, at: datetime) -> bool:
    """Move a locked refund on, if the news is more final than what is known; say whether it has just succeeded."""
    if REFUND_RANK[news.state] <= REFUND_RANK[RefundState(refund.state)]:
        return False
    refund.state = news.state
    refund.provider_ref = news.provider_ref or refund.provider_ref
    if news.state not in OPEN_REFUND_STATES:
        refund.settled_at = at
        refund.next_look_at = None
    refund.save(update_fields=["state", "provider_ref", "settled_at", "next_look_at"])
    return news.state == RefundState.SUCCEEDED


def _disagreement(payment: Payment, news: PaymentNews) -> str:
    if (news.amount_minor, news.currency) != (payment.amount_minor, payment.currency):
        return f"amount {news.currency} {news.amount_minor}, expected {payment.currency} {payment.amount_minor}"
    if Payment.objects.filter(provider_ref=news.provider_ref).exclude(pk=payment.pk).exists():
        return f"reference {news.provider_ref} belongs to another payment"
    return ""


def _park(payment: Payment, *, news: PaymentNews, reason: str, at: datetime) -> None:
    if payment.parked_at:
        return
    payment.parked_at = at
    payment.parked_reason = reason
    payment.next_look_at = None
    if PAYMENT_RANK[PaymentState(payment.state)] < PAYMENT_RANK[PaymentState.UNKNOWN]:
        payment.state = PaymentState.UNKNOWN
    payment.save(update_fields=["parked_at", "parked_reason", "next_look_at", "state"])
    actor = Actor(kind="provider", name=payment.method)
    record(what="payment.parked", subject=payment, at=at, actor=actor, reason=reason, provider_ref=news.provider_ref)


def _next_look(looks: int, at: datetime) -> datetime | None:
    return at + LOOKS[looks] if looks < len(LOOKS) else None
