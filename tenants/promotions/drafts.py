"""What a merchant fills in for a coupon or a promotion, and whether it can be."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.promotions.models import AfterRefund, Audience, PromotionKind

MOST_TIERS = 5


class NotAnOffer(Refused):
    """What was filled in gives nothing, or more than everything. ``fields`` says where."""

    code, kind, sentence = "not_an_offer", Kind.INVALID, _("请检查填写的优惠内容。")

    @classmethod
    def at(cls, field_name: str, sentence: Any) -> Self:
        """Refuse one field."""
        return cls(sentence, fields={field_name: [sentence]})


@dataclass(frozen=True, slots=True)
class ScopeDraft:
    """Which goods count; empty for all."""

    products: tuple[UUID, ...] = ()
    categories: tuple[UUID, ...] = ()
    excluded_products: tuple[UUID, ...] = ()

    def written(self) -> dict[str, list[str]]:
        """The scope as its row keeps it."""
        named = {
            "products": self.products,
            "categories": self.categories,
            "excluded_products": self.excluded_products,
        }
        return {name: [str(one) for one in ids] for name, ids in named.items() if ids}


@dataclass(frozen=True, slots=True)
class CouponDraft:
    """A kind of coupon to be. Amounts in minor units."""

    name: str
    claim_from: datetime
    claim_until: datetime
    off_minor: int = 0
    off_ppm: int = 0
    cap_minor: int | None = None
    threshold_minor: int = 0
    scope: ScopeDraft = field(default_factory=ScopeDraft)
    audience: Audience = Audience.ALL
    code: str = ""
    valid_days: int | None = None
    valid_until: datetime | None = None
    per_member: int = 1
    total: int | None = None
    budget_minor: int | None = None
    after_refund: AfterRefund = AfterRefund.RETURN


@dataclass(frozen=True, slots=True)
class PromotionDraft:
    """A promotion to be: ``tiers`` (from, off) of 满减, or ``every`` and ``off_ppm`` of the next piece."""

    name: str
    kind: PromotionKind
    starts_at: datetime
    ends_at: datetime
    scope: ScopeDraft = field(default_factory=ScopeDraft)
    tiers: tuple[tuple[int, int], ...] = ()
    every: int = 2
    off_ppm: int = 0

    def rule(self) -> dict[str, Any]:
        """The rule as its row keeps it, its tiers from low to high."""
        if self.kind == PromotionKind.SPEND_AND_SAVE:
            return {"tiers": [list(tier) for tier in sorted(self.tiers)]}
        return {"every": self.every, "off_ppm": self.off_ppm}


def check_coupon(draft: CouponDraft) -> None:
    """Refuse a coupon that makes no sense.

    :raises NotAnOffer:
    """
    if not draft.name.strip():
        raise NotAnOffer.at("name", _("请给优惠券起个名字。"))
    if (draft.off_minor > 0) == (draft.off_ppm > 0):
        raise NotAnOffer.at("off", _("减多少钱和打几折只能选一种。"))
    if draft.off_minor < 0 or not 0 <= draft.off_ppm < 1_000_000:
        raise NotAnOffer.at("off", _("优惠力度要大于 0，且不能白送。"))
    if draft.threshold_minor < 0 or 0 < draft.threshold_minor < draft.off_minor:
        raise NotAnOffer.at("threshold", _("使用门槛不能低于减免金额。"))
    if draft.cap_minor is not None and draft.cap_minor <= 0:
        raise NotAnOffer.at("cap", _("最多减免要大于 0。"))
    if draft.claim_until <= draft.claim_from:
        raise NotAnOffer.at("claim_until", _("领取结束时间要晚于开始时间。"))
    if (draft.valid_days is None) == (draft.valid_until is None):
        raise NotAnOffer.at("valid", _("有效期请在「领取后几天」和「固定日期」里选一种。"))
    if draft.valid_until is not None and draft.valid_until < draft.claim_until:
        raise NotAnOffer.at("valid", _("有效期不能早于领取结束时间。"))
    if (draft.valid_days is not None and draft.valid_days < 1) or draft.per_member < 1 or draft.total == 0:
        raise NotAnOffer.at("per_member", _("天数和张数要至少是 1。"))
    if draft.budget_minor is not None and draft.budget_minor <= 0:
        raise NotAnOffer.at("budget", _("预算要大于 0；不限请留空。"))


def check_promotion(draft: PromotionDraft) -> None:
    """Refuse a promotion that makes no sense.

    :raises NotAnOffer:
    """
    if not draft.name.strip():
        raise NotAnOffer.at("name", _("请给活动起个名字。"))
    if draft.ends_at <= draft.starts_at:
        raise NotAnOffer.at("ends_at", _("结束时间要晚于开始时间。"))
    if draft.kind == PromotionKind.SPEND_AND_SAVE:
        _check_tiers(sorted(draft.tiers))
    elif not 2 <= draft.every <= 10 or not 0 < draft.off_ppm <= 1_000_000:
        raise NotAnOffer.at("every", _("请填第几件（2–10）和优惠比例。"))


def _check_tiers(tiers: Sequence[tuple[int, int]]) -> None:
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise NotAnOffer.at("tiers", _("请填 1 到 5 档满减。"))
    for tier in tiers:
        if not 0 < tier[1] < tier[0]:
            raise NotAnOffer.at("tiers", _("减免金额要大于 0，且小于门槛。"))
    for low, high in itertools.pairwise(tiers):
        if low[0] == high[0] or low[1] >= high[1]:
            raise NotAnOffer.at("tiers", _("门槛越高，减免也要越多。"))
