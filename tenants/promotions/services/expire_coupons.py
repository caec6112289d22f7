"""Coupons whose time is over."""

from datetime import datetime

from django.db import transaction

from tenants.promotions.models import Coupon, CouponState

_BATCH = 1000


def expire_coupons(*, now: datetime) -> int:
    """Mark a batch of coupons that ran out; return how many. Until then they are shown as expired already."""
    with transaction.atomic(durable=True):
        due = Coupon.objects.filter(state=CouponState.ISSUED, expires_at__lte=now).order_by("expires_at")[:_BATCH]
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
        return Coupon.objects.filter(pk__in=ids).update(state=CouponState.EXPIRED)
