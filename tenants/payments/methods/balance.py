"""Paying from the member's balance: no company is asked, the money moves in the story's own transaction.

What a provider would be asked is known here without asking: a balance payment that has not succeeded moved nothing.
"""

from datetime import datetime

from tenants.payments.models import Payment, PaymentState, RefundState
from tenants.payments.news import About, Charged, Opened, PaymentNews, RefundNews


def open_charge(*, key: str, amount_minor: int, currency: str, now: datetime, about: About | None = None) -> Opened:
    """Nothing to open."""
    return Opened()


def read_charge(*, key: str, handle: str = "") -> PaymentNews | None:
    """Say that an attempt still open moved nothing: whoever began it died before the money moved."""
    payment = Payment.objects.filter(key=key).first()
    if payment is None:
        return None
    state = PaymentState.SUCCEEDED if payment.state == PaymentState.SUCCEEDED else PaymentState.CANCELLED
    return PaymentNews(key, state, payment.provider_ref or "", payment.amount_minor, payment.currency)


def close_charge(*, key: str, handle: str = "") -> PaymentNews | None:
    """As above."""
    return read_charge(key=key)


def refund(*, key: str, charge_key: str, amount_minor: int, charged: Charged | None = None) -> RefundNews:
    """Succeed: the balance grows in the transaction that takes in this news, once."""
    return RefundNews(key, RefundState.SUCCEEDED, f"balance-{key}")


def read_refund(*, key: str, charge_key: str, charged: Charged | None = None) -> RefundNews | None:
    """Nothing is known of a refund before it is taken in."""
    return None
