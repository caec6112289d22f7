"""A coupon on its way through a basket: locked when it is placed, used when it is paid, free again when it is not.

All of it belongs to the caller's transaction.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.promotions.models import AfterRefund, Coupon, CouponKind, CouponState

RETURNED_FOR = timedelta(days=3)  # a coupon that comes back may be used at least so long


class CouponGone(Refused):
    """It was used, locked by another basket, is over, or is not this member's."""

    code, kind, sentence = "coupon_gone", Kind.CONFLICT, _("优惠券已使用或已过期，请重新选择。")


class CouponBudgetSpent(Refused):
    """The store gives no more of this kind."""

    code, kind, sentence = "coupon_budget_spent", Kind.CONFLICT, _("这个优惠活动的名额已经用完，本单不能再用这张券。")


def lock_coupon(*, coupon_id: UUID, member: Member, basket: UUID, off_minor: int, now: datetime) -> None:
    """Hold a coupon for a basket and count what it takes off against the kind's budget.

    :raises CouponGone, CouponBudgetSpent:
    """
    locked = Coupon.objects.filter(pk=coupon_id, member=member, state=CouponState.ISSUED, expires_at__gt=now)
    if not locked.update(state=CouponState.LOCKED, basket=basket, off_minor=off_minor):
        raise CouponGone
    _spend(coupon_id, off_minor)


def shrink_share(*, basket: UUID, off_minor: int, now: datetime) -> None:
    """A part of the basket will not be paid: its share goes back to the kind's budget; with the last, the coupon."""
    held = Coupon.objects.filter(basket=basket, state__in=(CouponState.LOCKED, CouponState.USED))
    coupon = held.select_for_update().first()
    if coupon is None:
        return
    if coupon.state == CouponState.LOCKED and coupon.off_minor <= off_minor:
        _give_back(coupon, now)
        return
    CouponKind.objects.filter(pk=coupon.kind_id).update(spent_minor=F("spent_minor") - off_minor)
    coupon.off_minor -= off_minor
    coupon.save(update_fields=["off_minor"])


def grow_share(*, coupon_id: UUID, basket: UUID, off_minor: int) -> bool:
    """A part of the basket is paid after all; say whether the coupon still serves the basket. Then the share counts
    again. :raises CouponBudgetSpent:"""
    serving = Coupon.objects.filter(pk=coupon_id, basket=basket, state__in=(CouponState.LOCKED, CouponState.USED))
    if not serving.update(off_minor=F("off_minor") + off_minor):
        return False
    _spend(coupon_id, off_minor)
    return True


def use_coupon(*, basket: UUID, now: datetime) -> None:
    """The basket is paid: its coupon, if it had one, is used. Safe to repeat."""
    Coupon.objects.filter(basket=basket, state=CouponState.LOCKED).update(state=CouponState.USED, used_at=now)


def release_coupon(*, basket: UUID, now: datetime) -> None:
    """The basket will not be paid: its coupon is the member's again, if its time is not over. Safe to repeat."""
    coupon = Coupon.objects.filter(basket=basket, state=CouponState.LOCKED).select_for_update().first()
    if coupon:
        _give_back(coupon, now)


def return_coupon(*, basket: UUID, now: datetime) -> bool:
    """All of the basket was refunded: give its used coupon back where its kind says so, for three days at least.

    Say whether it went back. Safe to repeat.
    """
    used = Coupon.objects.filter(basket=basket, state=CouponState.USED, kind__after_refund=AfterRefund.RETURN)
    coupon = used.select_for_update(of=("self",)).first()
    if coupon is None:
        return False
    coupon.expires_at = max(coupon.expires_at, now + RETURNED_FOR)
    _give_back(coupon, now)
    return True


def _spend(coupon_id: UUID, off_minor: int) -> None:
    # the guard stands on the kind's own row, so that it is read again after waiting for another basket
    within = Q(budget_minor=None) | Q(budget_minor__gte=F("spent_minor") + off_minor)
    kind = CouponKind.objects.filter(within, pk__in=Coupon.objects.filter(pk=coupon_id).values("kind"))
    if not kind.update(spent_minor=F("spent_minor") + off_minor):
        raise CouponBudgetSpent


def _give_back(coupon: Coupon, now: datetime) -> None:
    CouponKind.objects.filter(pk=coupon.kind_id).update(spent_minor=F("spent_minor") - coupon.off_minor)
    coupon.state = CouponState.ISSUED if now < coupon.expires_at else CouponState.EXPIRED
    coupon.basket, coupon.off_minor, coupon.used_at = None, 0, None
    coupon.save(update_fields=["state", "basket", "off_minor", "used_at", "expires_at"])
