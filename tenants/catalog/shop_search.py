"""What shoppers find among the goods on offer, in one statement a page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tenants.catalog.models import ProductState
from tenants.catalog.offering import only_on_offer, wall_at
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
    found = products_matching(query=query, state=ProductState.ON_SALE, category_id=category_id, tag_id=tag_id)
    found = only_on_offer(found.filter(pk__in=product_ids), wall_at(now, timezone=timezone), path="")
    best: QuerySet[Any] = ranked(found, query=query)
    if after is not None:
        rank, last = after
        best = best.filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=last))
    rows = best.order_by("rank", "pk").values_list("pk", "rank", worn_tags())[:limit]
    return [FoundProduct(key, rank, worn_tags) for key, rank, worn_tags in rows]
