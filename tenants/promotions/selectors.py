"""Reading coupons and promotions: as the pricing wants them, and as members and merchants see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.promotions.models import Audience, Coupon, CouponKind, CouponState, Promotion, PromotionKind, Running
from tenants.promotions.offers import CouponOffer, NextPiece, Scope, SpendAndSave, Tier


class CouponKindMissing(Refused):
    """There is no such coupon, or no such code."""

    code, kind, sentence = "coupon_missing", Kind.MISSING, _("没有这个优惠券，请核对券码。")


class PromotionMissing(Refused):
    """There is no such promotion."""

    code, kind, sentence = "promotion_missing", Kind.MISSING, _("没有这个活动。")


@dataclass(frozen=True, slots=True)
class ToClaim:
    """A kind of coupon as a member sees it on offer. ``left`` is None without a limit."""

    kind: CouponKind
    mine: int
    left: int | None

    @property
    def can_claim(self) -> bool:
        return self.mine < self.kind.per_member and self.left != 0


def running_promotions(now: datetime) -> QuerySet[Promotion]:
    """Build the query of what runs at this moment, for whoever reads it beside something else."""
    return Promotion.objects.filter(state=Running.RUNNING, starts_at__lte=now, ends_at__gt=now).order_by("id")


def offers_in(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[NextPiece, ...], tuple[SpendAndSave, ...]]:
    """Read running promotions (``id, kind, name, scope, rule``) as the pricing wants them."""
    pieces: list[NextPiece] = []
    saves: list[SpendAndSave] = []
    for row in rows:
        own, scope, rule = UUID(str(row["id"])), scope_of(row["scope"]), row["rule"]
        if row["kind"] == PromotionKind.NEXT_PIECE:
            pieces.append(NextPiece(own, row["name"], scope, rule["every"], rule["off_ppm"]))
        else:
            tiers = tuple(Tier(*tier) for tier in rule["tiers"])
            saves.append(SpendAndSave(own, row["name"], scope, tiers))
    return tuple(pieces), tuple(saves)


def promotions_now(now: datetime) -> tuple[tuple[NextPiece, ...], tuple[SpendAndSave, ...]]:
    """Find what runs at this moment, as the pricing reads it. One statement."""
    return offers_in(running_promotions(now).values("id", "kind", "name", "scope", "rule"))


def usable_coupon(*, coupon_id: UUID, member: Member, now: datetime) -> Coupon | None:
    """Find a coupon this member may use now, with its kind."""
    mine = Coupon.objects.filter(pk=coupon_id, member=member, state=CouponState.ISSUED, expires_at__gt=now)
    return mine.select_related("kind").first()


def coupon_offer(coupon: Coupon) -> CouponOffer:
    """Read a coupon (with its kind) as the pricing wants it."""
    kind = coupon.kind
    return CouponOffer(
        id=coupon.id,
        name=kind.name,
        scope=scope_of(kind.scope),
        threshold_minor=kind.threshold_minor,
        off_minor=kind.off_minor,
        off_ppm=kind.off_ppm,
        cap_minor=kind.cap_minor,
    )


def scope_of(written: dict[str, Any]) -> Scope:
    """Read a scope out of its row."""
    return Scope(
        products=_ids(written.get("products", ())),
        categories=_ids(written.get("categories", ())),
        excluded_products=_ids(written.get("excluded_products", ())),
    )


def usable_coupons(*, member: Member, now: datetime) -> Sequence[Coupon]:
    """List a member's coupons that may be used now, the one that ends first at the top."""
    mine = Coupon.objects.filter(member=member, state=CouponState.ISSUED, expires_at__gt=now)
    return list(mine.select_related("kind").order_by("expires_at", "id"))


