"""An order takes its seat in a team (拼团): held when it is placed, taken when it is paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tenants.campaigns.models import CampaignKind, SeatState, Team, TeamSeat, TeamState
from tenants.campaigns.selectors import Offer
from tenants.campaigns.selectors_teams import TeamMissing, team_with_id
from tenants.campaigns.services.seats import hold_seat, open_team, pay_seat, refuse_full, take_seat_again
from tenants.journal.services import Actor, record
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine

_SYSTEM = Actor(kind="task", name="系统")


def team_wanted(*, team_id: UUID | None, offers: Mapping[UUID, Offer], member: Member, now: datetime) -> Team | None:
    """Read the team an order wants to join and say at once what stands in the way. Nothing to read without one.

    :raises TeamMissing, AlreadyInTeam, TeamFull, TeamOver:
    """
    if team_id is None:
        return None
    team = team_with_id(team_id)
    if set(offers) != {team.item_id}:
        raise TeamMissing
    refuse_full(team, member=member, now=now)
    return team


def take_seats(*, team: Team | None, offers: Mapping[UUID, Offer], order: Order, now: datetime) -> None:
    """Hold the order's seat, in the caller's transaction, last of all: in this team, or in one that it begins.

    :raises AlreadyInTeam, TeamFull, TeamOver: somebody was quicker since ``team_wanted``.
    """
    if team is not None:
        hold_seat(team_id=team.pk, order_id=order.pk, member=order.member, at=now)
        return
    for offer in offers.values():
        if offer.item.campaign.kind == CampaignKind.TEAM:
            open_team(item=offer.item, order_id=order.pk, member=order.member, at=now)


def take_seats_again(*, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Hold a closed order's seat again, in the caller's transaction. :raises SeatLost:"""
    if _is_of_team(lines):
        take_seat_again(order_id=order.pk, at=now)


def join_teams(*, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Give an order that was just paid its seat, in the caller's transaction, and tell everybody whose team is full.

    ``lines`` come with their item and its campaign, so an order of no team costs nothing.
    """
    if not _is_of_team(lines):
        return
    team = pay_seat(order_id=order.pk, at=now)
    missing = team.size - team.paid
    record(what="order.team_joined", subject=order, at=now, actor=_SYSTEM, missing=missing, team=str(team.pk))
    if team.state == TeamState.FORMED:
        seats = TeamSeat.objects.filter(team=team, state=SeatState.PAID).order_by("order_id")
        for order_id in seats.values_list("order_id", flat=True):
            record(what="order.team_formed", subject=Order(pk=order_id), at=now, actor=_SYSTEM, size=team.size)


def _is_of_team(lines: Sequence[OrderLine]) -> bool:
    return any(line.campaign_item.campaign.kind == CampaignKind.TEAM for line in lines)
