"""A group buy that people ordered from is called off, and everybody gets the money back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignState
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.edit_campaign import CampaignOver, refuse_unless_running
from tenants.journal.services import Actor, record


class ReasonNeeded(Refused):
    """Why is not said: neighbours read it beside their refund."""

    code, kind, sentence = "reason_needed", Kind.INVALID, _("请写明取消原因，顾客会在退款里看到。")


def call_off(*, campaign_id: UUID, reason: str, now: datetime, by_name: str) -> Campaign:
    """Call a running group buy off: nobody gets in any more, and ``cut_off`` gives back every line. Safe to repeat.

    :raises CampaignMissing, NotPublished, CampaignOver, ReasonNeeded:
    """
    why = reason.strip()[:100]
    if not why:
        raise ReasonNeeded(fields={"reason": [ReasonNeeded.sentence]})
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        if campaign.state == CampaignState.CANCELLED:
            return campaign
        refuse_unless_running(campaign, now=now)
        if campaign.locked_at is not None:
            raise CampaignOver
        campaign.state, campaign.locked_at, campaign.call_off_reason = CampaignState.CANCELLED, now, why
        campaign.save(update_fields=["state", "locked_at", "call_off_reason"])
        actor = Actor(kind="person", name=by_name)
        record(what="campaign.called_off", subject=campaign, at=now, actor=actor, reason=why)
    return campaign
