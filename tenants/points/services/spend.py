"""Points on their way through a basket: locked when it is placed, used when it is paid, free again when it is not.

All of it belongs to the caller's transaction, and comes before the stock.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.members.models import Member
from tenants.points.models import MoveKind, PointsMove, PointsUse, Purse, UseState


class PointsGone(Refused):
    """The member has fewer points than the basket would spend: another basket was quicker."""

    code, kind, sentence = "points_gone", Kind.CONFLICT, _("积分不够了，请重新确认订单金额。")


def lock_points(*, member: Member, basket: UUID, points: int, off_minor: int) -> None:
    """Hold points for a basket. :raises PointsGone:"""
    _hold(member.pk, points)
    PointsUse.objects.create(basket=basket, member=member, points=points, off_minor=off_minor)


def lock_points_again(*, basket: UUID) -> None:
    """Hold what a basket's points were, though it was closed: its money came late. :raises PointsGone:"""
    use = PointsUse.objects.filter(basket=basket, state=UseState.RELEASED).first()
    if use:
        _hold(use.member_id, use.points)
        PointsUse.objects.filter(pk=use.pk).update(state=UseState.LOCKED)


def use_points(*, basket: UUID, order_number: str, now: datetime) -> None:
    """The basket is paid: its points are spent. Safe to repeat."""
    use = PointsUse.objects.filter(basket=basket, state=UseState.LOCKED).first()
    is_mine = use and PointsUse.objects.filter(pk=use.pk, state=UseState.LOCKED).update(state=UseState.USED)
    if use and is_mine and use.points:
        Purse.objects.filter(member=use.member_id).update(
            balance=F("balance") - use.points, locked=F("locked") - use.points
        )
        PointsMove.objects.create(
            member_id=use.member_id,
            kind=MoveKind.USE,
            points=-use.points,
            ref_id=basket,
            order_number=order_number,
            at=now,
        )


def release_points(*, basket: UUID) -> None:
    """The basket will not be paid: its points are the member's again. Safe to repeat."""
    use = PointsUse.objects.filter(basket=basket, state=UseState.LOCKED).first()
    if use and PointsUse.objects.filter(pk=use.pk, state=UseState.LOCKED).update(state=UseState.RELEASED):
        Purse.objects.filter(member=use.member_id).update(locked=F("locked") - use.points)


def _hold(member_id: UUID, points: int) -> None:
    enough = Purse.objects.filter(member=member_id, balance__gte=F("locked") + points)
    if not enough.update(locked=F("locked") + points):
        raise PointsGone
