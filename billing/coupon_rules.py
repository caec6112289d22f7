"""Whether a coupon may be redeemed by a merchant."""

from datetime import datetime

from billing.calendar import local_day
from billing.models.agreements import Phase, Subscription
from billing.models.coupons import Coupon
from billing.refusals import CouponHeld, CouponOver, CouponUnfit, CouponUnknown


def coupon_for(*, subscription: Subscription, code: str, phase: Phase | None, now: datetime) -> Coupon:
    """Find the coupon of a code that this subscription may redeem now.

    :raises CouponUnknown, CouponOver, CouponUnfit, CouponHeld:
    """
    coupon = Coupon.objects.filter(code=code.strip().upper(), stopped_at=None).first()
    if coupon is None:
        raise CouponUnknown
    spent = coupon.max_redemptions is not None and coupon.redeemed >= coupon.max_redemptions
    if spent or (coupon.redeem_by is not None and now >= coupon.redeem_by):
        raise CouponOver
    if coupon.amount_minor is not None and coupon.currency != subscription.billing_account.currency:
        raise CouponUnfit
    pays = phase is not None and phase.price.amount_minor
    if coupon.editions and pays and phase is not None and phase.price.edition.code not in coupon.editions:
        raise CouponUnfit
    if _held(subscription, coupon, now):
        raise CouponHeld
    return coupon


def _held(subscription: Subscription, coupon: Coupon, now: datetime) -> bool:
    today = local_day(now, subscription.billing_account.zone)
    return any(
        redemption.coupon_id == coupon.pk
        or redemption.starts_on is None
        or redemption.ends_on is None
        or redemption.ends_on > today
        for redemption in subscription.redemptions.all()
    )
