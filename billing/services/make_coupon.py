"""A coupon to hand out, and the end of handing it out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from billing.models.catalogue import Edition
from billing.models.coupons import Coupon, CouponDuration
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.money import PPM, UnknownCurrency, exponent_of


class CouponRefused(Refused):
    """The draft is no coupon. ``fields`` say what is wrong with which."""

    code, kind, sentence = "coupon_refused", Kind.INVALID, _("这个优惠码填得不对，请检查标出的地方。")


class CouponExists(Refused):
    """There is one with this code."""

    code, kind, sentence = "coupon_exists", Kind.CONFLICT, _("已经有这个优惠码了，换一个。")


class CouponMissing(Refused):
    """There is no such coupon."""

    code, kind, sentence = "coupon_missing", Kind.MISSING, _("没有找到这个优惠码。")


@dataclass(frozen=True)
class CouponDraft:
    """A coupon as an operator wants it: a rate or an amount, never both."""

    code: str
    duration: str
    percent_ppm: int | None = None
    amount_minor: int | None = None
    currency: str = ""
    months: int | None = None
    redeem_by: datetime | None = None
    max_redemptions: int | None = None
    editions: tuple[str, ...] = ()


def make_coupon(*, draft: CouponDraft, actor: str, reason: str, now: datetime) -> Coupon:
    """Make a coupon. :raises CouponRefused, CouponExists:"""
    if wrong := _wrong_with(draft, now):
        raise CouponRefused(fields=wrong)
    try:
        with transaction.atomic(durable=True):
            coupon = Coupon.objects.create(
                code=draft.code.strip().upper(),
                percent_ppm=draft.percent_ppm,
                amount_minor=draft.amount_minor,
                currency=draft.currency if draft.amount_minor is not None else "",
                duration=draft.duration,
                months=draft.months if draft.duration == CouponDuration.MONTHS else None,
                redeem_by=draft.redeem_by,
                max_redemptions=draft.max_redemptions,
                editions=list(draft.editions),
                made_by=actor,
                made_at=now,
            )
            record_act(what="coupon.made", actor=actor, now=now, reason=reason, code=coupon.code)
    except IntegrityError as known:
        raise CouponExists from known
    return coupon


def stop_coupon(*, coupon_id: UUID, actor: str, reason: str, now: datetime) -> Coupon:
    """Let nobody redeem a coupon any more; whoever has it keeps what was promised. Safe to repeat.

    :raises CouponMissing:
    """
    with transaction.atomic(durable=True):
        coupon = Coupon.objects.select_for_update().filter(pk=coupon_id).first()
        if coupon is None:
            raise CouponMissing
        if coupon.stopped_at is None:
            coupon.stopped_at = now
            coupon.save(update_fields=["stopped_at"])
            record_act(what="coupon.stopped", actor=actor, now=now, reason=reason, code=coupon.code)
    return coupon


def _wrong_with(draft: CouponDraft, now: datetime) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not draft.code.strip() or len(draft.code.strip()) > Coupon._meta.get_field("code").max_length:  # type: ignore[operator]
        wrong["code"] = [str(_("请填写优惠码，最多 30 个字符。"))]
    if (draft.percent_ppm is None) == (draft.amount_minor is None):
        wrong["percent"] = [str(_("折扣和金额填一个，也只填一个。"))]
    if draft.percent_ppm is not None and not 0 < draft.percent_ppm <= PPM:
        wrong["percent"] = [str(_("折扣要在 0 到 100% 之间。"))]
    if draft.amount_minor is not None:
        try:
            exponent_of(draft.currency)
        except UnknownCurrency:
            wrong["currency"] = [str(_("不支持这个币种。"))]
        if draft.amount_minor <= 0:
            wrong["amount"] = [str(_("金额要大于 0。"))]
    if draft.duration not in CouponDuration.values or (
        draft.duration == CouponDuration.MONTHS and (draft.months or 0) <= 0
    ):
        wrong["duration"] = [str(_("请填写优惠几个月。"))]
    if draft.redeem_by is not None and draft.redeem_by <= now:
        wrong["redeem_by"] = [str(_("领取截止时间要晚于现在。"))]
    if draft.max_redemptions is not None and draft.max_redemptions <= 0:
        wrong["max_redemptions"] = [str(_("领取数量要大于 0。"))]
    if set(draft.editions) - set(Edition.objects.values_list("code", flat=True)):
        wrong["editions"] = [str(_("没有这个套餐。"))]
    return wrong
