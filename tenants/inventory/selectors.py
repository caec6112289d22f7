"""Questions about the stock."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.catalog.models import Product, ProductState, Sku
from tenants.catalog.search_words import wanted_words
from tenants.catalog.services.import_goods.plan import StockNow
from tenants.inventory.models import (
    DEFAULT_WAREHOUSE,
    SELLING_BATCHES,
    Batch,
    BatchState,
    ShelfRule,
    SourcingRule,
    Stock,
    StockMove,
    StockTake,
    Transfer,
    Warehouse,
    WarehouseState,
)

FEW = 5  # pieces at which a shopkeeper should think of ordering more, unless the SKU says otherwise
_LEFT = F("on_hand") + F("planned") - F("reserved") - F("held")


class SkuMissing(Refused):
    """There is no such SKU in this store."""

    code, kind, sentence = "sku_missing", Kind.MISSING, _("没有找到这个规格。")


class WarehouseMissing(Refused):
    """There is no such warehouse in this store."""

    code, kind, sentence = "warehouse_missing", Kind.MISSING, _("没有找到这个仓库。")


class BatchMissing(Refused):
    """There is no such batch in this store."""

    code, kind, sentence = "batch_missing", Kind.MISSING, _("没有找到这个批次。")


def store_day(now: datetime) -> date:
    """Say which day it is in the store."""
    return now.astimezone(ZoneInfo(current_store().timezone)).date()


def pieces_planned(path: str) -> Coalesce:
    """Build an expression for how many pieces of the SKU that ``path`` leads to may be sold before they are there."""
    own = Stock.objects.filter(sku=OuterRef(path)).order_by().values("sku")
    planned = own.annotate(pieces=Sum("planned")).values("pieces")
    return Coalesce(Subquery(planned, output_field=IntegerField()), 0)


def pieces_left(path: str) -> CombinedExpression:
    """Build an expression for what can still be sold of the SKU that ``path`` leads to, for a query of any model.

    An order is filled from one warehouse, so it is what the fullest has. A SKU that takes another's stock can be sold
    as often as that stock has its factor.
    """
    most = _serving(path).order_by().values("sku").annotate(most=Max(_LEFT)).values("most")
    return Coalesce(Subquery(most, output_field=IntegerField()), 0) / F(_of_sku(path, "factor"))


def stocks_left(path: str) -> ArraySubquery:
    """Build an expression for where stock lies that the SKU at ``path`` takes, in warehouses of any kind."""
    takes = Coalesce(OuterRef(_of_sku(path, "base_sku")), OuterRef(path))
    return ArraySubquery(Stock.objects.filter(sku=takes).values(json=JSONObject(id="warehouse_id", left=_LEFT)))


def places_serving() -> ArraySubquery:
    """Build an expression for the warehouses that fill orders, with their places; the first one may have no row."""
    places = Warehouse.objects.filter(serves_orders=True, state=WarehouseState.OPEN) | Warehouse.objects.filter(
        pk=DEFAULT_WAREHOUSE
    )
    return ArraySubquery(places.values(json=JSONObject(id="id", name="name", lat="latitude", lng="longitude")))


def _serving(path: str) -> QuerySet[Stock]:
    takes = Coalesce(OuterRef(_of_sku(path, "base_sku")), OuterRef(path))
    others = Warehouse.objects.filter(serves_orders=True, state=WarehouseState.OPEN).values("pk")
    return Stock.objects.filter(Q(warehouse=DEFAULT_WAREHOUSE) | Q(warehouse__in=others), sku=takes)


def sourcing_rule() -> SourcingRule:
    """Read the store's rule; a store that never set one has the usual one, not saved."""
    return SourcingRule.objects.first() or SourcingRule()


def _of_sku(path: str, name: str) -> str:
    return name if path == "pk" else f"{path}__{name}"


def stock_of(sku_ids: Iterable[UUID]) -> dict[UUID, StockNow]:
    """Say what is in the first warehouse and what is promised, by SKU; one without a stock row is left out."""
    stocks = Stock.objects.filter(sku__in=list(sku_ids), warehouse=DEFAULT_WAREHOUSE)
    return {row[0]: StockNow(row[1], row[2]) for row in stocks.values_list("sku_id", "on_hand", "reserved")}


