"""What group buys asked for goods: as good an evidence of a price as the shelf's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tenants.campaigns.models import CampaignItem, CampaignState
from tenants.catalog.models import Sku
from tenants.catalog.services.price_history import EVIDENCE, Asked, shelf_prices


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


@dataclass(frozen=True, slots=True)
class UnprovenStrike:
    """A struck price above what was really asked, in minor units; None: nothing was asked in those thirty days."""

    sku: Sku
    strike_minor: int
    lowest_minor: int | None


def unproven_strikes(
    *, offered: Mapping[UUID, tuple[int, int]], opens_at: datetime, campaign_id: UUID | None = None
) -> list[UnprovenStrike]:
    """Find which struck prices of a list to come were not really asked in the thirty days before it opens.

    ``offered`` are price and struck price by SKU, in minor units; ``campaign_id`` is the list itself. What the shelf
    asked counts as what other lists asked does, but for this very price: a list of every day goes on asking it. A
    struck price whose source is named at the SKU is proven by that (九不得; decision 0092).
    """
    since = opens_at - EVIDENCE
    lowest: dict[UUID, int] = {}
    others = CampaignItem.objects.filter(
        sku__in=offered, campaign__opens_at__lt=opens_at, campaign__cutoff_at__gt=since
    ).exclude(campaign__state__in=[CampaignState.DRAFT, CampaignState.CANCELLED])
    if campaign_id:
        others = others.exclude(campaign=campaign_id)
    asked = list(others.values_list("sku_id", "price_minor"))
    asked += [(sku_id, one.price_minor) for sku_id, one in shelf_prices(list(offered), since=since, until=opens_at)]
    for sku_id, price in asked:
        if price != offered[sku_id][0]:
            lowest[sku_id] = min(price, lowest.get(sku_id, price))
    skus = Sku.objects.filter(pk__in=offered).select_related("product").in_bulk()
    return [
        UnprovenStrike(skus[sku_id], strike, lowest.get(sku_id))
        for sku_id, (_price, strike) in offered.items()
        if sku_id in skus and not _is_proven(skus[sku_id], strike, lowest.get(sku_id))
    ]


def _is_proven(sku: Sku, strike_minor: int, lowest_minor: int | None) -> bool:
    if sku.strike_source and sku.strike_minor is not None and strike_minor <= sku.strike_minor:
        return True
    return lowest_minor is not None and strike_minor <= lowest_minor
