"""Moving payments and refunds from state to state. The stories that say what follows are in tenants/sales.

News comes in any order and any number of times. A state has a rank and only a higher one overwrites, so the end is
the same whatever the order; a disagreement about the amount lies beside the state (``parked_at``) for that reason.
"""

import hashlib
from datetime import datetime, timedelta

from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderRefund
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
from tenants.payments.news import Opened, PaymentNews, RefundNews

# When the janitor asks the provider, counted from the look before (reliability.md 2.2)
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 21_600, 86_400))


def open_attempt(*, order: Order, method: str, key: str, at: datetime) -> Payment:
    """Return the attempt to pay a locked order, making one where none is under way, in the caller's transaction.

    An attempt whose end is not known is taken up again, whatever key it was begun with, so that the provider, who
    knows it by that key, charges once.
    """
    is_deposit = order.deposit_minor is not None and order.deposit_paid_at is None
    under_way = Payment.objects.filter(
        order=order, method=method, state__in=OPEN_PAYMENT_STATES, parked_at=None, is_deposit=is_deposit
    )
    if payment := under_way.order_by("attempt").last():
        return payment
    last = Payment.objects.filter(order=order).aggregate(last=Max("attempt"))["last"] or 0
    return Payment.objects.create(
        order=order,
        attempt=last + 1,
        method=method,
        amount_minor=order.due_minor,
        is_deposit=is_deposit,
        currency=order.currency,
        key=attempt_key(order=order, key=key),
        created_at=at,
        next_look_at=at + LOOKS[0],
    )


def attempt_key(*, order: Order, key: str) -> str:
    """Derive what we tell the provider from the order and the shopper's own key: nobody can guess it from a number.

    Of orders that are paid together it is the first one's. WeChat takes 32 characters at most, Alipay no hyphen.
    """
    return f"{order.number}_{hashlib.sha256(f'{order.basket_id}:{key}'.encode()).hexdigest()}"[:32]


def note_opened(*, payment: Payment, opened: Opened, at: datetime) -> None:
    """Keep where the shopper pays, so that it can be said again without asking anybody, as long as it is open."""
    payment.opened, payment.provider_handle = opened.words(at=at), opened.handle
    Payment.objects.filter(pk=payment.pk).update(opened=payment.opened, provider_handle=payment.provider_handle)


def hear_payment(*, payment: Payment, news: PaymentNews, at: datetime) -> bool:
    """Move a locked payment on, if the news is more final than what is known; say whether it has just succeeded."""
    if news.state == PaymentState.SUCCEEDED and (reason := _disagreement(payment, news)):
        _park(payment, news=news, reason=reason, at=at)
        return False
    if PAYMENT_RANK[news.state] <= PAYMENT_RANK[PaymentState(payment.state)]:
        return False
    payment.state = news.state
    payment.provider_ref = news.provider_ref or payment.provider_ref
    payment.failure = news.failure[:120]
    if news.state not in OPEN_PAYMENT_STATES:
        payment.settled_at = at
        payment.next_look_at = None
    payment.save(update_fields=["state", "provider_ref", "failure", "settled_at", "next_look_at"])
    return news.state == PaymentState.SUCCEEDED


def look_again(*, payment: Payment, at: datetime) -> None:
    """Let the janitor ask about an open payment at this moment, or before it if that is planned."""
    if payment.next_look_at is None or payment.next_look_at > at:
        open_ones = Payment.objects.filter(pk=payment.pk, state__in=OPEN_PAYMENT_STATES, parked_at=None)
        open_ones.update(next_look_at=at)


def note_payment_look(*, payment: Payment, at: datetime) -> None:
    """Count a look at a payment that is still open, and plan the next; after the last of them a person must look."""
    Payment.objects.filter(pk=payment.pk, state__in=OPEN_PAYMENT_STATES, parked_at=None).update(
        looks=payment.looks + 1, next_look_at=_next_look(payment.looks + 1, at)
    )


class MoreThanPaid(Refused):
    """What is to go back, with what went back before, exceeds the payment."""

    code, kind, sentence = "more_than_paid", Kind.CONFLICT, _("退款金额超过了这笔付款还能退的金额。")


class NotPaid(Refused):
    """Nothing was received by this payment, so nothing can go back."""

    code, kind, sentence = "not_paid", Kind.CONFLICT, _("这笔付款没有成功，不能退款。")


def request_refund(
    *,
    payment: Payment,
    amount_minor: int,
    reason: str,
    at: datetime,
    key: str = "",
    is_return: bool = True,
    to_balance: bool = False,
    order_refund: OrderRefund | None = None,
) -> Refund:
    """Ask for money to go back, once a key, in the caller's transaction; the janitor sends it, outside of any.

    Without a key it is the one by which money that came late or twice goes back whole. The same key gives the same
    refund. :raises NotPaid, MoreThanPaid:
    """
    key = f"refund_{payment.key}{'_' + hashlib.sha256(key.encode()).hexdigest()[:12] if key else ''}"
    if known := Refund.objects.filter(key=key).first():
        return known
    # One guarded statement decides, and it locks the payment: two at once cannot both fit into what is left
    fits = Payment.objects.filter(pk=payment.pk, refunding_minor__lte=F("amount_minor") - amount_minor)
    paid = fits.filter(state=PaymentState.SUCCEEDED)
    if amount_minor <= 0 or not paid.update(refunding_minor=F("refunding_minor") + amount_minor):
        if known := Refund.objects.filter(key=key).first():
            return known
        raise MoreThanPaid if payment.state == PaymentState.SUCCEEDED else NotPaid
    return Refund.objects.create(
        key=key,
        payment=payment,
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=reason[:120],
        is_return=is_return,
        to_balance=to_balance,
        order_refund=order_refund,
        created_at=at,
        next_look_at=at,
    )


def ask_refund_again(*, refund: Refund, at: datetime) -> bool:
    """Let the janitor send a failed refund again, by the same key; what it reserved is still reserved."""
    failed = Refund.objects.filter(pk=refund.pk, state=RefundState.FAILED)
    return bool(failed.update(state=RefundState.REQUESTED, next_look_at=at, looks=0, settled_at=None, hand_at=None))


def give_up_refund(*, refund: Refund, at: datetime) -> bool:
    """End a failed refund for good and let its amount be given back another way, in the caller's transaction."""
    failed = Refund.objects.filter(pk=refund.pk, state=RefundState.FAILED)
    if not failed.update(state=RefundState.GIVEN_UP, next_look_at=None, settled_at=at):
        return False
    Payment.objects.filter(pk=refund.payment_id).update(refunding_minor=F("refunding_minor") - refund.amount_minor)
    return True


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
    refund.failure = news.failure[:120]
    if news.state not in OPEN_REFUND_STATES:
        refund.settled_at = at
        refund.next_look_at = None
    refund.save(update_fields=["state", "provider_ref", "failure", "settled_at", "next_look_at"])
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
