"""Stock counts of many SKUs in one go: opening stock, imports."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.inventory.models import DEFAULT_WAREHOUSE, MoveKind, Stock, StockMove
from tenants.inventory.services.adjust_stock import CountedBelowReserved


def set_counts(*, counts: Mapping[UUID, int], reason: str, ref_id: UUID | None, by_name: str, now: datetime) -> int:
    """Set what is there of each SKU to its count, all or none, and say how many counts moved.

    Rows are locked in the order of their SKUs, as orders do. A first count is a delivery, any other an adjustment.

    :raises CountedBelowReserved: for one of them; nothing was written.
    """
    with transaction.atomic():
        missing = set(counts) - set(
            Stock.objects.filter(sku__in=counts, warehouse=DEFAULT_WAREHOUSE).values_list("sku_id", flat=True)
        )
        Stock.objects.bulk_create([Stock(sku_id=sku_id) for sku_id in sorted(missing)], ignore_conflicts=True)
        rows = list(
            Stock.objects.select_for_update().filter(sku__in=counts, warehouse=DEFAULT_WAREHOUSE).order_by("sku_id")
        )
        moved = [row for row in rows if row.on_hand != counts[row.sku_id]]
        moves = []
        for row in moved:
            counted = counts[row.sku_id]
            if counted + row.planned < row.reserved:
                raise CountedBelowReserved(reserved=row.reserved, sku_id=str(row.sku_id))
            moves.append(
                StockMove(
                    sku_id=row.sku_id,
                    kind=MoveKind.RECEIVE if row.sku_id in missing else MoveKind.ADJUST,
                    on_hand_delta=counted - row.on_hand,
                    reason=reason[:120],
                    ref_id=ref_id,
                    by_name=by_name,
                    at=now,
                )
            )
            row.on_hand = counted
        Stock.objects.bulk_update(moved, ["on_hand"], batch_size=1000)
        StockMove.objects.bulk_create(moves, batch_size=1000)
    return len(moved)
