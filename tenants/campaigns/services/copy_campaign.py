"""昨日清单: yesterday's list again, with today's times."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tenants.campaigns.models import Campaign, CampaignItem
from tenants.campaigns.reach import copy_reach
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.catalog.models import ProductState
from tenants.journal.services import Actor, record

_COPIED = (
    "sku_id",
    "price_minor",
    "strike_minor",
    "quota",
    "per_member_limit",
    "commission_ppm",
    "min_form_quantity",
    "position",
)


def copy_campaign(
    *,
    campaign_id: UUID,
    name: str,
    opens_at: datetime,
    cutoff_at: datetime,
    pickup_date: date,
    now: datetime,
    by_name: str,
) -> Campaign:
    """Make a draft of a list at new times, without what has left the shelf since. :raises CampaignMissing:"""
    with transaction.atomic(durable=True):
        source = campaign_with_id(campaign_id)
        copied = Campaign(
            name=name,
            opens_at=opens_at,
            cutoff_at=cutoff_at,
            pickup_date=pickup_date,
            created_at=now,
            created_by=by_name,
        )
        write_copy(source=source, copied=copied, items=goods_still_sold(source))
        actor = Actor(kind="person", name=by_name)
        record(what="campaign.copied", subject=copied, at=now, actor=actor, source=str(source.pk))
    return copied


def goods_still_sold(source: Campaign) -> QuerySet[CampaignItem]:
    """List what a list offers and has not left the shelf since, in its order."""
    still_sold = CampaignItem.objects.filter(
        campaign=source, sku__is_active=True, sku__product__state=ProductState.ON_SALE
    )
    return still_sold.select_related("sku__product")


def write_copy(*, source: Campaign, copied: Campaign, items: Iterable[CampaignItem]) -> None:
    """Write a new list with the rules, these items and the reach of another, in the caller's transaction."""
    later = copied.cutoff_at - source.cutoff_at
    for field in ("kind", "shows_names", "team_size", "team_hours", "deposit_percent", "keeps_deposit", "notice"):
        setattr(copied, field, getattr(source, field))
    copied.balance_from = source.balance_from and source.balance_from + later
    copied.balance_until = source.balance_until and source.balance_until + later
    copied.save(force_insert=True)
    CampaignItem.objects.bulk_create(
        CampaignItem(campaign=copied, **{field: getattr(item, field) for field in _COPIED}) for item in items
    )
    copy_reach(source=source, copied=copied)
