"""A merchant makes a coupon, changes it, stops it."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.promotions.drafts import CouponDraft, check_coupon
from tenants.promotions.models import CouponKind, Running
from tenants.promotions.selectors import CouponKindMissing


class CodeTaken(Refused):
    """Another coupon is claimed by this code."""

    code, kind, sentence = "coupon_code_taken", Kind.CONFLICT, _("这个券码已经被别的优惠券用了，换一个吧。")


class AlreadyClaimed(Refused):
    """Members hold it: what it is worth stays; its window, number and budget may only grow."""

    code, kind, sentence = (
        "coupon_already_claimed",
        Kind.CONFLICT,
        _("已经有顾客领取，优惠内容不能再改；可以延长领取时间、增加张数或预算。"),
    )


def save_coupon(
    *, draft: CouponDraft, now: datetime, by_name: str, kind_id: UUID | None = None, publish: bool
) -> CouponKind:
    """Make a kind of coupon, or change one; with ``publish`` members may claim it within its window.

    :raises NotAnOffer, CouponKindMissing, CodeTaken, AlreadyClaimed:
    """
    check_coupon(draft)
    try:
        with transaction.atomic(durable=True):
            kind = _locked(kind_id) if kind_id else CouponKind(created_at=now, created_by=by_name)
            if kind.issued:
                _refuse_to_shrink(kind, draft)
            _write(kind, draft)
            if publish:
                kind.state = Running.RUNNING
            kind.save()
            what = "coupon_kind.changed" if kind_id else "coupon_kind.made"
            record(what=what, subject=kind, at=now, actor=Actor(kind="person", name=by_name), state=str(kind.state))
    except IntegrityError as error:
        if "code" in str(error):
            raise CodeTaken from error
        raise
    return kind


def stop_coupon(*, kind_id: UUID, now: datetime, by_name: str) -> CouponKind:
    """Give out no more. Those claimed may still be used. Safe to repeat.

    :raises CouponKindMissing:
    """
    with transaction.atomic(durable=True):
        kind = _locked(kind_id)
        if kind.state != Running.STOPPED:
            kind.state = Running.STOPPED
            kind.save(update_fields=["state"])
            record(what="coupon_kind.stopped", subject=kind, at=now, actor=Actor(kind="person", name=by_name))
    return kind


def _locked(kind_id: UUID) -> CouponKind:
    kind = CouponKind.objects.select_for_update().filter(pk=kind_id).first()
    if kind is None:
        raise CouponKindMissing
    return kind


def _refuse_to_shrink(kind: CouponKind, draft: CouponDraft) -> None:
    same = ("off_minor", "off_ppm", "cap_minor", "threshold_minor", "valid_days", "valid_until", "after_refund")
    changed = any(getattr(kind, name) != getattr(draft, name) for name in same)
    fewer = draft.total is not None and (kind.total is None or draft.total < kind.total)
    poorer = draft.budget_minor is not None and (kind.budget_minor is None or draft.budget_minor < kind.budget_minor)
    sooner = draft.claim_until < kind.claim_until
    if changed or fewer or poorer or sooner or kind.scope != draft.scope.written():
        raise AlreadyClaimed


def _write(kind: CouponKind, draft: CouponDraft) -> None:
    kind.name = draft.name.strip()
    kind.off_minor, kind.off_ppm, kind.cap_minor = draft.off_minor, draft.off_ppm, draft.cap_minor
    kind.threshold_minor, kind.scope, kind.audience = draft.threshold_minor, draft.scope.written(), draft.audience
    kind.code = draft.code.strip().upper() or None
    kind.claim_from, kind.claim_until = draft.claim_from, draft.claim_until
    kind.valid_days, kind.valid_until = draft.valid_days, draft.valid_until
    kind.per_member, kind.total, kind.budget_minor = draft.per_member, draft.total, draft.budget_minor
    kind.after_refund = draft.after_refund
