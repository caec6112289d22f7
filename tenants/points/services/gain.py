"""Points come in with completed orders and go back with refunds. All of it belongs to the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from tenants.points.models import MoveKind, PointsGain, PointsMove, PointsUse, Purse
from tenants.points.selectors import points_coming_back, points_going_back, points_rule
from tenants.points.worth import earned_by


@dataclass(frozen=True, slots=True)
class Bought:
    """What earns points: an order nobody may complain about any more, and the money kept of it in minor units."""

    order_id: UUID
    order_number: str
    member_id: UUID
    kept_minor: int


def gain_points(*, bought: Sequence[Bought], now: datetime) -> None:
    """Give points for completed orders, once each; what a member owes is kept from them."""
    rule = points_rule()
    if not rule.is_on or not rule.earn_per_yuan:
        return
    known = set(PointsGain.objects.filter(basket__in=[one.order_id for one in bought]).values_list("basket", flat=True))
    gains = [
        (one, PointsGain(basket=one.order_id, member_id=one.member_id, per_yuan=rule.earn_per_yuan, points=points))
        for one in bought
        if one.order_id not in known and (points := earned_by(kept_minor=one.kept_minor, per_yuan=rule.earn_per_yuan))
    ]
    PointsGain.objects.bulk_create([gain for _order, gain in gains])
    purses = held_purses({gain.member_id for _order, gain in gains})
    moves = []
    for order, gain in gains:
        about = {"member_id": gain.member_id, "order_number": order.order_number, "ref_id": order.order_id, "at": now}
        purse = purses[gain.member_id]
        purse.balance += gain.points
        moves.append(PointsMove(kind=MoveKind.EARN, points=gain.points, **about))
        if kept := min(purse.owed, gain.points):
            purse.balance, purse.owed = purse.balance - kept, purse.owed - kept
            moves.append(PointsMove(kind=MoveKind.SETTLE, points=-kept, owed_delta=-kept, **about))
    Purse.objects.bulk_update(purses.values(), ["balance", "owed"])
    PointsMove.objects.bulk_create(moves)


def give_points_back(
    *, basket: UUID, order_number: str, shares: list[tuple[int, int, int]], refund_id: UUID, now: datetime
) -> int:
    """Return the points spent on what was refunded; say how many.

    :param shares: of each line with points on it: its share of the discount, its net amount, what was refunded of
        that, in minor units.
    """
    back = points_coming_back(basket=basket, shares=shares)
    if back:
        use = PointsUse.objects.get(basket=basket)
        purse = held_purses({use.member_id})[use.member_id]
        PointsUse.objects.filter(pk=use.pk).update(returned=F("returned") + back)
        _move(purse, MoveKind.RETURN, back, refund_id=refund_id, order_number=order_number, now=now)
    return back


def take_points_back(*, basket: UUID, order_number: str, kept_minor: int, refund_id: UUID, now: datetime) -> int:
    """Take what a completed order earned by money that was given back after all; say how many points.

    A purse never falls below nothing: what is missing is owed, and kept from what is earned next.
    """
    due = points_going_back(basket=basket, kept_minor=kept_minor)
    if due:
        gain = PointsGain.objects.get(basket=basket)
        purse = held_purses({gain.member_id})[gain.member_id]
        PointsGain.objects.filter(pk=gain.pk).update(taken_back=F("taken_back") + due)
        taken = min(due, purse.free)
        purse.owed += due - taken
        _move(
            purse,
            MoveKind.TAKE_BACK,
            -taken,
            owed_delta=due - taken,
            refund_id=refund_id,
            order_number=order_number,
            now=now,
        )
    return due


def held_purses(member_ids: Iterable[UUID]) -> dict[UUID, Purse]:
    """Hold members' purses in one order until the transaction ends, made empty where there are none."""
    wanted = sorted(set(member_ids))
    Purse.objects.bulk_create([Purse(member_id=one) for one in wanted], ignore_conflicts=True)
    held = Purse.objects.select_for_update(no_key=True).filter(member__in=wanted).order_by("member_id")
    return {purse.member_id: purse for purse in held}


def _move(
    purse: Purse,
    kind: MoveKind,
    points: int,
    *,
    refund_id: UUID,
    order_number: str,
    now: datetime,
    owed_delta: int = 0,
) -> None:
    purse.balance += points
    purse.save(update_fields=["balance", "owed"])
    PointsMove.objects.create(
        member_id=purse.member_id,
        kind=kind,
        points=points,
        owed_delta=owed_delta,
        ref_id=refund_id,
        order_number=order_number,
        at=now,
    )
