"""Goods that can be bought now in an order that the lists decide: by price, or by what sold best."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy import current_store
from tenants.campaigns.goods_on_offer import OfferedProduct
from tenants.campaigns.selectors import campaigns_for_shoppers
from tenants.catalog.shop_search import found_for_shoppers


class Sort(models.TextChoices):
    """What shoppers sort by."""

    CHEAPEST = "price", _("价格从低到高")
    DEAREST = "-price", _("价格从高到低")
    SALES = "sales", _("销量从高到低")


@dataclass(frozen=True, slots=True)
class PlacedProduct:
    """A product on offer and its place in the order asked for: smaller comes first."""

    offered: OfferedProduct
    place: int


def offered_now(*, now: datetime, pickup_point_id: UUID | None) -> dict[UUID, tuple[UUID, list[dict[str, Any]]]]:
    """Say by product in which open list of a point it is, and its items there."""
    offered: dict[UUID, tuple[UUID, list[dict[str, Any]]]] = {}
    for campaign in campaigns_for_shoppers(now=now, pickup_point_id=pickup_point_id):
        if campaign["state"] != "open":
            continue
        for item in campaign["items"]:
            campaign_id, items = offered.setdefault(item["product_id"], (campaign["id"], []))
            if campaign_id == campaign["id"]:
                items.append(item)
    return offered


def goods_sorted(
    *,
    now: datetime,
    pickup_point_id: UUID | None,
    query: str,
    category_id: UUID | None,
    tag_id: UUID | None,
    by: str,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[PlacedProduct]:
    """List what fits among the goods on offer, sorted, from behind a place: the statements of one list, one search.

    A product of several SKUs counts by the cheapest of them, and by all that was sold of them.
    """
    offered = offered_now(now=now, pickup_point_id=pickup_point_id)
    found = found_for_shoppers(
        product_ids=list(offered),
        query=query,
        category_id=category_id,
        tag_id=tag_id,
        now=now,
        timezone=current_store().timezone,
        after=None,
        limit=None,
    )
    placed = [
        PlacedProduct(OfferedProduct(one.id, one.tags, *offered[one.id]), _place(offered[one.id][1], by))
        for one in found
    ]
    placed.sort(key=lambda one: (one.place, one.offered.id))
    return [one for one in placed if after is None or (one.place, one.offered.id) > after][:limit]


def _place(items: list[dict[str, Any]], by: str) -> int:
    if by == Sort.SALES:
        sold: int = sum(item["sold"] for item in items)
        return -sold
    cheapest: int = min(item["price_minor"] for item in items)
    return -cheapest if by == Sort.DEAREST else cheapest
