"""The janitor: asks the providers about everything that has no end yet."""

from datetime import datetime

import structlog

from tenants.orders.models import Order, OrderState
from tenants.payments.methods import METHODS, method_of
from tenants.payments.models import Payment, PaymentState, Refund, RefundState
from tenants.payments.news import MethodRejected, MethodUnreachable, PaymentNews, RefundNews
from tenants.payments.selectors import charge_behind, handle_of, payments_due, refunds_due
from tenants.payments.services import note_payment_look, note_refund_sent
from tenants.payments.ways import BALANCE
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.settle_refund import settle_refund
from tenants.sales.services.stop_charging import NOTHING_COMES
from tenants.sales.services.turns import Turns

log = structlog.get_logger(__name__)
_MOST = 200  # a run; the next one takes the rest


def watch_payments(*, now: datetime) -> int:
    """Ask about payments under way and send refunds that are due; return how many were looked at.

    Looks come 30 s, 2 min, 10 min, 1 h, 6 h and 1 d after each other (reliability.md 2.2). No transaction is open
    while a provider is asked. A silent provider leaves a payment unknown, never failed; one that does not know of it,
    long after its order was closed, ends it. Two janitors at once do no harm: whatever they hear is settled once.
    """
    turns = Turns()
    payments = payments_due(now=now, limit=_MOST)
    for payment in payments:
        with turns.one("payment", payment.pk):
            _look(payment, now)
    refunds = refunds_due(now=now, limit=_MOST)
    for refund in refunds:
        with turns.one("refund", refund.pk):
            _send(refund, now)
    turns.over()
    return len(payments) + len(refunds)


def _look(payment: Payment, now: datetime) -> None:
    note_payment_look(payment=payment, at=now)
    try:
        news = method_of(payment.method).read_charge(key=payment.key, **handle_of(payment))
    except (MethodUnreachable, MethodRejected):
        log.warning("method_silent", method=payment.method, payment=str(payment.id))
        news = PaymentNews(
            key=payment.key,
            state=PaymentState.UNKNOWN,
            provider_ref="",
            amount_minor=payment.amount_minor,
            currency=payment.currency,
        )
    if news is None and _is_over(payment, now):
        news = _never_begun(payment)
    if news:
        settle_payment(news=news, now=now)


def _is_over(payment: Payment, now: datetime) -> bool:
    """Say whether nothing can be paid by it any more, and no request to open its charge is on its way."""
    of_it = {"checkout_id": payment.checkout_id} if payment.checkout_id else {"pk": payment.order_id}
    ends = Order.objects.filter(**of_it).values_list("state", "expires_at")
    return all(
        state != OrderState.PENDING_PAYMENT and (end is None or end + NOTHING_COMES <= now) for state, end in ends
    )


def _never_begun(payment: Payment) -> PaymentNews:
    return PaymentNews(
        key=payment.key,
        state=PaymentState.CANCELLED,
        provider_ref="",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )


def _send(refund: Refund, now: datetime) -> None:
    note_refund_sent(refund=refund, at=now)
    try:
        news = _ask(refund)
    except (MethodUnreachable, MethodRejected):
        log.warning("method_silent", method=refund.payment.method, refund=str(refund.id))
        news = RefundNews(key=refund.key, state=RefundState.UNKNOWN, provider_ref="")
    settle_refund(news=news, now=now)


def _ask(refund: Refund) -> RefundNews:
    method = METHODS[BALANCE] if refund.to_balance else method_of(refund.payment.method)
    key, charge_key, charged = refund.key, refund.payment.charge.key, charge_behind(refund)
    # What was asked for before may be done: look first, and ask again by the same key only when nobody knows of it
    if refund.looks and (told := method.read_refund(key=key, charge_key=charge_key, charged=charged)):
        return told
    return method.refund(key=key, charge_key=charge_key, amount_minor=refund.amount_minor, charged=charged)
