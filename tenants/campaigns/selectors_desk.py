"""Reading group buys for those who run them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState, Repetition
from tenants.catalog.models import ProductState, Sku
from tenants.inventory.selectors import pieces_left, pieces_planned

SHOWN_STATES = ("draft", "scheduled", "open", "paused", "closed", "cancelled")


class CampaignMissing(Refused):
    """There is no such group buy in this store."""

    code, kind, sentence = "campaign_missing", Kind.MISSING, _("没有找到这个团期。")


def campaign_with_id(campaign_id: UUID) -> Campaign:
    """Read one campaign. :raises CampaignMissing:"""
    campaign: Campaign | None = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise CampaignMissing
    return campaign


def lock_campaign(campaign_id: UUID) -> Campaign:
    """Read one campaign for changing it, so that two editors take turns. :raises CampaignMissing:"""
    campaign: Campaign | None = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        raise CampaignMissing
    return campaign


def repetition_of(campaign: Campaign) -> Repetition | None:
    """Find the rule by which a list opens again, if it has one and is its latest."""
    return Repetition.objects.filter(campaign=campaign).first()


def repetitions_in_trouble() -> list[Repetition]:
    """List the rules by which nothing was opened the last time, with their latest lists."""
    return list(Repetition.objects.exclude(problem="").select_related("campaign").order_by("pk"))


def campaigns_for_desk(*, state: str = "", query: str = "", now: datetime) -> QuerySet[Campaign]:
    """List campaigns, latest cut-off first, each with ``goods``, ``pieces_taken`` and ``pieces_sold``."""
    found = Campaign.objects.annotate(
        goods=Count("items"),
        pieces_taken=Coalesce(Sum("items__taken"), 0),
        pieces_sold=Coalesce(Sum("items__sold"), 0),
    )
    if query:
        found = found.filter(name__icontains=query)
    if state:
        found = found.filter(_shown_as(state, now))
    return found.order_by("-cutoff_at", "-id")


def campaigns_page(*, since: datetime | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Campaign]:
    """List campaigns with their items, latest cut-off first, from behind ``after``: two statements a page."""
    found = Campaign.objects.exclude(state=CampaignState.DRAFT).prefetch_related("items")
    if since:
        found = found.filter(cutoff_at__gte=since)
    if after:
        moment, last = after
        found = found.filter(Q(cutoff_at__lt=moment) | Q(cutoff_at=moment, id__gt=last))
    return list(found.order_by("-cutoff_at", "id")[:limit])


def count_campaigns_by_state(*, query: str = "", now: datetime) -> dict[str, int]:
    """Count campaigns by the state a shopper would see; the key "" counts all of them."""
    found = Campaign.objects.filter(name__icontains=query) if query else Campaign.objects.all()
    counted: dict[str, int] = found.aggregate(
        **{state: Count("pk", filter=_shown_as(state, now)) for state in SHOWN_STATES}
    )
    return {"": sum(counted.values()), **counted}


def items_for_desk(campaign: Campaign) -> list[CampaignItem]:
    """List a campaign's items with SKU, product and stock, in the order shoppers see.

    Each has ``unpaid`` (reserved, not paid for), ``left``, the pieces that can still be bought, and ``planned``, how
    many of its SKU may be sold before they are there.
    """
    stock = pieces_left("sku")
    quota_left = Coalesce(F("quota"), F("taken") + stock) - F("taken")
    return list(
        campaign.items.select_related("sku__product")
        .annotate(
            unpaid=F("taken") - F("sold"),
            planned=pieces_planned("sku"),
            left=Greatest(Least(stock, quota_left), Value(0), output_field=IntegerField()),
        )
        .order_by("position", "id")
    )


def latest_campaign(*, now: datetime) -> Campaign | None:
    """Find the list that was on sale last, or still is: 昨日清单, to copy."""
    published = Campaign.objects.filter(state__in=(CampaignState.PUBLISHED, CampaignState.PAUSED), opens_at__lte=now)
    return published.order_by("-opens_at", "-id").first()


def goods_to_offer(*, query: str, without: Collection[UUID], limit: int) -> list[Sku]:
    """Find SKUs on sale by title, label, code or pinyin, with product and stock, newest first."""
    found = Sku.objects.filter(is_active=True, product__state=ProductState.ON_SALE).exclude(pk__in=list(without))
    for word in query.split():
        found = found.filter(
            Q(product__search_text__icontains=word)
            | Q(product__title__icontains=word)
            | Q(label__icontains=word)
            | Q(code__iexact=word)
        )
    found = found.select_related("product").annotate(stock_left=pieces_left("pk"))
    return list(found.order_by("-product__updated_at", "position", "pk")[:limit])


def skus_with_ids(sku_ids: Collection[UUID]) -> dict[UUID, Sku]:
    """Read SKUs with product and stock, whatever their state."""
    return dict(Sku.objects.select_related("product").annotate(stock_left=pieces_left("pk")).in_bulk(list(sku_ids)))


def open_items_short_of_stock(*, now: datetime) -> int:
    """Count items now on sale that nobody can buy: the quota or the stock is used up."""
    on_sale = CampaignItem.objects.filter(_shown_as("open", now, path="campaign__"))
    counted = on_sale.annotate(stock_left=pieces_left("sku"))
    return counted.filter(Q(quota__isnull=False, taken__gte=F("quota")) | Q(stock_left__lte=0)).count()


def _shown_as(state: str, now: datetime, *, path: str = "") -> Q:
    """Write ``Campaign.shown_state`` as a condition."""

    def on(**conditions: Any) -> Q:
        return Q(**{f"{path}{field}": value for field, value in conditions.items()})

    conditions = {
        "draft": on(state=CampaignState.DRAFT),
        "cancelled": on(state=CampaignState.CANCELLED),
        "closed": on(state__in=(CampaignState.PUBLISHED, CampaignState.PAUSED), cutoff_at__lte=now),
        "paused": on(state=CampaignState.PAUSED, cutoff_at__gt=now),
        "open": on(state=CampaignState.PUBLISHED, opens_at__lte=now, cutoff_at__gt=now),
        "scheduled": on(state=CampaignState.PUBLISHED, opens_at__gt=now, cutoff_at__gt=now),
    }
    return conditions[state]
