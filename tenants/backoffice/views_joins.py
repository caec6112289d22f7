"""接龙: the chain as everybody sees it, and its text for the group."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit.web.format import moment
from kit.web.lists import Column
from tenants.backoffice.shell import desk_context
from tenants.campaigns.models import Campaign
from tenants.sales.selectors_joins import Joined, chain_at_desk, joins_of

COLUMNS = [
    Column(gettext_lazy("跟团号"), align="num"),
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("付款时间")),
]
MOST_SHOWN = 500


@require_safe
@staff_only
def joins(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show who joined, and the same as a text for the group."""
    campaign = chain_at_desk(campaign_id)
    found = joins_of(campaign, limit=MOST_SHOWN)
    path = f"sub/goods/joins?id={campaign.pk}"
    link = request.build_absolute_uri(f"/m/#/{path}")
    context = desk_context(
        request,
        campaign=campaign,
        joins=found,
        columns=COLUMNS,
        link=link,
        program_path=f"/{path}",
        text=_text(campaign, found, link=link),
        crumbs=[
            (_("团期"), "/backoffice/campaigns"),
            (campaign.name, f"/backoffice/campaigns/{campaign_id}"),
            (_("接龙名单"), ""),
        ],
    )
    return render(request, "backoffice/campaign_joins.html", context)


def _text(campaign: Campaign, found: Sequence[Joined], *, link: str) -> str:
    head = [campaign.name, _("%(at)s 截单") % {"at": moment(campaign.cutoff_at)}]
    rows = [_row(join) for join in reversed(found)]
    return "\n".join([*head, *rows, _("来接龙：%(link)s") % {"link": link}])


def _row(join: Joined) -> str:
    if join.is_cancelled:
        return _("%(number)d. %(name)s（已取消）") % {"number": join.number, "name": join.name}
    goods = " ".join(f"{line.title}×{line.quantity}" for line in join.lines)
    return f"{join.number}. {join.name} {goods}"
