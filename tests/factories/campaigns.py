"""Group buys and what they offer."""

from datetime import date, datetime, timedelta

from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.catalog.models import Sku
from tests.factories.catalog import a_product
from tests.factories.times import NOW, TOMORROW


def an_open_campaign(
    *skus: Sku,
    name: str = "今日开团",
    opens_at: datetime = NOW - timedelta(hours=4),
    cutoff_at: datetime = NOW + timedelta(hours=11),
    pickup_date: date = TOMORROW,
    state: CampaignState = CampaignState.PUBLISHED,
    kind: str = "daily",
) -> Campaign:
    """A campaign that takes orders at ``NOW``, offering the SKUs given at their own prices (one, if none is given)."""
    campaign = Campaign.objects.create(
        name=name,
        kind=kind,
        state=state,
        opens_at=opens_at,
        cutoff_at=cutoff_at,
        pickup_date=pickup_date,
        created_at=NOW,
    )
    for position, sku in enumerate(skus or (a_product(),)):
        an_item_of(campaign, sku, position=position)
    return campaign


def an_item_of(
    campaign: Campaign,
    sku: Sku,
    *,
    price_minor: int | None = None,
    quota: int | None = None,
    per_member_limit: int | None = None,
    commission_ppm: int | None = None,
    position: int = 0,
) -> CampaignItem:
    return CampaignItem.objects.create(
        campaign=campaign,
        sku=sku,
        price_minor=sku.price_minor if price_minor is None else price_minor,
        quota=quota,
        per_member_limit=per_member_limit,
        commission_ppm=commission_ppm,
        position=position,
    )


def an_offer(
    *,
    in_stock: int = 100,
    price_minor: int = 1290,
    title: str = "洛川苹果",
    quota: int | None = None,
    per_member_limit: int | None = None,
    commission_ppm: int | None = None,
) -> CampaignItem:
    """One item of a campaign of its own, open at ``NOW``."""
    sku = a_product(title=title, price_minor=price_minor, in_stock=in_stock)
    item = an_open_campaign(sku).items.get()
    CampaignItem.objects.filter(pk=item.pk).update(
        quota=quota, per_member_limit=per_member_limit, commission_ppm=commission_ppm
    )
    item.refresh_from_db()
    return item


def a_team_offer(
    *, size: int = 3, hours: int = 24, in_stock: int = 100, price_minor: int = 1990, quota: int | None = None
) -> CampaignItem:
    """One item of a campaign of 拼团, open at ``NOW``."""
    item = an_offer(in_stock=in_stock, price_minor=price_minor, title="丹东草莓", quota=quota)
    Campaign.objects.filter(pk=item.campaign_id).update(kind="team", team_size=size, team_hours=hours)
    return CampaignItem.objects.select_related("campaign").get(pk=item.pk)


def a_presale_offer(
    *, percent: int | None = 20, keeps: bool = False, price_minor: int = 10000, in_stock: int = 100
) -> CampaignItem:
    """One item of a presale open at ``NOW``: cut off in a day, balance in the next two, pickup on the fifth."""
    item = an_offer(in_stock=in_stock, price_minor=price_minor, title="阳澄湖大闸蟹")
    cutoff_at = NOW + timedelta(days=1)
    Campaign.objects.filter(pk=item.campaign_id).update(
        kind="presale",
        cutoff_at=cutoff_at,
        pickup_date=TOMORROW + timedelta(days=4),
        deposit_percent=percent,
        balance_from=percent and cutoff_at,
        balance_until=percent and cutoff_at + timedelta(days=2),
        keeps_deposit=keeps,
    )
    return CampaignItem.objects.select_related("campaign").get(pk=item.pk)
