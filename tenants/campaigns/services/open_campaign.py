"""今日开团: a list goes on sale."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.campaigns.models import Campaign, CampaignState
from tenants.campaigns.services.check_draft import CampaignDraft, check_draft
from tenants.campaigns.services.doubt_strikes import note_doubted_strikes
from tenants.campaigns.services.save_draft import draft_to_write
from tenants.campaigns.services.write_list import write_list
from tenants.journal.services import Actor, record


def open_campaign(*, draft: CampaignDraft, now: datetime, by_name: str, campaign_id: UUID | None = None) -> Campaign:
    """Put a list on sale from its opening time on: a new one, or the saved draft with this id.

    :raises CampaignInvalid, CampaignMissing, AlreadyPublished:
    """
    check_draft(draft=draft, for_sale=True, now=now)
    with transaction.atomic(durable=True):
        campaign = draft_to_write(campaign_id=campaign_id, draft=draft, now=now, by_name=by_name)
        write_list(campaign=campaign, draft=draft)
        campaign.state = CampaignState.PUBLISHED
        campaign.save(update_fields=["state"])
        record(
            what="campaign.opened",
            subject=campaign,
            at=now,
            actor=Actor(kind="person", name=by_name),
            items=len(draft.items),
        )
        note_doubted_strikes(campaign=campaign, draft=draft, now=now, by_name=by_name)
    return campaign
