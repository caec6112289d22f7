"""Coupons and promotions."""

from dataclasses import replace

from tenants.members.models import Member
from tenants.promotions.drafts import CouponDraft, PromotionDraft
from tenants.promotions.models import Coupon, CouponKind, Promotion, PromotionKind
from tenants.promotions.services.claim_coupon import claim_coupon
from tenants.promotions.services.edit_coupon import save_coupon
from tenants.promotions.services.edit_promotion import save_promotion
from tests.factories.times import NOW, later

FIVE_OFF_THIRTY = CouponDraft(
    name="满30减5", claim_from=NOW, claim_until=later(days=7), off_minor=500, threshold_minor=3000, valid_days=14
)


def a_coupon_kind(**changes: object) -> CouponKind:
    return save_coupon(draft=replace(FIVE_OFF_THIRTY, **changes), now=NOW, by_name="老板", publish=True)  # type: ignore[arg-type]


def a_coupon(member: Member, kind: CouponKind | None = None) -> Coupon:
    return claim_coupon(member=member, kind_id=(kind or a_coupon_kind()).id, now=NOW, audiences=frozenset())


TWENTY_FIVE_LESS_THREE = PromotionDraft(
    name="满25减3", kind=PromotionKind.SPEND_AND_SAVE, starts_at=NOW, ends_at=later(days=7), tiers=((2500, 300),)
)


def a_promotion(draft: PromotionDraft) -> Promotion:
    return save_promotion(draft=draft, now=NOW, by_name="老板", publish=True)
