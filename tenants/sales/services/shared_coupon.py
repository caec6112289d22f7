"""A coupon serves a whole basket, also where that became several orders: each holds its share of it.

An order that is closed unpaid lets its share go, and the last one lets the coupon go. All of it belongs to the caller's
transaction, which holds the order.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from tenants.orders.models import Checkout, DiscountSource, LineDiscount, Order, OrderState
from tenants.promotions.services.use_coupon import (
    grow_share,
    lock_coupon,
    release_coupon,
    return_coupon,
    shrink_share,
)


def let_coupon_go(*, order: Order, now: datetime) -> None:
    """Give a coupon, or an order's share of one, back: the order will not be paid."""
    if order.checkout_id is None:
        release_coupon(basket=order.pk, now=now)
        return
    for _coupon_id, off in _shares(order):
        shrink_share(basket=order.checkout_id, off_minor=off, now=now)


def lock_coupon_again(*, order: Order, now: datetime) -> None:
    """Hold the coupon of a closed order again: the price that was paid after all is that with the coupon.

    :raises CouponGone, CouponBudgetSpent:
    """
    for coupon_id, off in _shares(order):
        if order.checkout_id and grow_share(coupon_id=coupon_id, basket=order.checkout_id, off_minor=off):
            continue
        lock_coupon(coupon_id=coupon_id, member=order.member, basket=order.basket_id, off_minor=off, now=now)


def restore_discounts(*, order: Order, now: datetime) -> bool:
    """Give a coupon back when all it was used for was given back, where its kind says so; say whether one went back.

    A part of a basket keeps its coupon used: its share of the discount is in the line's net amount already, and only
    that amount goes back (market-and-domain.md C17).
    """
    if order.state != OrderState.CANCELLED:
        return False
    if order.checkout_id:
        # Two orders given back at once: the second one sees the first
        Checkout.objects.select_for_update(no_key=True).get(pk=order.checkout_id)
        others = Order.objects.filter(checkout_id=order.checkout_id).exclude(pk=order.pk)
        if others.exclude(state__in=(OrderState.CANCELLED, OrderState.CLOSED)).exists():
            return False
    return return_coupon(basket=order.basket_id, now=now)


def _shares(order: Order) -> list[tuple[UUID, int]]:
    shares = LineDiscount.objects.filter(line__order=order, source=DiscountSource.COUPON)
    return list(shares.values_list("source_id").annotate(Sum("off_minor")).order_by())
