"""The janitor: asks the providers about everything that has no end yet."""

from datetime import datetime

import structlog

from tenants.payments.methods import METHODS
from tenants.payments.models import Payment, PaymentState, Refund, RefundState
from tenants.payments.news import MethodUnreachable, PaymentNews, RefundNews
from tenants.payments.selectors import payments_due, refunds_due
from tenants.payments.services import note_payment_look, note_refund_sent
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.settle_refund import settle_refund

log = structlog.get_logger(__name__)
_MOST = 200  # a run; the next one takes the rest


def watch_payments(*, now: datetime) -> int:
    """Ask about payments under way and send refunds that are due; return how many were looked at.

    Looks come 30 s, 2 min, 10 min, 1 h, 6 h and 1 d after each other (reliability.md 2.2). No transaction is open
    while a provider is asked. A silent provider leaves a payment unknown, never failed. Two janitors at once do no
    harm: whatever they hear is settled once.
    """
    payments = payments_due(now=now, limit=_MOST)
    for payment in payments:
        _look(payment, now)
    refunds = refunds_due(now=now, limit=_MOST)
    for refund in refunds:
        _send(refund, now)
    return len(payments) + len(refunds)


def _look(payment: Payment, now: datetime) -> None:
    note_payment_look(payment=payment, at=now)
    try:
        news = METHODS[payment.method].read_charge(key=payment.key)
    except MethodUnreachable:
        log.warning("method_silent", method=payment.method, payment=str(payment.id))
        news = PaymentNews(
            key=payment.key,
            state=PaymentState.UNKNOWN,
            provider_ref="",
            amount_minor=payment.amount_minor,
            currency=payment.currency,
        )
    if news:
        settle_payment(news=news, now=now)


def _send(refund: Refund, now: datetime) -> None:
    note_refund_sent(refund=refund, at=now)
    try:
        news = METHODS[refund.payment.method].refund(
            key=refund.key, charge_key=refund.payment.key, amount_minor=refund.amount_minor
        )
    except MethodUnreachable:
        log.warning("method_silent", method=refund.payment.method, refund=str(refund.id))
        news = RefundNews(key=refund.key, state=RefundState.UNKNOWN, provider_ref="")
    settle_refund(news=news, now=now)
