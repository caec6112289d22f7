"""The desk's side of points: the rule, and what is given or taken by hand."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.journal.services import Actor, record
from tenants.members.models import Member
from tenants.points.models import MOST_SHARE, MoveKind, PointsMove, PointsRule
from tenants.points.services.gain import held_purses

MOST_POINTS = 1_000_000


class RuleOutOfBounds(Refused):
    """A number that would give the shop away."""

    code, kind, sentence = "points_rule_out_of_bounds", Kind.INVALID, _("请填写范围以内的整数。")


class ReasonMissing(Refused):
    """The member will ask why."""

    code, kind, sentence = "points_reason_missing", Kind.INVALID, _("请写明原因，顾客能在积分明细里看到。")


class NoSuchMember(Refused):
    """Nobody with this phone shops here."""

    code, kind, sentence = "points_member_missing", Kind.MISSING, _("没有这个手机号的顾客。")


class MoreThanHeld(Refused):
    """More was to be taken than the member has free. Facts: ``free``."""

    code, kind, sentence = "points_more_than_held", Kind.CONFLICT, _("顾客没有这么多可用积分。")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What an owner says of points."""

    is_on: bool
    earn_per_yuan: int
    per_yuan: int
    max_share_ppm: int
    years_kept: int | None


def keep_rule(*, draft: RuleDraft, by_name: str, now: datetime) -> PointsRule:
    """Set the rule, for orders placed or completed from now on. :raises RuleOutOfBounds:"""
    if not 0 <= draft.earn_per_yuan <= 1000 or not 1 <= draft.per_yuan <= 100_000:
        raise RuleOutOfBounds
    if not 0 < draft.max_share_ppm <= MOST_SHARE or (draft.years_kept or 0) > 9:
        raise RuleOutOfBounds
    with transaction.atomic(durable=True):
        rule = PointsRule.objects.select_for_update().first() or PointsRule()
        rule.is_on, rule.earn_per_yuan, rule.per_yuan = draft.is_on, draft.earn_per_yuan, draft.per_yuan
        rule.max_share_ppm, rule.years_kept = draft.max_share_ppm, draft.years_kept
        rule.changed_at, rule.changed_by = now, by_name
        rule.save()
        record(what="points.rule", subject=rule, at=now, actor=Actor(kind="person", name=by_name), is_on=draft.is_on)
    return rule


def adjust_points(*, phone: str, points: int, reason: str, key: UUID, by_name: str, now: datetime) -> PointsMove:
    """Give a member points, or take some (below zero), with a reason they can read; once a key.

    :raises NoSuchMember, ReasonMissing, RuleOutOfBounds, MoreThanHeld:
    """
    if not reason.strip():
        raise ReasonMissing(fields={"reason": [ReasonMissing.sentence]})
    if not 0 < abs(points) <= MOST_POINTS:
        raise RuleOutOfBounds(fields={"points": [RuleOutOfBounds.sentence]})
    member = Member.objects.filter(phone=phone.strip()).first()
    if member is None:
        raise NoSuchMember(fields={"phone": [NoSuchMember.sentence]})
    try:
        with transaction.atomic(durable=True):
            purse = held_purses({member.pk})[member.pk]
            if purse.free + points < 0:
                raise MoreThanHeld(fields={"points": [MoreThanHeld.sentence]}, free=purse.free)
            move = PointsMove.objects.create(
                member=member,
                kind=MoveKind.ADJUST,
                points=points,
                ref_id=key,
                reason=reason.strip()[:80],
                by_name=by_name[:60],
                at=now,
            )
            purse.balance += points
            purse.save(update_fields=["balance"])
            actor = Actor(kind="person", name=by_name)
            record(what="points.adjusted", subject=member, at=now, actor=actor, points=points, reason=reason[:80])
    except IntegrityError:
        return PointsMove.objects.get(kind=MoveKind.ADJUST, ref_id=key)
    return move
