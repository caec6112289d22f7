"""What group buys asked for goods: as good an evidence of a price as the shelf's own."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tenants.campaigns.models import CampaignItem, CampaignState
from tenants.catalog.services.price_history import EVIDENCE, Asked


def prices_asked(*, product_id: UUID, now: datetime) -> dict[UUID, Collection[Asked]]:
    """Find the prices at which published lists offered a product's SKUs, by SKU, over a year. One query."""
    found: dict[UUID, list[Asked]] = {}
    items = CampaignItem.objects.filter(
        sku__product=product_id, campaign__opens_at__lte=now, campaign__cutoff_at__gt=now - 12 * EVIDENCE
    ).exclude(campaign__state__in=[CampaignState.DRAFT, CampaignState.CANCELLED])
    for sku_id, price, opens_at, cutoff_at in items.values_list(
        "sku_id", "price_minor", "campaign__opens_at", "campaign__cutoff_at"
    ):
        found.setdefault(sku_id, []).append(Asked(price, opens_at, cutoff_at))
    return dict(found)
