"""A person takes a payment in hand that the janitor gave up on, or that is parked."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.payments.methods import method_of
from tenants.payments.models import Payment, PaymentState, RefundState
from tenants.payments.news import Charged, MethodRejected, MethodUnreachable, PaymentNews
from tenants.payments.selectors import PaymentMissing, handle_of
from tenants.sales.services.settle_payment import settle_payment


class NoAnswer(Refused):
    """The company does not answer at this moment."""

    code, kind, sentence = "no_answer", Kind.CONFLICT, _("支付公司暂时没有回应，请稍后再试。")


class NotParked(Refused):
    """Only a parked payment's money is given back here."""

    code, kind, sentence = "not_parked", Kind.CONFLICT, _("这笔付款没有被搁置，请到订单里退款。")


class RefundRefused(Refused):
    """The company would not give the money back."""

    code, kind, sentence = "refund_refused", Kind.CONFLICT, _("支付公司没有同意退款，请到商户平台处理。")


def look_again(*, payment_id: UUID, now: datetime) -> Payment:
    """Ask the company what became of a payment, at once. :raises PaymentMissing, NoAnswer:"""
    payment = _payment(payment_id)
    news = _ask(payment, is_closing=False)
    return settle_payment(news=news, now=now) if news else payment


def close_payment(*, payment_id: UUID, now: datetime) -> Payment:
    """Have an unpaid charge closed at the company, or learn that it was paid. :raises PaymentMissing, NoAnswer:"""
    payment = _payment(payment_id)
    news = _ask(payment, is_closing=True) or PaymentNews(
        payment.key, PaymentState.CANCELLED, "", payment.amount_minor, payment.currency
    )
    return settle_payment(news=news, now=now)


def return_parked(*, payment_id: UUID, actor: Actor, now: datetime) -> Payment:
    """Give back what a parked payment really moved, and end it: it never counted as received.

    Safe to repeat: the company knows the refund by its key. :raises PaymentMissing, NotParked, NoAnswer, RefundRefused:
    """
    payment = _payment(payment_id)
    if payment.parked_at is None or payment.state == PaymentState.SUCCEEDED:
        raise NotParked
    moved = _ask(payment, is_closing=False)
    if moved and moved.state == PaymentState.SUCCEEDED:
        _pay_back(payment, moved)
    with transaction.atomic(durable=True):
        held = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if held.state != PaymentState.CANCELLED:
            held.state, held.settled_at, held.next_look_at = PaymentState.CANCELLED, now, None
            held.save(update_fields=["state", "settled_at", "next_look_at"])
            amount = moved.amount_minor if moved else 0
            record(what="payment.returned", subject=held, at=now, actor=actor, amount_minor=amount)
    return held


def _payment(payment_id: UUID) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise PaymentMissing
    return payment


def _ask(payment: Payment, *, is_closing: bool) -> PaymentNews | None:
    try:
        method = method_of(payment.method)
        ask = method.close_charge if is_closing else method.read_charge
        return ask(key=payment.key, **handle_of(payment))
    except (MethodUnreachable, MethodRejected):
        raise NoAnswer from None


def _pay_back(payment: Payment, moved: PaymentNews) -> None:
    charged = Charged(moved.provider_ref, payment.provider_handle, moved.amount_minor, moved.currency, "金额不符")
    try:
        told = method_of(payment.method).refund(
            key=f"refund_{payment.key}", charge_key=payment.key, amount_minor=moved.amount_minor, charged=charged
        )
    except (MethodUnreachable, MethodRejected):
        raise NoAnswer from None
    if told.state == RefundState.FAILED:
        raise RefundRefused
