"""Making sure that an order about to close is not being paid at this moment."""

from datetime import datetime

from tenants.orders.models import Order
from tenants.payments.methods import METHODS
from tenants.payments.news import MethodUnreachable
from tenants.payments.selectors import open_payments_of
from tenants.sales.services.settle_payment import settle_payment


def stop_charging(*, order: Order, now: datetime) -> None:
    """Ask the providers to take back an order's unpaid charges, outside any transaction, and settle what they say.

    One that turns out to be paid pays the order. One that does not answer is left to the janitor: should its money
    come after all, it is late money.
    """
    for payment in open_payments_of(order):
        try:
            news = METHODS[payment.method].close_charge(key=payment.key)
        except MethodUnreachable:
            continue
        if news:
            settle_payment(news=news, now=now)
