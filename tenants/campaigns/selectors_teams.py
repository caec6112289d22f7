"""Reading teams (拼团): for the one who thinks of joining, for an order, for the desk."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy.kept import kept
from tenants.campaigns.models import CampaignState, SeatState, Team, TeamSeat, TeamState


class TeamMissing(Refused):
    """There is no such team, its first member has not paid, or it is of other goods."""

    code, kind, sentence = "team_missing", Kind.MISSING, _("没有找到这个团，可能团主还没付款。")


def team_with_id(team_id: UUID) -> Team:
    """Read a team that was opened, with its item, goods and campaign. :raises TeamMissing:"""
    team: Team | None = _with_goods(Team.objects.filter(pk=team_id, opened_at__isnull=False)).first()
    if team is None:
        raise TeamMissing
    return team


def ends_at(team: Team) -> datetime:
    """Say until when an opened team takes anybody in: its own time, but not beyond the cut-off."""
    cutoff_at = team.item.campaign.cutoff_at
    return min(team.expires_at or cutoff_at, cutoff_at)


def shown_state(team: Team, now: datetime) -> TeamState:
    """Say what a shopper sees: a team whose time is over has failed, though the task has yet to come.

    While somebody who is in time still pays, it is open.
    """
    over = team.state == TeamState.OPEN and now >= ends_at(team) and team.taken == team.paid
    return TeamState.FAILED if over else TeamState(team.state)


def can_be_joined(team: Team, now: datetime) -> bool:
    """Say whether a seat is free at this moment."""
    campaign = team.item.campaign
    is_open = team.state == TeamState.OPEN and team.taken < team.size and now < ends_at(team)
    return is_open and campaign.state == CampaignState.PUBLISHED and campaign.locked_at is None


def teams_to_join(*, item_id: UUID, now: datetime, limit: int = 20) -> list[Team]:
    """List the teams of an item that have a free seat, those that need the fewest first. One statement."""
    found = Team.objects.filter(
        item=item_id,
        state=TeamState.OPEN,
        taken__lt=F("size"),
        expires_at__gt=now,
        item__campaign__state=CampaignState.PUBLISHED,
        item__campaign__cutoff_at__gt=now,
        item__campaign__locked_at=None,
    )
    return list(_with_goods(found).order_by(F("size") - F("paid"), "expires_at", "pk")[:limit])


def seats_of(teams: Collection[Team]) -> dict[UUID, list[TeamSeat]]:
    """Read who paid for a seat in each team, given back since or not, the first member first. One statement."""
    shown = (SeatState.PAID, SeatState.GIVEN_BACK)
    seats = TeamSeat.objects.filter(team__in=[team.pk for team in teams], state__in=shown).select_related("member")
    found: dict[UUID, list[TeamSeat]] = {team.pk: [] for team in teams}
    for seat in seats.order_by("-is_first", "at", "pk"):
        found[seat.team_id].append(seat)
    return found


def seats_of_orders(order_ids: Collection[UUID]) -> dict[UUID, TeamSeat]:
    """Find the seat of each order that has one, with team, item and campaign. One statement."""
    return {seat.order_id: seat for seat in _seats_of_orders(order_ids=list(order_ids))}


@kept
def _seats_of_orders(*, order_ids: Sequence[UUID]) -> QuerySet[TeamSeat]:
    return TeamSeat.objects.filter(order_id__in=order_ids).select_related("team__item__campaign")


def orders_in_waiting_teams(order_ids: Collection[UUID]) -> set[UUID]:
    """Say which orders are paid in a team that is not full: nothing of them goes out yet."""
    waiting = TeamSeat.objects.filter(order_id__in=list(order_ids), state=SeatState.PAID).exclude(
        team__state=TeamState.FORMED
    )
    return set(waiting.values_list("order_id", flat=True))


def teams_to_end(*, now: datetime) -> list[UUID]:
    """Find teams whose time is over while nobody is paying any more, and failed ones that still hold money."""
    over = Q(state=TeamState.OPEN, expires_at__lte=now, taken=F("paid"))
    owing = Q(state=TeamState.FAILED, paid__gt=0)
    return list(Team.objects.filter(over | owing).order_by("expires_at", "pk").values_list("pk", flat=True)[:500])


def teams_to_cut_off(*, campaign_id: UUID) -> list[UUID]:
    """Find the teams of a locked campaign that did not form; one that was called off gives everything back anyway."""
    teams = Team.objects.filter(item__campaign=campaign_id).exclude(item__campaign__state=CampaignState.CANCELLED)
    unformed = Q(state=TeamState.OPEN) | Q(state=TeamState.FAILED, paid__gt=0)
    return list(teams.filter(unformed).order_by("pk").values_list("pk", flat=True))


def teams_for_desk(*, campaign_id: UUID, state: str = "") -> QuerySet[Team]:
    """List the teams of a campaign whose first member had paid, the latest first."""
    teams = Team.objects.filter(item__campaign=campaign_id, opened_at__isnull=False)
    if state:
        teams = teams.filter(state=state)
    return _with_goods(teams).order_by("-opened_at", "-pk")


def count_teams(*, campaign_id: UUID) -> dict[str, int]:
    """Count a campaign's opened teams by state; the key "" counts all of them."""
    teams = Team.objects.filter(item__campaign=campaign_id, opened_at__isnull=False).order_by()
    counted = dict(teams.values_list("state").annotate(Count("pk")))
    return {"": sum(counted.values()), **counted}


def _with_goods(teams: QuerySet[Team]) -> QuerySet[Team]:
    return teams.select_related("item__campaign", "item__sku__product")
