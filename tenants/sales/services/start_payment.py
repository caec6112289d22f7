"""A member goes to pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import OrderMissing, payable_with
from tenants.payments.balances import take_balance
from tenants.payments.channels import offered_ways
from tenants.payments.joint import covered, open_joint_attempt
from tenants.payments.methods import method_of
from tenants.payments.models import OPEN_PAYMENT_STATES, Payment, PaymentState
from tenants.payments.news import About, MethodRejected, MethodUnreachable, Opened, PaymentNews
from tenants.payments.selectors import handle_of, open_payments_of
from tenants.payments.services import LOOKS, attempt_key, look_again, note_opened, open_attempt
from tenants.payments.ways import BALANCE
from tenants.sales.services.settle_payment import held_orders, settle_held, settle_payment

# A provider's page outlives the order's quarter of an hour by nothing; a shorter one would be refused by some
_LEAST = timedelta(minutes=1)


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


class BalanceNotYet(NotPayable):
    """The deposit is paid; the balance can be paid later. Facts: ``from``."""

    code, sentence = "balance_not_yet", _("定金已付，还没到付尾款的时间。")


class OrderClosed(NotPayable):
    """The time to pay is over."""

    code, sentence = "order_closed", _("订单已超时关闭，请重新下单。")


class StillPaying(Refused):
    """Another way was begun, and whether it moved money is not known yet."""

    code, kind, sentence = "still_paying", Kind.CONFLICT, _("上一种付款方式还没有结果，请稍等一会儿再换。")


def start_payment(
    *,
    order_id: UUID,
    member: Member,
    method: str,
    key: str,
    now: datetime,
    payer_code: str = "",
    payer_ip: str = "",
) -> StartedPayment:
    """Begin to pay an order, and say where the member pays. The campaign may be cut off meanwhile: the goods are held.

    What was ordered together is paid together: all orders of its checkout that still wait for payment, at once.

    Safe to repeat: the same key, or any key while an attempt is under way, gives the same attempt, so the provider
    charges once. Changing the way to pay first closes what was begun another way. The attempt is committed before
    the provider is asked; whatever dies in between, the janitor knows. ``payer_code`` is what ``wx.login`` gave.

    :raises OrderMissing, UnknownMethod, NotPayable, OrderClosed, StillPaying, BalanceShort:
    """
    if method not in {way.code for way in offered_ways()}:
        raise UnknownMethod(fields={"method": [UnknownMethod.sentence]})
    order = _own(order_id, member)
    _close_others(order=order, method=method, now=now)
    with transaction.atomic(durable=True):
        orders = held_orders(order_id=order.pk, checkout_id=order.checkout_id)
        payment = _attempt(order=orders[order.pk], orders=orders, method=method, key=key, now=now)
        if method == BALANCE and payment.state in OPEN_PAYMENT_STATES:
            _pay_from_balance(order=orders[order.pk], orders=orders, payment=payment, now=now)
    if payment.state not in OPEN_PAYMENT_STATES:
        return StartedPayment(payment=payment, redirect_path="")
    if way := payment.still_opened(now):
        return StartedPayment(payment=payment, redirect_path=way["redirect_url"])
    about = About(
        title=_title(order, payment),
        expires_at=max(order.expires_at, now + _LEAST),
        payer_code=payer_code,
        payer_ip=payer_ip,
        return_to=f"/m/#/sub/order/result?order={order.id}",
    )
    return _open(payment, about, now)


def _open(payment: Payment, about: About, now: datetime) -> StartedPayment:
    state, opened, failure = PaymentState.PROCESSING, Opened(), ""
    try:
        opened = method_of(payment.method).open_charge(
            key=payment.key, amount_minor=payment.amount_minor, currency=payment.currency, now=now, about=about
        )
        note_opened(payment=payment, opened=opened, at=now)
    except MethodUnreachable:
        state = PaymentState.UNKNOWN
        look_again(payment=payment, at=now + LOOKS[0])  # it may be an old attempt, which nobody was to ask about soon
    except MethodRejected as refusal:
        state, failure = PaymentState.FAILED, str(refusal)
    settled = settle_payment(news=_news(payment, state, failure), now=now)
    return StartedPayment(payment=settled, redirect_path=opened.redirect_url)


def _own(order_id: UUID, member: Member) -> Order:
    order = Order.objects.filter(pk=order_id, member=member).first()
    if order is None:
        raise OrderMissing
    return order


def _close_others(*, order: Order, method: str, now: datetime) -> None:
    """Close what was begun another way, or for other orders: one of them was closed since."""
    begun = open_payments_of(order)
    covers = covered(payable_with(order, now)) if begun and order.checkout_id else None
    for payment in begun:
        if payment.method == method and payment.covers == covers:
            continue
        try:
            news = method_of(payment.method).close_charge(key=payment.key, **handle_of(payment))
        except (MethodUnreachable, MethodRejected):
            raise StillPaying from None
        # A provider that knows of no charge may still be shown its address by the shopper: that is late money then
        settled = settle_payment(news=news or _news(payment, PaymentState.CANCELLED), now=now)
        if settled.state in OPEN_PAYMENT_STATES:
            raise StillPaying


def _attempt(*, order: Order, orders: Mapping[UUID, Order], method: str, key: str, now: datetime) -> Payment:
    first = next(iter(orders.values()))
    if known := Payment.objects.filter(key=attempt_key(order=first, key=key)).first():
        return known
    _refuse_unpayable(order, now)
    if order.checkout_id is None:
        return open_attempt(order=order, method=method, key=key, at=now)
    waiting = [one for one in orders.values() if one.can_be_paid(now)]
    return open_joint_attempt(orders=waiting, first=first, method=method, key=key, at=now)


def _pay_from_balance(*, order: Order, orders: Mapping[UUID, Order], payment: Payment, now: datetime) -> None:
    """Take the money and pay the order in one transaction: there is nobody to ask and nothing to wait for."""
    _refuse_unpayable(order, now)
    take_balance(member_id=order.member_id, amount_minor=payment.amount_minor)
    news = _news(payment, PaymentState.SUCCEEDED, ref=f"balance-{payment.key}")
    settle_held(orders=orders, payment=payment, news=news, now=now)


def _refuse_unpayable(order: Order, now: datetime) -> None:
    if order.can_be_paid(now):
        return
    if order.shown_state(now) == OrderState.CLOSED:
        raise OrderClosed
    raise BalanceNotYet if order.awaits_balance else NotPayable


def _title(order: Order, payment: Payment) -> str:
    others = len(payment.covers) if payment.covers else 1
    return f"{current_store().name} {order.number}" + (f" 等 {others} 单" if others > 1 else "")


def _news(payment: Payment, state: PaymentState, failure: str = "", *, ref: str = "") -> PaymentNews:
    return PaymentNews(
        key=payment.key,
        state=state,
        provider_ref=ref,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        failure=failure,
    )
