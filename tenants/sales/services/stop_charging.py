"""Making sure that an order about to close is not being paid at this moment."""

from datetime import datetime, timedelta

from tenants.orders.models import Order
from tenants.payments.methods import method_of
from tenants.payments.news import MethodRejected, MethodUnreachable
from tenants.payments.selectors import handle_of, open_payments_of
from tenants.payments.services import look_again
from tenants.sales.services.settle_payment import settle_payment

# No charge can be opened or paid any more so long after the time to pay is over: none is on its way then
NOTHING_COMES = timedelta(minutes=5)


def stop_charging(*, order: Order, now: datetime) -> None:
    """Ask the providers to take back an order's unpaid charges, outside any transaction, and settle what they say.

    One that turns out to be paid pays the order. One that does not answer, or does not know of the charge, is left to
    the janitor, who comes when no charge can be on its way any more: should its money come after all, it is late money.
    """
    for payment in open_payments_of(order):
        try:
            news = method_of(payment.method).close_charge(key=payment.key, **handle_of(payment))
        except (MethodUnreachable, MethodRejected):
            news = None
        if news:
            settle_payment(news=news, now=now)
        else:
            look_again(payment=payment, at=max(now, order.expires_at or now) + NOTHING_COMES)
