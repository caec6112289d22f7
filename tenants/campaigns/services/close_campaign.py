"""Ending a group buy before its time: cutting it off early, or calling it off before anybody ordered."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.edit_campaign import CampaignOver, refuse_unless_running
from tenants.journal.services import Actor, record


class NotOpenYet(Refused):
    """It has not opened: there is nothing to cut off, it can be called off."""

    code, kind, sentence = "not_open_yet", Kind.CONFLICT, _("团期还没有开始，可以直接取消。")


class HasOrders(Refused):
    """Somebody ordered: calling it off has to give their money back too."""

    code, kind, sentence = "has_orders", Kind.CONFLICT, _("已有顾客下单，取消团期要同时退款。")


def close_early(*, campaign_id: UUID, now: datetime, by_name: str) -> Campaign:
    """Cut off now. Orders placed stay; those not paid yet may still be paid in the minutes of grace.

    :raises CampaignMissing, NotPublished, CampaignOver, NotOpenYet:
    """
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        refuse_unless_running(campaign, now=now)
        if now <= campaign.opens_at:
            raise NotOpenYet
        planned, campaign.cutoff_at = campaign.cutoff_at, now
        campaign.save(update_fields=["cutoff_at"])
        actor = Actor(kind="person", name=by_name)
        record(what="campaign.closed_early", subject=campaign, at=now, actor=actor, planned=planned.isoformat())
    return campaign


def cancel_campaign(*, campaign_id: UUID, now: datetime, by_name: str) -> Campaign:
    """Call off a draft, or a list nobody has ordered from. Safe to repeat.

    :raises CampaignMissing, CampaignOver, HasOrders:
    """
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        shown = campaign.shown_state(now)
        if shown == CampaignState.CANCELLED:
            return campaign
        if shown == "closed":
            raise CampaignOver
        if CampaignItem.objects.filter(campaign=campaign, taken__gt=0).exists():
            raise HasOrders
        campaign.state = CampaignState.CANCELLED
        campaign.save(update_fields=["state"])
        record(what="campaign.cancelled", subject=campaign, at=now, actor=Actor(kind="person", name=by_name))
    return campaign