def products_with_stock(products: QuerySet[Product]) -> QuerySet[Product]:
    """Add each product's ``available`` pieces and its ``lowest_minor`` price, to be shown and sorted by."""
    stock = Stock.objects.filter(sku__product=OuterRef("pk"), sku__is_active=True).order_by()
    left = stock.values("sku__product").annotate(left=Sum(_LEFT)).values("left")
    skus = Sku.objects.filter(product=OuterRef("pk"), is_active=True).order_by()
    lowest = skus.values("product").annotate(lowest=Min("price_minor")).values("lowest")
    return products.annotate(available=Coalesce(Subquery(left), 0), lowest_minor=Subquery(lowest))


def skus_with_stock(*, query: str = "", level: str = "", warehouse_id: UUID | None = None) -> QuerySet[Sku]:
    """List the SKUs in use that have stock of their own, with ``on_hand``, ``reserved``, ``held`` and ``left``.

    Of one warehouse or of all.

    ``level`` "none" or "few" keeps the scarce: few is what the SKU's own threshold says, or FEW; "some" what is there.
    """
    skus: QuerySet[Sku] = Sku.objects.filter(is_active=True, base_sku=None).exclude(
        product__state=ProductState.OFF_SHELF
    )
    for word in wanted_words(query):
        skus = skus.filter(Q(product__search_text__contains=word) | Q(label__icontains=word))
    skus = _counted(skus, warehouse_id).select_related("product", "product__category")
    return skus.filter(**_LEVELS.get(level, {}))


def counts_by_level(*, query: str = "", warehouse_id: UUID | None = None) -> dict[str, int]:
    """Count the SKUs that are out, nearly out, and all of them (key "")."""
    counted = skus_with_stock(query=query, warehouse_id=warehouse_id)
    counts: dict[str, int] = counted.aggregate(
        all=Count("pk"),
        none=Count("pk", filter=Q(**_LEVELS["none"])),
        few=Count("pk", filter=Q(**_LEVELS["few"])),
    )
    return {"": counts["all"], "none": counts["none"], "few": counts["few"]}


def skus_running_low() -> int:
    """Count the SKUs that have a threshold of their own and are at or below it, for the to-do list."""
    return Stock.objects.filter(low_at__isnull=False, sku__is_active=True).filter(low_at__gte=_LEFT).count()


def sku_with_stock(sku_id: UUID, *, warehouse_id: UUID | None = None) -> Sku:
    """Fetch a SKU with ``on_hand``, ``reserved``, ``held``, ``planned`` and ``left``. :raises SkuMissing:"""
    sku: Sku | None = _counted(Sku.objects.select_related("product"), warehouse_id).filter(pk=sku_id).first()
    if sku is None:
        raise SkuMissing
    return sku


def stocks_of(sku_id: UUID) -> list[Stock]:
    """List what lies where of a SKU, the first warehouse first."""
    return list(Stock.objects.filter(sku=sku_id).select_related("warehouse").order_by("warehouse_id"))


def moves_of(sku_id: UUID, *, limit: int = 100) -> list[StockMove]:
    """List a SKU's latest moves, newest first, each with its warehouse and batch."""
    moves = StockMove.objects.filter(sku_id=sku_id).select_related("warehouse", "batch")
    return list(moves.order_by("-at", "-id")[:limit])


def warehouses(*, is_open: bool = False) -> list[Warehouse]:
    """List the warehouses, the first one first; ``is_open`` leaves out those that are closed."""
    found = Warehouse.objects.order_by("pk")
    return list(found.filter(state=WarehouseState.OPEN) if is_open else found)


def warehouses_with_pieces() -> QuerySet[Warehouse]:
    """List the warehouses with ``pieces`` that lie there and ``kinds`` of SKUs."""
    kinds = Count("stocks", filter=Q(stocks__on_hand__gt=0))
    return Warehouse.objects.annotate(pieces=Coalesce(Sum("stocks__on_hand"), 0), kinds=kinds).order_by("pk")


def warehouse_with_id(warehouse_id: UUID) -> Warehouse:
    """Fetch a warehouse. :raises WarehouseMissing:"""
    found = Warehouse.objects.filter(pk=warehouse_id).first()
    if found is None:
        raise WarehouseMissing
    return found


