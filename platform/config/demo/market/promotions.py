"""What the demo's merchants give away."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tenants.members.models import Member
from tenants.promotions.drafts import CouponDraft, PromotionDraft
from tenants.promotions.models import Audience, PromotionKind
from tenants.promotions.services.claim_coupon import claim_coupon
from tenants.promotions.services.edit_coupon import save_coupon
from tenants.promotions.services.edit_promotion import save_promotion

_HOLDERS = 8


def give_things_away(*, members: Sequence[Member], now: datetime, by_name: str) -> None:
    """Set up two coupons and two promotions for half a year, and let a few members claim."""
    until = now + timedelta(days=180)
    new = CouponDraft(
        name="新邻居见面礼",
        claim_from=now,
        claim_until=until,
        off_minor=500,
        threshold_minor=2900,
        audience=Audience.NEW,
        valid_days=14,
        total=2000,
        budget_minor=500_000,
    )
    tenth = CouponDraft(
        name="周末九折券",
        claim_from=now,
        claim_until=until,
        off_ppm=100_000,
        cap_minor=1000,
        threshold_minor=3900,
        valid_days=30,
    )
    save_coupon(draft=new, now=now, by_name=by_name, publish=True)
    weekend = save_coupon(draft=tenth, now=now, by_name=by_name, publish=True)
    for member in members[:_HOLDERS]:
        claim_coupon(member=member, kind_id=weekend.pk, now=now, audiences=frozenset())
    save = PromotionDraft(
        name="多买多省",
        kind=PromotionKind.SPEND_AND_SAVE,
        starts_at=now,
        ends_at=until,
        tiers=((5900, 300), (9900, 800)),
    )
    half = PromotionDraft(
        name="第二件半价",
        kind=PromotionKind.NEXT_PIECE,
        starts_at=until - timedelta(days=7),
        ends_at=until,
        every=2,
        off_ppm=500_000,
    )
    save_promotion(draft=save, now=now, by_name=by_name, publish=True)
    save_promotion(draft=half, now=now, by_name=by_name, publish=True)
