"""Changing a list that is on sale or will be."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.check_draft import CampaignDraft, check_draft
from tenants.campaigns.services.doubt_strikes import note_doubted_strikes
from tenants.campaigns.services.write_list import write_list
from tenants.journal.services import Actor, record

# An order promises its pickup day, and was placed after the opening
_PROMISED = {
    "opens_at": _("已有顾客下单，开团时间不能再改。"),
    "pickup_date": _("已有顾客下单，提货日期不能再改。"),
    "kind": _("已有顾客下单，团期类型不能再改。"),
    "deposit_percent": _("已有顾客下单，定金和尾款不能再改。"),
    "balance_from": _("已有顾客下单，定金和尾款不能再改。"),
    "balance_until": _("已有顾客下单，定金和尾款不能再改。"),
    "keeps_deposit": _("已有顾客下单，定金和尾款不能再改。"),
}


class CampaignOver(Refused):
    """The group buy is over or was called off; nothing in it changes any more."""

    code, kind, sentence = "campaign_over", Kind.CONFLICT, _("这个团期已经结束，不能再修改。可以复制一份重新开团。")


class NotPublished(Refused):
    """The group buy is still a draft: it is saved or opened, not edited on sale."""

    code, kind, sentence = "not_published", Kind.CONFLICT, _("这个团期还是草稿，请先发布。")


class Promised(Refused):
    """A time was to change that orders were already placed on; ``fields`` says which."""

    code, kind, sentence = "already_promised", Kind.CONFLICT, _("已有顾客下单，有些内容不能再改。")


def edit_campaign(*, campaign_id: UUID, draft: CampaignDraft, now: datetime, by_name: str) -> Campaign:
    """Change a published list. Orders keep the prices they were placed at.

    :raises CampaignInvalid, CampaignMissing, NotPublished, CampaignOver, Promised, QuotaBelowTaken, MinimumRaised,
        ItemHasOrders:
    """
    check_draft(draft=draft, for_sale=True, now=now)
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        refuse_unless_running(campaign, now=now)
        promised = _broken_promises(campaign, draft)
        if promised:
            raise Promised(fields=promised)
        changes = write_list(campaign=campaign, draft=draft)
        actor = Actor(kind="person", name=by_name)
        record(what="campaign.edited", subject=campaign, at=now, actor=actor, changes=changes)
        if any(change["field"] in ("price_minor", "strike_minor") for change in changes):
            note_doubted_strikes(campaign=campaign, draft=draft, now=now, by_name=by_name)
    return campaign


def refuse_unless_running(campaign: Campaign, *, now: datetime) -> None:
    """Let a published or paused campaign before its cut-off through. :raises NotPublished, CampaignOver:"""
    shown = campaign.shown_state(now)
    if shown == CampaignState.DRAFT:
        raise NotPublished
    if shown in ("closed", CampaignState.CANCELLED):
        raise CampaignOver


def _broken_promises(campaign: Campaign, draft: CampaignDraft) -> dict[str, list[Any]]:
    moved = [field for field in _PROMISED if getattr(campaign, field) != getattr(draft, field)]
    if not moved or not CampaignItem.objects.filter(campaign=campaign, taken__gt=0).exists():
        return {}
    return {field: [_PROMISED[field]] for field in moved}
