"""团期: the lists there are, and what becomes of each."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import done
from kit.web.format import tone_of
from kit.web.lists import Column, page_of, state_tabs
from tenants.analytics.selectors import closing_effect, figures_of_campaigns
from tenants.backoffice.exports import campaigns_sheet, sheet_address, wants_sheet
from tenants.backoffice.forms_campaigns import CampaignFilters, head_of
from tenants.backoffice.forms_repeat import RepeatForm
from tenants.backoffice.happenings import campaign_events
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.campaigns.hidden import who_hides
from tenants.campaigns.margins import margin_of
from tenants.campaigns.models import CampaignState
from tenants.campaigns.selectors_cutoff import items_below_minimum
from tenants.campaigns.selectors_desk import (
    SHOWN_STATES,
    campaign_with_id,
    campaigns_for_desk,
    count_campaigns_by_state,
    items_for_desk,
    latest_campaign,
    repetition_of,
    repetitions_in_trouble,
)
from tenants.campaigns.services.close_campaign import cancel_campaign, close_early
from tenants.campaigns.services.copy_campaign import copy_campaign
from tenants.campaigns.services.pause_campaign import pause_campaign, resume_campaign
from tenants.campaigns.services.repeat_campaign import REPEATED_KINDS
from tenants.campaigns.times import usual_times
from tenants.catalog.selectors import covers_of
from tenants.journal.selectors import entries_of
from tenants.orders.selectors_deposits import balances_awaited

_OUT = (CampaignState.PUBLISHED, CampaignState.PAUSED)
STATE_LABELS = {
    "draft": gettext_lazy("草稿"),
    "scheduled": gettext_lazy("未开始"),
    "open": gettext_lazy("进行中"),
    "paused": gettext_lazy("已暂停"),
    "closed": gettext_lazy("已截单"),
    "cancelled": gettext_lazy("已取消"),
}
COLUMNS = [
    Column(gettext_lazy("团期")),
    Column(gettext_lazy("开团 → 截单")),
    Column(gettext_lazy("提货日期")),
    Column(gettext_lazy("商品"), align="num"),
    Column(gettext_lazy("已售 / 已订"), align="num"),
    Column(gettext_lazy("成交额"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
ITEM_COLUMNS = [
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("团购价"), align="num"),
    Column(gettext_lazy("毛利"), align="num"),
    Column(gettext_lazy("限量"), align="num"),
    Column(gettext_lazy("已售"), align="num"),
    Column(gettext_lazy("待付款"), align="num"),
    Column(gettext_lazy("还能买"), align="num"),
]


@require_safe
@staff_only
def campaigns(request: HttpRequest) -> HttpResponse:
    """List group buys by what they are now; ``?export=xlsx`` gives them as a spreadsheet."""
    now = clock.now()
    filters = CampaignFilters(request.GET)
    query = filters.cleaned_data["q"] if filters.is_valid() else ""
    state = request.GET.get("state", "")
    found = campaigns_for_desk(query=query, state=state if state in SHOWN_STATES else "", now=now)
    if wants_sheet(request):
        return campaigns_sheet(request, found, labels=STATE_LABELS, now=now)
    rows = page_of(found, request.GET)
    figures = figures_of_campaigns([campaign.pk for campaign in rows])
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        lines=[
            (one, figures[one.pk], shown := one.shown_state(now), STATE_LABELS[shown], tone_of(shown)) for one in rows
        ],
        filters=filters,
        is_filtered=bool(query),
        export=sheet_address(request),
        to_copy=latest_campaign(now=now),
        troubled=repetitions_in_trouble(),
        tabs=state_tabs(
            request.GET,
            states=[("", _("全部")), *STATE_LABELS.items()],
            counts=count_campaigns_by_state(query=query, now=now),
        ),
    )
    return render(request, "backoffice/campaigns.html", context)


@require_safe
@staff_only
def detail(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show what a list sold, and what is left of each thing."""
    now = clock.now()
    campaign = campaign_with_id(campaign_id)
    shown = campaign.shown_state(now)
    items = items_for_desk(campaign)
    pictures, hidden = covers_of({item.sku.product_id for item in items}), who_hides(campaign)
    context = desk_context(
        request,
        campaign=campaign,
        shown=shown,
        shown_label=STATE_LABELS[shown],
        tone=tone_of(shown),
        columns=ITEM_COLUMNS,
        items=[
            (
                item,
                margin_of(price_minor=item.price_minor, cost_minor=item.sku.cost_minor),
                pictures.get(item.sku.product_id, ""),
                hidden.get(item.pk, ()),
            )
            for item in items
        ],
        effect=closing_effect(campaign),
        awaiting=balances_awaited(campaign.pk) if campaign.deposit_percent else None,
        figures=figures_of_campaigns([campaign.pk])[campaign.pk],
        repetition=(rule := repetition_of(campaign)),
        repeated_on=RepeatForm.words_of(rule.weekdays) if rule else [],
        may_repeat=campaign.kind in REPEATED_KINDS and campaign.state in _OUT,
        events=campaign_events(entries_of(campaign)),
        crumbs=[(_("团期"), "/backoffice/campaigns"), (campaign.name, "")],
    )
    return render(request, "backoffice/campaign.html", context)


@require_safe
@staff_only
@changers_only
def closing(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Say what cutting off now would mean, before it is done."""
    campaign = campaign_with_id(campaign_id)
    context = desk_context(
        request, campaign=campaign, effect=closing_effect(campaign), short=items_below_minimum(campaign)
    )
    return render(request, "backoffice/campaign_closing.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def act(request: HttpRequest, campaign_id: UUID, what: str) -> HttpResponse:
    """Pause, resume, cut off or call off a list."""
    page = f"/backoffice/campaigns/{campaign_id}"
    if request.method != "POST":  # someone came back here after logging in again
        return redirect(page)
    now, by_name = clock.now(), str(request.person)  # type: ignore[attr-defined]
    if what == "pause":
        reason = request.POST.get("reason", "")[:200]
        pause_campaign(campaign_id=campaign_id, reason=reason, now=now, by_name=by_name)
        return done(request, to=page, sentence=_("已暂停，顾客暂时不能下单。"))
    if what == "resume":
        resume_campaign(campaign_id=campaign_id, now=now, by_name=by_name)
        return done(request, to=page, sentence=_("已恢复，顾客可以继续下单。"))
    if what == "close":
        close_early(campaign_id=campaign_id, now=now, by_name=by_name)
        return done(request, to=page, sentence=_("已提前截单。"))
    cancel_campaign(campaign_id=campaign_id, now=now, by_name=by_name)
    return done(request, to="/backoffice/campaigns", sentence=_("已取消团期。"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def copy(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Make today's draft from an earlier list."""
    if request.method != "POST":
        return redirect(f"/backoffice/campaigns/{campaign_id}")
    now = clock.now()
    times = usual_times(now=now, timezone=request.store.timezone)  # type: ignore[attr-defined]
    copied = copy_campaign(
        campaign_id=campaign_id,
        **head_of(times),
        now=now,
        by_name=str(request.person),  # type: ignore[attr-defined]
    )
    sentence = _("已复制清单，改好价格和数量就可以发布。")
    return done(request, to=f"/backoffice/campaigns/{copied.pk}/edit", sentence=sentence)
