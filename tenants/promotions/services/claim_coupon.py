"""A member takes a coupon."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.promotions.models import Audience, Coupon, CouponKind, Running
from tenants.promotions.selectors import CouponKindMissing


class NotClaimable(Refused):
    """It is not given out now: not yet, no longer, or all gone."""

    code, kind, sentence = (
        "coupon_not_claimable",
        Kind.CONFLICT,
        _("这个优惠券现在领不了：还没开始、已经结束或者已被领完。"),
    )


class NotForYou(Refused):
    """It is for others: new members, or leaders."""

    code, kind, sentence = "coupon_not_for_you", Kind.CONFLICT, _("这个优惠券不在你的可领范围内。")


class ClaimedEnough(Refused):
    """This member has as many as one may have."""

    code, kind, sentence = "coupon_claimed", Kind.CONFLICT, _("你已经领过了，去「我的优惠券」看看吧。")


def claim_coupon(
    *,
    member: Member,
    now: datetime,
    audiences: frozenset[Audience],
    kind_id: UUID | None = None,
    code: str = "",
) -> Coupon:
    """Give a member one coupon, found by its kind or by the code they typed.

    :param audiences: what this member is, beside one of all: new, a leader.
    :raises CouponKindMissing, NotClaimable, NotForYou, ClaimedEnough:
    """
    found = Q(pk=kind_id, code=None) if kind_id else Q(code=code.strip().upper())
    with transaction.atomic(durable=True):
        kind = CouponKind.objects.filter(found).exclude(state=Running.DRAFT).first()
        if kind is None:
            raise CouponKindMissing
        if kind.audience != Audience.ALL and kind.audience not in audiences:
            raise NotForYou
        return _give(kind, member, now)


def _give(kind: CouponKind, member: Member, now: datetime) -> Coupon:
    # The kind's row is locked from here: of two taps at once the second counts what the first took.
    taken = CouponKind.objects.filter(
        Q(total=None) | Q(total__gt=F("issued")),
        pk=kind.pk,
        state=Running.RUNNING,
        claim_from__lte=now,
        claim_until__gt=now,
    ).update(issued=F("issued") + 1)
    mine = Coupon.objects.filter(kind=kind, member=member).count()
    if mine >= kind.per_member:
        raise ClaimedEnough
    if not taken:
        raise NotClaimable
    ends = kind.valid_until or now + timedelta(days=kind.valid_days or 0)
    if ends <= now:
        raise NotClaimable
    return Coupon.objects.create(kind=kind, member=member, nth=mine + 1, claimed_at=now, expires_at=ends)
