"""Reading payments and refunds."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.payments.models import OPEN_PAYMENT_STATES, OPEN_REFUND_STATES, Payment, PaymentState, Refund
from tenants.payments.news import Charged


class PaymentMissing(Refused):
    """There is no such payment, or it is somebody else's."""

    code, kind, sentence = "payment_missing", Kind.MISSING, _("没有找到这笔付款。")


def payment_of(*, member: Member, payment_id: UUID) -> Payment:
    """Read a member's own payment with its order, if it is of one alone. :raises PaymentMissing:"""
    own = Q(order__member=member) | Q(checkout__member=member)
    payment = Payment.objects.select_related("order").filter(own, pk=payment_id).first()
    if payment is None:
        raise PaymentMissing
    return payment


def payment_with_key(key: str) -> Payment:
    """Read the payment a provider knows by this key. :raises PaymentMissing:"""
    payment = Payment.objects.filter(key=key).first()
    if payment is None:
        raise PaymentMissing
    return payment


def open_payments_of(order: Order) -> list[Payment]:
    """List the payments of an order whose end is not known, those together with others too."""
    of_it = Q(checkout_id=order.checkout_id) if order.checkout_id else Q(order=order)
    return list(Payment.objects.filter(of_it, state__in=OPEN_PAYMENT_STATES, parked_at=None).order_by("attempt"))


def kept_payments_of(order: Order) -> list[Payment]:
    """List the payments that an order was paid with, the latest first: not those whose money went back at once."""
    paid = Payment.objects.filter(order=order, state=PaymentState.SUCCEEDED)
    return list(paid.exclude(refunds__is_return=True).order_by("-settled_at", "-attempt"))


def handle_of(payment: Payment) -> dict[str, str]:
    """Say by which name the provider knows an open charge, for those that need one beside our key."""
    return {"handle": payment.provider_handle} if payment.provider_handle else {}


def charge_behind(refund: Refund) -> Charged:
    """Say which charge a refund belongs to, as the provider knows it."""
    payment = refund.payment.charge
    return Charged(
        provider_ref=payment.provider_ref or "",
        handle=payment.provider_handle,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reason=refund.reason,
    )


def payments_due(*, now: datetime, limit: int) -> list[Payment]:
    """List payments the janitor must ask about, the longest waiting first."""
    due = Payment.objects.filter(state__in=OPEN_PAYMENT_STATES, next_look_at__lte=now)
    return list(due.order_by("next_look_at")[:limit])


def refunds_due(*, now: datetime, limit: int) -> list[Refund]:
    """List refunds to be sent or asked about, with their payments, the longest waiting first."""
    due = Refund.objects.filter(state__in=OPEN_REFUND_STATES, next_look_at__lte=now)
    return list(due.select_related("payment__part_of").order_by("next_look_at")[:limit])
