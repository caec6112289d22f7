"""One payment for several orders: what the provider knows is one, what the store books is one an order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from tenants.orders.models import Order
from tenants.payments.models import OPEN_PAYMENT_STATES, Payment, PaymentState
from tenants.payments.services import LOOKS, attempt_key


def open_joint_attempt(*, orders: Sequence[Order], first: Order, method: str, key: str, at: datetime) -> Payment:
    """Return the attempt to pay these locked orders of one checkout, making one where none is under way, in the
    caller's transaction. ``first`` is the checkout's first order, whatever became of it: the key bears its number.

    Attempts for another set of orders must have been closed before.
    """
    covers = covered(orders)
    joint = Payment.objects.filter(checkout=first.checkout_id)
    under_way = joint.filter(method=method, state__in=OPEN_PAYMENT_STATES, parked_at=None, covers=covers)
    if payment := under_way.order_by("attempt").last():
        return payment
    last = joint.aggregate(last=Max("attempt"))["last"] or 0
    return Payment.objects.create(
        checkout_id=first.checkout_id,
        covers=covers,
        attempt=last + 1,
        method=method,
        amount_minor=sum(covers.values()),
        currency=first.currency,
        key=attempt_key(order=first, key=key),
        created_at=at,
        next_look_at=at + LOOKS[0],
    )


def covered(orders: Sequence[Order]) -> dict[str, int]:
    """Say what a payment of these orders is for, as it is kept: amounts by id."""
    return {str(order.pk): order.total_minor for order in orders}


def divided(*, payment: Payment, orders: Mapping[UUID, Order], at: datetime) -> list[tuple[Order, Payment]]:
    """Divide a locked payment that has just succeeded among the locked orders it was begun for, in the caller's
    transaction. One for an order alone is that order's as it stands.
    """
    if payment.covers is None:
        return [(order, payment) for order in orders.values()]
    shares = {UUID(told): amount for told, amount in sorted(payment.covers.items())}
    return [(orders[order_id], _part(payment, orders[order_id], amount, at)) for order_id, amount in shares.items()]


def _part(payment: Payment, order: Order, amount_minor: int, at: datetime) -> Payment:
    last = Payment.objects.filter(order=order).aggregate(last=Max("attempt"))["last"] or 0
    return Payment.objects.create(
        order=order,
        part_of=payment,
        attempt=last + 1,
        method=payment.method,
        amount_minor=amount_minor,
        currency=payment.currency,
        state=PaymentState.SUCCEEDED,
        key=attempt_key(order=order, key=f"{payment.key}:{order.pk}"),
        created_at=payment.created_at,
        settled_at=at,
    )
