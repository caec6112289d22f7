"""Other programs are told that a group buy is over."""

from datetime import datetime, timedelta

from tenants.campaigns.models import Campaign, CampaignState
from tenants.integrations.services.announce import announce

LOOKS_BACK = timedelta(days=1)  # a store that was closed longer tells nothing of it afterwards


def announce_closed(*, now: datetime) -> int:
    """Announce each group buy that was cut off in the last day, early or on time; return how many. Safe to repeat."""
    over = Campaign.objects.filter(
        state__in=(CampaignState.PUBLISHED, CampaignState.PAUSED), cutoff_at__lte=now, cutoff_at__gt=now - LOOKS_BACK
    )
    told = 0
    for campaign in over.order_by("cutoff_at", "pk"):
        about = {
            "campaign_id": str(campaign.pk),
            "name": campaign.name,
            "cutoff_at": campaign.cutoff_at.isoformat(),
            "pickup_date": campaign.pickup_date.isoformat(),
        }
        told += announce(kind="campaign.closed", key=str(campaign.pk), about=about, at=now) is not None
    return told
