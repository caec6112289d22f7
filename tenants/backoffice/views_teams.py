"""拼团: how far the teams of a group buy are, and who is in."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.lists import Column, page_of, state_tabs
from tenants.backoffice.shell import desk_context
from tenants.campaigns.models import TeamState
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.campaigns.selectors_teams import count_teams, ends_at, seats_of, shown_state, teams_for_desk

COLUMNS = [
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("团员")),
    Column(gettext_lazy("已付款"), align="num"),
    Column(gettext_lazy("开团 → 截止")),
    Column(gettext_lazy("状态")),
]
_SHOWN = (TeamState.OPEN, TeamState.FORMED, TeamState.FAILED)
_TONES = {TeamState.OPEN: "info", TeamState.FORMED: "good", TeamState.FAILED: "bad"}


@require_safe
@staff_only
def teams(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """List the teams of a group buy, the latest first."""
    now = clock.now()
    campaign = campaign_with_id(campaign_id)
    state = request.GET.get("state", "")
    rows = page_of(teams_for_desk(campaign_id=campaign_id, state=state if state in _SHOWN else ""), request.GET)
    seats = seats_of(list(rows))
    context = desk_context(
        request,
        campaign=campaign,
        columns=COLUMNS,
        rows=rows,
        lines=[
            (team, seats[team.pk], ends_at(team), shown := shown_state(team, now), _TONES.get(shown, ""))
            for team in rows
        ],
        tabs=state_tabs(
            request.GET,
            states=[("", _("全部")), *((one.value, one.label) for one in _SHOWN)],
            counts=count_teams(campaign_id=campaign_id),
        ),
        crumbs=[
            (_("团期"), "/backoffice/campaigns"),
            (campaign.name, f"/backoffice/campaigns/{campaign_id}"),
            (_("拼团进度"), ""),
        ],
    )
    return render(request, "backoffice/campaign_teams.html", context)
