"""Making sure that an order about to close is not being paid at this moment."""

from datetime import datetime

from tenants.orders.models import Order
from tenants.payments.methods import method_of
from tenants.payments.news import MethodRejected, MethodUnreachable
from tenants.payments.selectors import handle_of, open_payments_of
from tenants.sales.services.settle_payment import settle_payment


def stop_charging(*, order: Order, now: datetime) -> None:
    """Ask the providers to take back an order's unpaid charges, outside any transaction, and settle what they say.

    One that turns out to be paid pays the order. One that does not answer is left to the janitor: should its money
    come after all, it is late money.
    """
    for payment in open_payments_of(order):
        try:
            news = method_of(payment.method).close_charge(key=payment.key, **handle_of(payment))
        except (MethodUnreachable, MethodRejected):
            continue
        if news:
            settle_payment(news=news, now=now)
