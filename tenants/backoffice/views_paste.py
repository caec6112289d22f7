"""粘贴接龙: a chain out of the group chat becomes drafts, and what nobody can read beyond doubt is asked about."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import UNPROCESSABLE, done
from kit.web.lists import Column
from kit.web.refusals import tell_form
from tenants.backoffice.forms_paste import PasteForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.campaigns.reading_words import shown_rows, with_choice
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.campaigns.selectors_drafts import drafts_of, read_for, way_to
from tenants.campaigns.services.paste_chain import paste_chain, withdraw_draft
from tenants.journal.services import Actor

COLUMNS = [
    Column(gettext_lazy("编号"), align="num"),
    Column(gettext_lazy("原文")),
    Column(gettext_lazy("姓名")),
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("结果")),
]
DRAFT_COLUMNS = [
    Column(gettext_lazy("编号"), align="num"),
    Column(gettext_lazy("姓名")),
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("自提点")),
    Column(gettext_lazy("状态")),
    Column(""),
]


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def paste(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Read a chain as often as it takes, then make the drafts."""
    campaign = campaign_with_id(campaign_id)
    posted = request.POST.copy() if request.method == "POST" else None
    what, _colon, which = request.POST.get("do", "").partition(":")
    if posted is not None and what == "choose":
        posted["text"] = with_choice(posted.get("text", ""), which, read_for(campaign, posted.get("text", "")))
    form = PasteForm(posted)
    if form.is_bound and form.is_valid() and what == "make":
        words = form.cleaned_data
        try:
            paste_chain(
                campaign_id=campaign_id,
                pickup_point_id=words["pickup_point_id"].pk,
                text=words["text"],
                key=words["key"],
                now=clock.now(),
                actor=Actor(kind="person", name=str(request.person)),  # type: ignore[attr-defined]
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            page = f"/backoffice/campaigns/{campaign_id}/drafts"
            return done(request, to=page, sentence=_("已生成待确认的单，把链接发给顾客。"))
    reading = read_for(campaign, form.data.get("text", "")) if form.is_bound else None
    rows = shown_rows(reading) if reading else []
    context = desk_context(
        request,
        campaign=campaign,
        form=form,
        reading=reading,
        rows=rows,
        columns=COLUMNS,
        clear=reading.chain.clear if reading else 0,
        unclear=reading.chain.unclear if reading else 0,
        crumbs=_crumbs(campaign.name, campaign_id, _("粘贴接龙")),
    )
    return render(request, "backoffice/campaign_paste.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_safe
@staff_only
def drafts(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show what waits for neighbours to confirm, each with its link."""
    campaign = campaign_with_id(campaign_id)
    rows = [{"draft": draft, "link": request.build_absolute_uri(way_to(draft))} for draft in drafts_of(campaign)]
    waiting = [row for row in rows if not row["draft"].order_id and not row["draft"].withdrawn_at]  # type: ignore[attr-defined]
    context = desk_context(
        request,
        campaign=campaign,
        rows=rows,
        columns=DRAFT_COLUMNS,
        text="\n".join(f"{row['draft'].number}. {row['draft'].name} {row['link']}" for row in waiting),  # type: ignore[attr-defined]
        crumbs=_crumbs(campaign.name, campaign_id, _("待确认的单")),
    )
    return render(request, "backoffice/campaign_drafts.html", context)


@require_POST
@staff_only
@changers_only
def withdraw(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Take a draft back."""
    draft = withdraw_draft(draft_id=draft_id, now=clock.now())
    page = f"/backoffice/campaigns/{draft.pasted.campaign_id}/drafts"
    return done(request, to=page, sentence=_("已撤回，链接失效。"))


def _crumbs(name: str, campaign_id: UUID, here: str) -> list[tuple[str, str]]:
    return [(_("团期"), "/backoffice/campaigns"), (name, f"/backoffice/campaigns/{campaign_id}"), (here, "")]
