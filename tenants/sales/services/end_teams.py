"""A team's time is over and it is not full: everybody gets the money back."""

import logging
from datetime import datetime
from uuid import UUID

from kit.errors import Refused
from tenants.campaigns.models import SeatState, TeamSeat
from tenants.campaigns.selectors_teams import teams_to_cut_off, teams_to_end
from tenants.campaigns.services.seats import fail_team
from tenants.journal.services import Actor
from tenants.sales.services.refund_lines import refund_whole

NOT_FULL = "拼团未成功，自动退款"
_SYSTEM = Actor(kind="task", name="系统")
_log = logging.getLogger(__name__)


def end_teams(*, now: datetime) -> int:
    """Fail the teams whose time is over and give back what was paid; return how many were brought to their end.

    Safe to repeat and to be run by two at once. A team ends only when nobody holds a seat in it unpaid:
    ``expire_orders`` closes those first. Until then readers are shown it as failed (``shown_state``).
    """
    return sum(not end_team(team_id=team_id, now=now) for team_id in teams_to_end(now=now))


def end_teams_of(*, campaign_id: UUID, now: datetime) -> int:
    """Do the same for a group buy that is cut off, however long its teams had; return how many orders were stuck."""
    return sum(end_team(team_id=team_id, now=now) for team_id in teams_to_cut_off(campaign_id=campaign_id))


def end_team(*, team_id: UUID, now: datetime) -> int:
    """Fail one team, unless it formed meanwhile, and give its orders back; return how many could not be."""
    fail_team(team_id=team_id, at=now)
    # Only a failed one: of a team that formed, or in which somebody still pays, nothing is given back
    seats = TeamSeat.objects.filter(team=team_id, team__state="failed", state=SeatState.PAID).order_by("pk")
    stuck = 0
    for order_id in list(seats.values_list("order_id", flat=True)):
        try:
            refund_whole(order_id=order_id, reason=NOT_FULL, actor=_SYSTEM, key=f"team:{team_id}", now=now)
        except Refused as refusal:
            _log.warning("an order of a team could not be given back: %s", refusal.code)
            stuck += 1
    return stuck
