"""今日开团: putting a list together, looking at it once more, and publishing it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import UNPROCESSABLE, done
from tenants.backoffice.campaign_editor import goods_found, rows_to_show, warnings_of, with_sku, without_row
from tenants.backoffice.forms_campaigns import (
    CampaignForm,
    ItemRows,
    draft_of,
    head_of,
    head_of_campaign,
    rows_as_typed,
    rows_of_campaign,
    tell_editor,
)
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.selectors_desk import campaign_with_id, items_for_desk, latest_campaign
from tenants.campaigns.services.check_draft import CampaignDraft, check_draft
from tenants.campaigns.services.doubt_strikes import doubted_strikes
from tenants.campaigns.services.edit_campaign import edit_campaign, refuse_unless_running
from tenants.campaigns.services.open_campaign import open_campaign
from tenants.campaigns.services.save_draft import save_draft
from tenants.campaigns.times import usual_times


@dataclass
class Editing:
    """What the editor shows now."""

    head: CampaignForm
    rows: Any
    campaign: Campaign | None = None
    known: Sequence[CampaignItem] = ()
    query: str = ""
    of_list: list[str] = field(default_factory=list)

    @property
    def is_published(self) -> bool:
        return self.campaign is not None and self.campaign.state != CampaignState.DRAFT


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def new(request: HttpRequest) -> HttpResponse:
    """Put a new list together."""
    if request.method == "POST":
        return _act(request, campaign=None)
    times = usual_times(now=clock.now(), timezone=request.store.timezone)  # type: ignore[attr-defined]
    return _show(request, Editing(CampaignForm(initial=head_of(times)), ItemRows(initial=[])))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def edit(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Go on with a draft, or change a list that is on sale."""
    campaign = campaign_with_id(campaign_id)
    if campaign.state != CampaignState.DRAFT:
        refuse_unless_running(campaign, now=clock.now())
    if request.method == "POST":
        return _act(request, campaign=campaign)
    items = items_for_desk(campaign)
    head = CampaignForm(initial=head_of_campaign(campaign))
    return _show(request, Editing(head, ItemRows(initial=rows_of_campaign(items)), campaign, items))


def _act(request: HttpRequest, *, campaign: Campaign | None) -> HttpResponse:
    what, _colon, which = request.POST.get("do", "").partition(":")
    if what in _CHANGES_OF_ROWS:
        return _show_as_typed(request, campaign, what=what, which=which)
    known = items_for_desk(campaign) if campaign else []
    editing = Editing(CampaignForm(request.POST), ItemRows(request.POST), campaign, known)
    if not editing.head.is_valid() & editing.rows.is_valid():
        return _show(request, editing, status=UNPROCESSABLE)
    draft = draft_of(editing.head, editing.rows)
    try:
        return _tell_story(request, editing, draft, what=what)
    except Refused as refusal:
        editing.of_list = tell_editor(editing.head, editing.rows, refusal)
        return _show(request, editing, status=UNPROCESSABLE)


_CHANGES_OF_ROWS = {"search", "add", "remove", "recount", "back"}


def _tell_story(request: HttpRequest, editing: Editing, draft: CampaignDraft, *, what: str) -> HttpResponse:
    campaign_id = editing.campaign.pk if editing.campaign else None
    now, by_name = clock.now(), str(request.person)  # type: ignore[attr-defined]
    if what == "draft":
        saved = save_draft(campaign_id=campaign_id, draft=draft, now=now, by_name=by_name)
        return done(request, to=f"/backoffice/campaigns/{saved.pk}/edit", sentence=_("草稿已保存。"))
    if what == "open":
        opened = open_campaign(campaign_id=campaign_id, draft=draft, now=now, by_name=by_name)
        sentence = _("“%(name)s”已发布。") % {"name": opened.name}
        return done(request, to=f"/backoffice/campaigns/{opened.pk}", sentence=sentence)
    if what == "save" and campaign_id:
        edit_campaign(campaign_id=campaign_id, draft=draft, now=now, by_name=by_name)
        return done(request, to=f"/backoffice/campaigns/{campaign_id}", sentence=_("已保存修改，新订单按新内容下单。"))
    check_draft(draft=draft, for_sale=True, now=now)
    return _preview(request, editing, doubts=doubted_strikes(draft=draft, campaign_id=campaign_id))


def _show_as_typed(request: HttpRequest, campaign: Campaign | None, *, what: str, which: str) -> HttpResponse:
    typed = rows_as_typed(request.POST)
    if what == "add":
        typed = with_sku(typed, which)
    elif what == "remove":
        typed = without_row(typed, which)
    head = CampaignForm(initial={name: request.POST.get(name, "") for name in CampaignForm.base_fields})
    known = items_for_desk(campaign) if campaign else []
    return _show(request, Editing(head, ItemRows(initial=typed), campaign, known, request.POST.get("q", "")))


def _show(request: HttpRequest, editing: Editing, *, status: int = 200) -> HttpResponse:
    typed = [{"sku_id": form["sku_id"].value()} for form in editing.rows.forms]
    to_copy = None if editing.campaign or typed else latest_campaign(now=clock.now())
    title = editing.campaign.name if editing.campaign else _("今日开团")
    context = desk_context(
        request,
        editing=editing,
        rows=rows_to_show(editing.rows, known=editing.known, currency=request.store.currency),  # type: ignore[attr-defined]
        found=goods_found(editing.query, typed=typed),
        to_copy=to_copy,
        crumbs=[
            (_("团期"), "/backoffice/campaigns"),
            (title, ""),
        ],
    )
    return render(request, "backoffice/campaign_editor.html", context, status=status)


def _preview(request: HttpRequest, editing: Editing, *, doubts: Sequence[str]) -> HttpResponse:
    rows = rows_to_show(editing.rows, known=editing.known, currency=request.store.currency)  # type: ignore[attr-defined]
    context = desk_context(
        request,
        editing=editing,
        head=editing.head.cleaned_data,
        rows=rows,
        warnings=[*warnings_of(rows), *doubts],
        opens_now=editing.head.cleaned_data["opens_at"] <= clock.now(),
        zone=timezone.get_current_timezone_name(),
        crumbs=[(_("团期"), "/backoffice/campaigns"), (_("发布前预览"), "")],
    )
    return render(request, "backoffice/campaign_preview.html", context)
