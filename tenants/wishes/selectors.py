"""Questions about what members wait for."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tenants.campaigns.models import Campaign, CampaignState
from tenants.campaigns.reach import is_sold_at, reaches_of
from tenants.campaigns.selectors import items_shown
from tenants.catalog.models import Product
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.wishes.models import StockWait


class GoodsBack:
    """What open lists have of some products: asked once, judged for each pickup point."""

    def __init__(self, *, product_ids: Collection[UUID], now: datetime) -> None:
        open_lists = Campaign.objects.filter(state=CampaignState.PUBLISHED, opens_at__lte=now, cutoff_at__gt=now)
        reaches = dict(open_lists.annotate(sold_in=reaches_of("pk")).values_list("pk", "sold_in"))
        self._reaches: dict[UUID, Any] = reaches
        self._items: dict[UUID, list[dict[str, Any]]] = {}
        if reaches and product_ids:
            for item in items_shown(campaign_ids=list(reaches), product_ids=list(product_ids), now=now):
                self._items.setdefault(item["sku_id"], []).append(item)

    def skus_left(self) -> list[UUID]:
        """List the SKUs of which something is left anywhere."""
        return [sku_id for sku_id, items in self._items.items() if any(item["left"] for item in items)]

    def left_at(self, point: PickupPoint | None, *, sku_id: UUID) -> int:
        """Say how many of a SKU can be bought now at a point, or anywhere if none is known."""
        here = [
            item["left"]
            for item in self._items.get(sku_id, [])
            if point is None or is_sold_at(self._reaches[item["campaign_id"]], point)
        ]
        return max(here, default=0)


def waits_of(member: Member) -> list[StockWait]:
    """List what a member still waits for, latest first, with SKU and product."""
    waits = StockWait.objects.filter(member=member, told_at=None).select_related("sku__product")
    return list(waits.order_by("-asked_at", "-pk"))


def with_people_waiting(products: QuerySet[Product]) -> QuerySet[Product]:
    """Add to each product ``people_waiting``: how many members wait for any of its SKUs."""
    waits = StockWait.objects.filter(told_at=None, sku__product=OuterRef("pk")).order_by().values("sku__product")
    people = waits.annotate(people=Count("member", distinct=True)).values("people")
    return products.annotate(people_waiting=Coalesce(Subquery(people), 0))
