"""拼团: the seats of a team. Each change holds the team's row, last of all that its transaction holds.

Stock, quota and the order come first everywhere, so whoever places, pays, closes or gives back waits in one order.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import CampaignItem, SeatState, Team, TeamSeat, TeamState
from tenants.campaigns.selectors_teams import can_be_joined
from tenants.members.models import Member

_LIVE = (SeatState.HELD, SeatState.PAID)


class TeamFull(Refused):
    """Every seat is paid for, or held by somebody who is paying."""

    code, kind, sentence = "team_full", Kind.CONFLICT, _("这个团刚刚满了，可以自己开一个团。")


class TeamOver(Refused):
    """The team's time is over, or its group buy takes no orders."""

    code, kind, sentence = "team_over", Kind.CONFLICT, _("这个团已经结束，可以自己开一个团。")


class AlreadyInTeam(Refused):
    """The member has a seat in this team."""

    code, kind, sentence = "already_in_team", Kind.CONFLICT, _("您已经在这个团里了，叫邻居来参团吧。")


class SeatLost(Refused):
    """Money came for a seat that was given up, and the team is full or over."""

    code, kind, sentence = "seat_lost", Kind.CONFLICT, _("这个团已经满了或结束了。")


def refuse_full(team: Team, *, member: Member, now: datetime) -> None:
    """Say at once why a team cannot be joined. :raises AlreadyInTeam, TeamFull, TeamOver:"""
    if TeamSeat.objects.filter(team=team, member=member, state__in=_LIVE).exists():
        raise AlreadyInTeam
    if not can_be_joined(team, now):
        raise TeamFull if team.taken >= team.size else TeamOver


def open_team(*, item: CampaignItem, order_id: UUID, member: Member, at: datetime) -> Team:
    """Begin a team with its first seat held, in the caller's transaction. It opens when that is paid."""
    campaign = item.campaign
    team = Team.objects.create(
        item=item,
        size=campaign.team_size or 0,  # never none of a campaign of teams: a constraint holds it
        hours=campaign.team_hours or 0,
        taken=1,
        created_at=at,
    )
    TeamSeat.objects.create(team=team, member=member, order_id=order_id, is_first=True, at=at)
    return team


def hold_seat(*, team_id: UUID, order_id: UUID, member: Member, at: datetime) -> Team:
    """Hold a seat for an order that was just written, in the caller's transaction: never more than there are.

    :raises AlreadyInTeam, TeamFull, TeamOver:
    """
    free = Team.objects.filter(pk=team_id, state=TeamState.OPEN, taken__lt=F("size"), expires_at__gt=at)
    held = free.update(taken=F("taken") + 1)  # the guard is read again after the wait for another buyer
    team: Team = Team.objects.select_related("item__campaign").get(pk=team_id)
    if not held:
        raise TeamFull if team.taken >= team.size else TeamOver
    if TeamSeat.objects.filter(team=team, member=member, state__in=_LIVE).exists():
        raise AlreadyInTeam
    TeamSeat.objects.create(team=team, member=member, order_id=order_id, at=at)
    return team


def pay_seat(*, order_id: UUID, at: datetime) -> Team:
    """Note that a held seat is paid for, in the caller's transaction: the first opens the team, the last forms it.

    Whoever placed in time has a seat until the order is closed, and a team does not end while one is held.
    """
    seat, team = _hold(order_id)
    team.paid += 1
    if team.state == TeamState.WAITING:
        team.state, team.opened_at = TeamState.OPEN, at
        team.expires_at = min(at + timedelta(hours=team.hours), team.item.campaign.cutoff_at)
    if team.paid == team.size:
        team.state, team.ended_at = TeamState.FORMED, at
    _keep(seat, team, SeatState.PAID, at)
    return team


def release_seat(*, order_id: UUID, at: datetime) -> None:
    """Free the seat of an order that is closed unpaid, if it has one, in the caller's transaction."""
    if not TeamSeat.objects.filter(order_id=order_id).exists():
        return
    seat, team = _hold(order_id)
    if seat.state == SeatState.HELD:
        team.taken -= 1
        _end_if_empty(team, at)
        _keep(seat, team, SeatState.RELEASED, at)


def take_seat_again(*, order_id: UUID, at: datetime) -> None:
    """Hold the seat of a closed order again, for which money came after all, in the caller's transaction.

    Who began a team that never opened begins it now. :raises SeatLost: the team is full or over, or the member in it.
    """
    seat, team = _hold(order_id)
    campaign = team.item.campaign
    others = TeamSeat.objects.filter(team=team, member=seat.member_id, state__in=_LIVE)
    if seat.is_first and team.state == TeamState.FAILED and team.opened_at is None:
        if campaign.locked_at is not None or at >= campaign.cutoff_at:
            raise SeatLost
        team.state, team.ended_at = TeamState.WAITING, None
    elif not can_be_joined(team, at) or others.exists():
        raise SeatLost
    team.taken += 1
    _keep(seat, team, SeatState.HELD, at)


def leave_seat(*, order_id: UUID, at: datetime) -> None:
    """Free the seat of an order that was given back whole, if it has one, in the caller's transaction.

    A team that has formed stays formed for the others.
    """
    if not TeamSeat.objects.filter(order_id=order_id, state=SeatState.PAID).exists():
        return
    seat, team = _hold(order_id)
    if seat.state != SeatState.PAID:
        return
    if team.state != TeamState.FORMED:
        team.paid -= 1
        team.taken -= 1
        _end_if_empty(team, at)
    _keep(seat, team, SeatState.GIVEN_BACK, at)


def fail_team(*, team_id: UUID, at: datetime) -> bool:
    """End an open team that is not full, in one guarded statement; not while somebody holds a seat and may pay."""
    unformed = Team.objects.filter(pk=team_id, state=TeamState.OPEN, taken=F("paid"), paid__lt=F("size"))
    return bool(unformed.update(state=TeamState.FAILED, ended_at=at))


def _hold(order_id: UUID) -> tuple[TeamSeat, Team]:
    team_id = TeamSeat.objects.values_list("team_id", flat=True).get(order_id=order_id)
    held = Team.objects.select_for_update(no_key=True, of=("self",)).select_related("item__campaign")
    team = held.get(pk=team_id)
    return TeamSeat.objects.get(order_id=order_id), team


def _end_if_empty(team: Team, at: datetime) -> None:
    if team.taken == 0 and team.state in (TeamState.WAITING, TeamState.OPEN):
        team.state, team.ended_at = TeamState.FAILED, at


def _keep(seat: TeamSeat, team: Team, state: SeatState, at: datetime) -> None:
    team.save(update_fields=["state", "taken", "paid", "opened_at", "expires_at", "ended_at"])
    seat.state, seat.at = state, at
    seat.save(update_fields=["state", "at"])
