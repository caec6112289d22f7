"""Whether goods can be got ready for the day a list is fetched on."""

from django.utils.translation import gettext as _

from kit.tenancy import current_store
from kit.web.format import day
from tenants.campaigns.models import CampaignItem
from tenants.catalog.offering import ready_on


def lead_sentence(item: CampaignItem) -> str:
    """Say that the list's pickup day comes before the goods are ready, or nothing."""
    product, campaign = item.sku.product, item.campaign
    ready = ready_on(product, cutoff_at=campaign.cutoff_at, timezone=current_store().timezone)
    if not product.lead_days or campaign.pickup_date >= ready:
        return ""
    words = {"days": product.lead_days, "day": day(ready)}
    return _("截单后要备货 %(days)s 天，最早 %(day)s 能提，赶不上这一团") % words
