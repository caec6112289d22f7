"""Questions about the stock."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Product, ProductState, Sku
from tenants.catalog.search_words import wanted_words
from tenants.catalog.services.import_goods.plan import StockNow
from tenants.inventory.models import Stock, StockMove

FEW = 5  # pieces at which a shopkeeper should think of ordering more


class SkuMissing(Refused):
    """There is no such SKU in this store."""

    code, kind, sentence = "sku_missing", Kind.MISSING, _("没有找到这个规格。")


def stock_of(sku_ids: Iterable[UUID]) -> dict[UUID, StockNow]:
    """Say what is there and what is promised, by SKU; one without a stock row is left out."""
    rows = Stock.objects.filter(sku__in=list(sku_ids)).values_list("sku_id", "on_hand", "reserved")
    return {sku_id: StockNow(on_hand, reserved) for sku_id, on_hand, reserved in rows}


def products_with_stock(products: QuerySet[Product]) -> QuerySet[Product]:
    """Add each product's ``available`` pieces and its ``lowest_minor`` price, to be shown and sorted by."""
    stock = Stock.objects.filter(sku__product=OuterRef("pk"), sku__is_active=True).order_by()
    left = stock.values("sku__product").annotate(left=Sum(F("on_hand") - F("reserved"))).values("left")
    skus = Sku.objects.filter(product=OuterRef("pk"), is_active=True).order_by()
    lowest = skus.values("product").annotate(lowest=Min("price_minor")).values("lowest")
    return products.annotate(available=Coalesce(Subquery(left), 0), lowest_minor=Subquery(lowest))


def skus_with_stock(*, query: str = "", level: str = "") -> QuerySet[Sku]:
    """List the SKUs in use with ``on_hand``, ``reserved`` and ``left``; ``level`` "none" or "few" keeps the scarce."""
    skus: QuerySet[Sku] = Sku.objects.filter(is_active=True).exclude(product__state=ProductState.OFF_SHELF)
    for word in wanted_words(query):
        skus = skus.filter(Q(product__search_text__contains=word) | Q(label__icontains=word))
    skus = _counted(skus).select_related("product", "product__category")
    return skus.filter(**_LEVELS.get(level, {}))


def counts_by_level(*, query: str = "") -> dict[str, int]:
    """Count the SKUs that are out, nearly out, and all of them (key "")."""
    counted = skus_with_stock(query=query)
    counts: dict[str, int] = counted.aggregate(
        all=Count("pk"), none=Count("pk", filter=Q(left__lte=0)), few=Count("pk", filter=Q(left__gt=0, left__lte=FEW))
    )
    return {"": counts["all"], "none": counts["none"], "few": counts["few"]}


def sku_with_stock(sku_id: UUID) -> Sku:
    """Fetch a SKU with ``on_hand``, ``reserved`` and ``left``. :raises SkuMissing:"""
    sku: Sku | None = _counted(Sku.objects.select_related("product")).filter(pk=sku_id).first()
    if sku is None:
        raise SkuMissing
    return sku


def moves_of(sku_id: UUID, *, limit: int = 100) -> list[StockMove]:
    """List a SKU's latest moves, newest first."""
    return list(StockMove.objects.filter(sku_id=sku_id).order_by("-at", "-id")[:limit])


def _counted(skus: QuerySet[Sku]) -> QuerySet[Sku]:
    on_hand, reserved = Coalesce(F("stock__on_hand"), 0), Coalesce(F("stock__reserved"), 0)
    return skus.annotate(on_hand=on_hand, reserved=reserved, left=on_hand - reserved)


_LEVELS: dict[str, dict[str, Any]] = {"none": {"left__lte": 0}, "few": {"left__gt": 0, "left__lte": FEW}}


def stock_rows(*, after: UUID | None, limit: int) -> list[Stock]:
    """List stock rows with their SKUs in the order of the SKUs' ids, from behind ``after``, in one statement."""
    rows = Stock.objects.select_related("sku").filter(sku__is_active=True)
    if after:
        rows = rows.filter(sku_id__gt=after)
    return list(rows.order_by("sku_id")[:limit])