def batches_for_desk(
    *, query: str = "", state: str = "", warehouse_id: UUID | None = None, sku_id: UUID | None = None
) -> QuerySet[Batch]:
    """List batches with SKU, product and warehouse, those that end soonest first."""
    found = Batch.objects.select_related("stock__sku__product", "stock__warehouse")
    for word in wanted_words(query):
        found = found.filter(
            Q(lot__icontains=word)
            | Q(stock__sku__product__search_text__contains=word)
            | Q(supplier_name__contains=word)
        )
    if warehouse_id:
        found = found.filter(stock__warehouse=warehouse_id)
    if sku_id:
        found = found.filter(stock__sku=sku_id)
    if state:
        found = found.filter(state=state)
    return found.order_by(F("expires_on").asc(nulls_last=True), "pk")


def count_batches(*, query: str = "", warehouse_id: UUID | None = None) -> dict[str, int]:
    """Count batches by state; the key "" counts all of them."""
    found = batches_for_desk(query=query, warehouse_id=warehouse_id).order_by()
    counts = {row["state"]: row["n"] for row in found.values("state").annotate(n=Count("pk"))}
    return {"": sum(counts.values()), **{state: counts.get(state, 0) for state in BatchState.values}}


def batch_with_id(batch_id: UUID) -> Batch:
    """Fetch a batch with its SKU, product and warehouse. :raises BatchMissing:"""
    found = Batch.objects.select_related("stock__sku__product", "stock__warehouse").filter(pk=batch_id).first()
    if found is None:
        raise BatchMissing
    return found


def batches_ending(*, now: datetime, days: int = 3) -> int:
    """Count the batches for sale that will be over within so many days, for the to-do list."""
    until = store_day(now) + timedelta(days=days)
    return Batch.objects.filter(state__in=SELLING_BATCHES, on_hand__gt=0, expires_on__lte=until).count()


def transfers_for_desk(*, query: str = "", state: str = "") -> QuerySet[Transfer]:
    """List transfers with SKU, product, batch and both warehouses, the latest first."""
    found = Transfer.objects.select_related("sku__product", "from_warehouse", "to_warehouse", "batch")
    for word in wanted_words(query):
        found = found.filter(sku__product__search_text__contains=word)
    return (found.filter(state=state) if state else found).order_by("-sent_at", "-pk")


def takes_for_desk(*, query: str = "", state: str = "") -> QuerySet[StockTake]:
    """List stock-takes with ``kinds`` to count and ``done``, the latest first."""
    found = StockTake.objects.select_related("warehouse").filter(name__icontains=query)
    found = found.annotate(kinds=Count("lines"), done=Count("lines", filter=Q(lines__counted__isnull=False)))
    return (found.filter(state=state) if state else found).order_by("-started_at", "-pk")


def shelf_rule_of(product_id: UUID) -> ShelfRule:
    """Read a product's rule; one that has none gets the rule that asks nothing, not saved."""
    return ShelfRule.objects.filter(product=product_id).first() or ShelfRule(product_id=product_id)


def stock_rows(*, after: UUID | None, limit: int) -> list[Stock]:
    """List the first warehouse's stock rows with their SKUs in the order of the SKUs' ids, in one statement."""
    rows = Stock.objects.select_related("sku").filter(sku__is_active=True, warehouse=DEFAULT_WAREHOUSE)
    if after:
        rows = rows.filter(sku_id__gt=after)
    return list(rows.order_by("sku_id")[:limit])


def _counted(skus: QuerySet[Sku], warehouse_id: UUID | None) -> QuerySet[Sku]:
    stocks = Stock.objects.filter(sku=OuterRef("pk")).order_by()
    if warehouse_id:
        stocks = stocks.filter(warehouse=warehouse_id)

    def summed(name: str) -> Coalesce:
        return Coalesce(Subquery(stocks.values("sku").annotate(n=Sum(name)).values("n")), 0)

    skus = skus.annotate(**{name: summed(name) for name in ("on_hand", "reserved", "held", "planned")})
    low = Coalesce(Subquery(stocks.values("sku").annotate(n=Max("low_at")).values("n")), FEW)
    return skus.annotate(left=F("on_hand") + F("planned") - F("reserved") - F("held"), low=low)


_LEVELS: dict[str, dict[str, Any]] = {
    "none": {"left__lte": 0},
    "few": {"left__gt": 0, "left__lte": F("low")},
    "some": {"left__gt": 0},
}
