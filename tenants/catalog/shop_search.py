"""What shoppers find among the goods on offer, in one statement a page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from tenants.catalog.models import ProductState
from tenants.catalog.selectors import products_matching, ranked, worn_tags


@dataclass(frozen=True)
class FoundProduct:
    """A product found, its rank (smaller is better) and its tags as ``{"id", "name", "color"}``."""

    id: UUID
    rank: int
    tags: list[dict[str, Any]]


def found_for_shoppers(
    *,
    product_ids: Collection[UUID],
    query: str,
    category_id: UUID | None,
    tag_id: UUID | None,
    now: datetime,
    timezone: str,
    after: tuple[int, UUID] | None,
    limit: int | None,
) -> list[FoundProduct]:
    """Find among these products those that fit and whose window is open now, best first, after a place in the list."""
    if not product_ids:
        return []
    here = now.astimezone(ZoneInfo(timezone))
    wall = here.time()
    found = products_matching(query=query, state=ProductState.ON_SALE, category_id=category_id, tag_id=tag_id).filter(
        Q(sale_from__isnull=True) | Q(sale_from__lte=now),
        Q(sale_until__isnull=True) | Q(sale_until__gt=now),
        Q(sale_time_from__isnull=True) | Q(sale_time_from__lte=wall, sale_time_until__gt=wall),
        pk__in=product_ids,
    )
    found = found.annotate(today=F("sale_weekdays").bitand(1 << here.weekday())).filter(today__gt=0)
    best: QuerySet[Any] = ranked(found, query=query)
    if after is not None:
        rank, last = after
        best = best.filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=last))
    rows = best.order_by("rank", "pk").values_list("pk", "rank", worn_tags())[:limit]
    return [FoundProduct(key, rank, worn_tags) for key, rank, worn_tags in rows]
