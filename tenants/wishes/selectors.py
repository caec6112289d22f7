"""Questions about what members wait for."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.reach import hidden_at, sold_at
from tenants.campaigns.selectors import items_shown
from tenants.catalog.models import Product
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.wishes.models import StockWait


class GoodsBack:
    """What open lists have of some products: asked once, and once more for each pickup point that is asked about."""

    def __init__(self, *, product_ids: Collection[UUID], now: datetime) -> None:
        self._lists = Campaign.objects.filter(state=CampaignState.PUBLISHED, opens_at__lte=now, cutoff_at__gt=now)
        self._items: dict[UUID, list[dict[str, Any]]] = {}
        self._sold_at: dict[UUID, set[UUID]] = {}
        lists = list(self._lists.values_list("pk", flat=True)) if product_ids else []
        if lists:
            for item in items_shown(campaign_ids=lists, product_ids=list(product_ids), now=now):
                if item["available"]:
                    self._items.setdefault(item["sku_id"], []).append(item)

    def skus_left(self) -> list[UUID]:
        """List the SKUs of which something is left anywhere."""
        return list(self._items)

    def left_at(self, point: PickupPoint | None, *, sku_id: UUID) -> int:
        """Say how many of a SKU can be bought now at a point, or anywhere if none is known."""
        items = self._items.get(sku_id, [])
        if point and items:
            items = [item for item in items if item["id"] in self._items_at(point)]
        return max((item["available"] for item in items), default=0)

    def _items_at(self, point: PickupPoint) -> set[UUID]:
        if point.pk not in self._sold_at:
            left = [item["id"] for items in self._items.values() for item in items]
            here = CampaignItem.objects.filter(pk__in=left, campaign__in=self._lists.filter(sold_at(point.pk)))
            self._sold_at[point.pk] = set(here.exclude(hidden_at(point.pk)).values_list("pk", flat=True))
        return self._sold_at[point.pk]


def waits_of(member: Member) -> list[StockWait]:
    """List what a member still waits for, latest first, with SKU and product."""
    waits = StockWait.objects.filter(member=member, told_at=None).select_related("sku__product")
    return list(waits.order_by("-asked_at", "-pk"))


def with_people_waiting(products: QuerySet[Product]) -> QuerySet[Product]:
    """Add to each product ``people_waiting``: how many members wait for any of its SKUs."""
    waits = StockWait.objects.filter(told_at=None, sku__product=OuterRef("pk")).order_by().values("sku__product")
    people = waits.annotate(people=Count("member", distinct=True)).values("people")
    return products.annotate(people_waiting=Coalesce(Subquery(people), 0))
