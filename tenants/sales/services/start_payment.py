"""A member goes to pay."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import OrderMissing
from tenants.payments.methods import METHODS
from tenants.payments.models import OPEN_PAYMENT_STATES, Payment, PaymentState
from tenants.payments.news import MethodUnreachable, PaymentNews
from tenants.payments.services import attempt_key, open_attempt
from tenants.sales.services.settle_payment import settle_payment


@dataclass(frozen=True, slots=True)
class StartedPayment:
    """An attempt to pay, and where to send the shopper (empty when the attempt has ended or the method is silent)."""

    payment: Payment
    redirect_path: str


class UnknownMethod(Refused):
    """The store does not offer this way to pay."""

    code, kind, sentence = "unknown_method", Kind.INVALID, _("请换一种付款方式。")


class NotPayable(Refused):
    """The order does not wait for payment."""

    code, kind, sentence = "not_payable", Kind.CONFLICT, _("这个订单不需要付款了。")


class OrderClosed(NotPayable):
    """The time to pay is over."""

    code, sentence = "order_closed", _("订单已超时关闭，请重新下单。")


def start_payment(*, order_id: UUID, member: Member, method: str, key: str, now: datetime) -> StartedPayment:
    """Begin to pay an order, and say where the member pays. The campaign may be cut off meanwhile: the goods are held.

    Safe to repeat: the same key, or any key while an attempt is under way, gives the same attempt, so the provider
    charges once. The attempt is committed before the provider is asked; whatever dies in between, the janitor knows.

    :raises OrderMissing, UnknownMethod, NotPayable, OrderClosed:
    """
    speaks = METHODS.get(method)
    if speaks is None:
        raise UnknownMethod(fields={"method": [UnknownMethod.sentence]})
    with transaction.atomic(durable=True):
        payment = _attempt(order_id=order_id, member=member, method=method, key=key, now=now)
    if payment.state not in OPEN_PAYMENT_STATES:
        return StartedPayment(payment=payment, redirect_path="")
    state, redirect_path = PaymentState.PROCESSING, ""
    try:
        redirect_path = speaks.open_charge(
            key=payment.key, amount_minor=payment.amount_minor, currency=payment.currency, now=now
        )
    except MethodUnreachable:
        state = PaymentState.UNKNOWN
    news = PaymentNews(
        key=payment.key,
        state=state,
        provider_ref="",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )
    return StartedPayment(payment=settle_payment(news=news, now=now), redirect_path=redirect_path)


def _attempt(*, order_id: UUID, member: Member, method: str, key: str, now: datetime) -> Payment:
    order = Order.objects.select_for_update(no_key=True).filter(pk=order_id, member=member).first()
    if order is None:
        raise OrderMissing
    if known := Payment.objects.filter(key=attempt_key(order=order, key=key)).first():
        return known
    if not order.can_be_paid(now):
        raise OrderClosed if order.shown_state(now) == OrderState.CLOSED else NotPayable
    return open_attempt(order=order, method=method, key=key, at=now)