def coupons_of_member(*, member: Member, state: str, now: datetime, after: UUID | None, limit: int) -> Sequence[Coupon]:
    """List a member's coupons, newest first: ``usable``, ``used`` or ``expired``; all of them without a state."""
    rows = Coupon.objects.filter(member=member).select_related("kind")
    over = Q(state=CouponState.EXPIRED) | Q(state=CouponState.ISSUED, expires_at__lte=now)
    match state:
        case "usable":
            rows = rows.filter(state=CouponState.ISSUED, expires_at__gt=now)
        case "used":
            rows = rows.filter(state__in=(CouponState.USED, CouponState.LOCKED))
        case "expired":
            rows = rows.filter(over)
    if after:
        rows = rows.filter(pk__lt=after)
    return list(rows.order_by("-id")[:limit])


def coupons_to_claim(*, member: Member, audiences: frozenset[Audience], now: datetime) -> list[ToClaim]:
    """List what this member may claim by a tap; those with a code are told by the merchant, not shown."""
    kinds = CouponKind.objects.filter(
        state=Running.RUNNING,
        code=None,
        claim_from__lte=now,
        claim_until__gt=now,
        audience__in=[Audience.ALL, *audiences],
    ).annotate(mine=Count("coupons", filter=Q(coupons__member=member)))
    return [
        ToClaim(kind, kind.mine, None if kind.total is None else kind.total - kind.issued)
        for kind in kinds.order_by("claim_until", "id")[:50]
    ]


def kinds_for_desk(*, state: str = "", query: str = "") -> QuerySet[CouponKind]:
    """List coupons for the merchant, newest first, each with how many were used and what they took off."""
    rows = CouponKind.objects.annotate(used=Count("coupons", filter=Q(coupons__state=CouponState.USED)))
    if state:
        rows = rows.filter(state=state)
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(code__iexact=query))
    return rows.order_by("-created_at", "id")


def promotions_for_desk(*, state: str = "", query: str = "") -> QuerySet[Promotion]:
    """List promotions for the merchant, newest first."""
    rows = Promotion.objects.all()
    if state:
        rows = rows.filter(state=state)
    return rows.filter(name__icontains=query).order_by("-created_at", "id")


def count_by_state(rows: QuerySet[CouponKind] | QuerySet[Promotion]) -> dict[str, int]:
    """Count the rows of a desk list by state; all of them under ""."""
    counts = {
        row["state"]: row["rows"] for row in rows.order_by().values("state").annotate(rows=Count("pk", distinct=True))
    }
    return {"": sum(counts.values()), **counts}


def kind_with_id(kind_id: UUID) -> CouponKind:
    """Find a kind of coupon. :raises CouponKindMissing:"""
    kind = CouponKind.objects.filter(pk=kind_id).first()
    if kind is None:
        raise CouponKindMissing
    return kind


def promotion_with_id(promotion_id: UUID) -> Promotion:
    """Find a promotion. :raises PromotionMissing:"""
    promotion = Promotion.objects.filter(pk=promotion_id).first()
    if promotion is None:
        raise PromotionMissing
    return promotion


def overlapping(*, kind: str, starts_at: datetime, ends_at: datetime, but: UUID | None) -> list[Promotion]:
    """Find promotions of one kind that run in the same days: of them only the best counts in a basket."""
    rows = Promotion.objects.filter(kind=kind, state=Running.RUNNING, starts_at__lt=ends_at, ends_at__gt=starts_at)
    others = rows.exclude(pk=but) if but else rows
    return list(others.order_by("starts_at", "id")[:5])


def effect_of(kind: CouponKind) -> dict[str, int]:
    """Say what came of a coupon: how many are claimed, held, used, over, and what they took off."""
    counts = Coupon.objects.filter(kind=kind).aggregate(
        claimed=Count("pk"),
        held=Count("pk", filter=Q(state=CouponState.ISSUED)),
        locked=Count("pk", filter=Q(state=CouponState.LOCKED)),
        used=Count("pk", filter=Q(state=CouponState.USED)),
        expired=Count("pk", filter=Q(state=CouponState.EXPIRED)),
        off_minor=Sum("off_minor", filter=Q(state=CouponState.USED)),
    )
    return {name: value or 0 for name, value in counts.items()}


def _ids(written: Iterable[str]) -> frozenset[UUID]:
    return frozenset(UUID(one) for one in written)
