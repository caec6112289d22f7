"""Holding a group buy for a while."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.campaigns.models import Campaign, CampaignState
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.edit_campaign import refuse_unless_running
from tenants.journal.services import Actor, record


def pause_campaign(*, campaign_id: UUID, reason: str, now: datetime, by_name: str) -> Campaign:
    """Take no new orders until it is resumed; who has ordered may still pay. Safe to repeat.

    :raises CampaignMissing, NotPublished, CampaignOver:
    """
    return _switch(campaign_id, CampaignState.PAUSED, "campaign.paused", reason=reason, now=now, by_name=by_name)


def resume_campaign(*, campaign_id: UUID, now: datetime, by_name: str) -> Campaign:
    """Take orders again. Safe to repeat. :raises CampaignMissing, NotPublished, CampaignOver:"""
    return _switch(campaign_id, CampaignState.PUBLISHED, "campaign.resumed", reason="", now=now, by_name=by_name)


def _switch(
    campaign_id: UUID, state: CampaignState, what: str, *, reason: str, now: datetime, by_name: str
) -> Campaign:
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        refuse_unless_running(campaign, now=now)
        if campaign.state != state:
            campaign.state = state
            campaign.save(update_fields=["state"])
            actor = Actor(kind="person", name=by_name)
            record(what=what, subject=campaign, at=now, actor=actor, reason=reason)
    return campaign
