"""Reading points: as a basket wants them, and as members and merchants see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from kit.tenancy import current_store
from tenants.members.models import Member
from tenants.points.models import PointsGain, PointsMove, PointsRule, PointsUse, Purse, UseState
from tenants.points.worth import PointsOffer, earned_by, kept_since, returned_for

WARN_DAYS = 60  # before the year's end a member is shown what ends with it


@dataclass(frozen=True, slots=True)
class Ending:
    """Points that end, and the last day on which they can be spent."""

    points: int
    last_day: date


@dataclass(frozen=True, slots=True)
class PurseNow:
    """One member's points at this moment; ``ending`` is there when some of them end soon."""

    rule: PointsRule
    free: int
    locked: int
    owed: int
    ending: Ending | None


def points_rule() -> PointsRule:
    """Read the store's rule; a store that never set one has it switched off, not saved."""
    return PointsRule.objects.first() or PointsRule()


def points_to_spend(member: Member) -> PointsOffer | None:
    """Say what a member could spend; None where points are off. One statement."""
    purses = Purse.objects.filter(member=member).annotate(left=F("balance") - F("locked")).values("left")
    found = PointsRule.objects.filter(is_on=True).annotate(free=Coalesce(Subquery(purses), Value(0)))
    rule = found.values_list("free", "per_yuan", "max_share_ppm").first()
    return PointsOffer(*rule) if rule else None


def purse_of(*, member: Member, now: datetime) -> PurseNow:
    """Read a member's points and what of them ends with this year."""
    rule = points_rule()
    purse = Purse.objects.filter(member=member).first() or Purse(member=member)
    return PurseNow(rule, purse.free, purse.locked, purse.owed, _ending(rule, purse, now))


def moves_of(*, member: Member, after: UUID | None, limit: int) -> Sequence[PointsMove]:
    """List a member's moves, newest first."""
    moves = PointsMove.objects.filter(member=member)
    return list((moves.filter(pk__lt=after) if after else moves).order_by("-id")[:limit])


def moves_for_desk(*, query: str = "", kind: str = "") -> QuerySet[PointsMove]:
    """List every member's moves, newest first, of one kind, or of who has this phone, name or order."""
    moves = PointsMove.objects.select_related("member").order_by("-id")
    if kind:
        moves = moves.filter(kind=kind)
    if query:
        named = Q(member__phone__contains=query) | Q(member__nickname__icontains=query)
        moves = moves.filter(named | Q(order_number=query))
    return moves


def points_outstanding() -> dict[str, int]:
    """Add up all purses: what the store still has to give for them."""
    summed = Purse.objects.aggregate(balance=Sum("balance"), locked=Sum("locked"), owed=Sum("owed"))
    return {name: total or 0 for name, total in summed.items()}


def points_coming_back(*, basket: UUID, shares: list[tuple[int, int, int]]) -> int:
    """Say how many spent points come back when so much of each line was refunded (``returned_for``)."""
    use = PointsUse.objects.filter(basket=basket, state=UseState.USED).first()
    return max(0, returned_for(points=use.points, shares=shares) - use.returned) if use and shares else 0


def points_going_back(*, basket: UUID, kept_minor: int) -> int:
    """Say how many points a completed order earned by money that is not kept after all."""
    gain = PointsGain.objects.filter(basket=basket).first()
    if gain is None:
        return 0
    return max(0, gain.points - gain.taken_back - earned_by(kept_minor=kept_minor, per_yuan=gain.per_yuan))


def with_old_points(since: datetime) -> QuerySet[Any]:
    """Build the query of purses with points from before a moment, as ``old``.

    The oldest are spent first; so what is older is what is left after all that came in since.
    """
    came = PointsMove.objects.filter(member=OuterRef("member"), points__gt=0, at__gte=since)
    summed = came.order_by().values("member").annotate(points=Sum("points")).values("points")
    return Purse.objects.annotate(old=F("balance") - Coalesce(Subquery(summed), Value(0))).filter(old__gt=0)


def today(now: datetime) -> date:
    """Say the store's own day."""
    return now.astimezone(ZoneInfo(current_store().timezone)).date()


def year_end(now: datetime) -> date:
    """Say the last day of the store's own year."""
    return date(today(now).year, 12, 31)


def ends_next(rule: PointsRule, now: datetime) -> datetime:
    """Say from when on points outlive this year's end; the others end with it."""
    zone = current_store().timezone
    end = datetime.combine(year_end(now) + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(zone))
    return kept_since(now=end, years_kept=rule.years_kept or 0, zone=zone)


def _ending(rule: PointsRule, purse: Purse, now: datetime) -> Ending | None:
    last = year_end(now)
    if not rule.is_on or rule.years_kept is None or (last - today(now)).days > WARN_DAYS:
        return None
    found = with_old_points(ends_next(rule, now)).filter(pk=purse.pk).first()
    return Ending(found.old, last) if found else None
