"""The plain list of goods that can be bought now: a page is cut in the database, whatever is on offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from kit.tenancy import current_store
from kit.tenancy.kept import Rows, kept
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.reach import hidden_at, sold_at
from tenants.campaigns.selectors import items_shown
from tenants.catalog.models import Product, ProductState
from tenants.catalog.offering import Wall, only_on_offer, wall_at
from tenants.catalog.selectors import worn_tags


@dataclass(frozen=True, slots=True)
class OfferedProduct:
    """A product, its tags, and its items in the open list that is cut off first (as lists show them)."""

    id: UUID
    tags: list[dict[str, Any]]
    campaign_id: UUID
    items: list[dict[str, Any]]


def goods_on_offer(
    *, now: datetime, pickup_point_id: UUID | None, after: UUID | None, limit: int
) -> list[OfferedProduct]:
    """List what an open list of this point offers, by id, from behind ``after``: three statements at most."""
    lists = {row["pk"]: row["cutoff_at"] for row in _open_lists(now=now, point_id=pickup_point_id)}
    if not lists:
        return []
    wall = wall_at(now, timezone=current_store().timezone)
    found = _products(
        campaign_ids=list(lists),
        point_id=pickup_point_id,
        after=after,
        limit=Rows(limit),
        now=now,
        weekday=wall.weekday,
        day_before=wall.day_before,
        hour=wall.hour,
    )
    items: dict[UUID, list[dict[str, Any]]] = {}
    shown = items_shown(
        campaign_ids=list(lists), product_ids=[row["pk"] for row in found], point_id=pickup_point_id, now=now
    )
    for item in shown:
        items.setdefault(item["product_id"], []).append(item)
    return [_offered(row, items[row["pk"]], lists) for row in found if row["pk"] in items]


def _offered(row: dict[str, Any], items: list[dict[str, Any]], lists: dict[UUID, datetime]) -> OfferedProduct:
    if len(lists) == 1:  # as on most days
        return OfferedProduct(row["pk"], row["worn"], items[0]["campaign_id"], items)
    first = min({item["campaign_id"] for item in items}, key=lambda pk: (lists[pk], pk))
    return OfferedProduct(row["pk"], row["worn"], first, [one for one in items if one["campaign_id"] == first])


@kept
def _open_lists(*, now: datetime, point_id: UUID | None) -> QuerySet[Any, Any]:
    lists = Campaign.objects.filter(state=CampaignState.PUBLISHED, opens_at__lte=now, cutoff_at__gt=now)
    if point_id:
        lists = lists.filter(sold_at(point_id))
    ends: QuerySet[Any, Any] = lists.values("pk", "cutoff_at")
    return ends


@kept
def _products(
    *,
    campaign_ids: Sequence[UUID],
    point_id: UUID | None,
    after: UUID | None,
    limit: Rows,
    now: datetime,
    weekday: int,
    day_before: int,
    hour: time,
) -> QuerySet[Any, Any]:
    offered = CampaignItem.objects.filter(campaign__in=campaign_ids, sku__product=OuterRef("pk"), sku__is_active=True)
    if point_id:
        offered = offered.filter(~hidden_at(point_id))
    products = Product.objects.filter(Exists(offered), state=ProductState.ON_SALE)
    if after:
        products = products.filter(pk__gt=after)
    on_offer = only_on_offer(products, Wall(now, weekday, day_before, hour), path="").annotate(worn=worn_tags())
    page: QuerySet[Any, Any] = on_offer.order_by("pk").values("pk", "worn")[:limit]
    return page
