"""Keeping a list that is not for sale yet."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignState
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.check_draft import CampaignDraft, check_draft
from tenants.campaigns.services.write_list import write_list
from tenants.journal.services import Actor, record


class AlreadyPublished(Refused):
    """The group buy is out: it is edited, not saved as a draft."""

    code, kind, sentence = "already_published", Kind.CONFLICT, _("这个团期已经发布，不能再存为草稿。")


def save_draft(*, campaign_id: UUID | None, draft: CampaignDraft, now: datetime, by_name: str) -> Campaign:
    """Keep a draft, a new one or the one with this id; shoppers see nothing of it.

    :raises CampaignInvalid, CampaignMissing, AlreadyPublished:
    """
    check_draft(draft=draft, for_sale=False, now=now)
    with transaction.atomic(durable=True):
        campaign = draft_to_write(campaign_id=campaign_id, draft=draft, now=now, by_name=by_name)
        write_list(campaign=campaign, draft=draft)
        if campaign_id is None:
            record(what="campaign.drafted", subject=campaign, at=now, actor=Actor(kind="person", name=by_name))
    return campaign


def draft_to_write(*, campaign_id: UUID | None, draft: CampaignDraft, now: datetime, by_name: str) -> Campaign:
    """Make the row of a new draft, or lock the row of a known one. Needs an open transaction.

    :raises CampaignMissing, AlreadyPublished:
    """
    if campaign_id is None:
        return Campaign.objects.create(
            name=draft.name,
            opens_at=draft.opens_at,
            cutoff_at=draft.cutoff_at,
            pickup_date=draft.pickup_date,
            created_at=now,
            created_by=by_name,
        )
    campaign = lock_campaign(campaign_id)
    if campaign.state != CampaignState.DRAFT:
        raise AlreadyPublished
    return campaign
