"""The one statement that changes stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ids import new_id
from kit.tenancy import current_store, sql
from tenants.inventory.models import DEFAULT_WAREHOUSE, MoveKind

# Rows are locked in the order of their SKU, whoever comes first, so that two baskets never wait for each other. The
# guard is read again by PostgreSQL after the wait, so what it allows is true at that moment. One statement, so that
# the row everybody wants is held for one round trip and the commit. Batches past their day count as held before the
# task has come to say so (``stale``): nobody buys what is over.
_MOVE = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(skus)s::uuid[], %(warehouses)s::uuid[], %(on_hand)s::int[],
                         %(reserved)s::int[], %(refs)s::uuid[])
        AS asked(move_id, sku_id, warehouse_id, on_hand, reserved, ref_id)
), wanted AS (
    SELECT sku_id, warehouse_id, sum(on_hand)::int AS on_hand, sum(reserved)::int AS reserved
    FROM asked GROUP BY sku_id, warehouse_id
), held AS (
    SELECT s.id, s.sku_id, s.warehouse_id, s.on_hand + s.planned - s.reserved - s.held AS available
    FROM inventory_stock s JOIN wanted USING (sku_id, warehouse_id)
    ORDER BY s.sku_id, s.warehouse_id FOR NO KEY UPDATE OF s
), stale AS (
    SELECT b.stock_id AS id, sum(b.on_hand)::int AS pieces
    FROM inventory_batch b JOIN held ON held.id = b.stock_id
    WHERE b.state IN ('available', 'near_expiry') AND b.expires_on < %(today)s GROUP BY b.stock_id
), changed AS (
    UPDATE inventory_stock s SET on_hand = s.on_hand + w.on_hand, reserved = s.reserved + w.reserved
    FROM wanted w JOIN held USING (sku_id, warehouse_id) LEFT JOIN stale ON stale.id = held.id
    WHERE s.id = held.id AND s.reserved + w.reserved >= 0
      AND s.on_hand + s.planned + w.on_hand >= s.reserved + w.reserved
      AND (w.on_hand >= w.reserved
           OR s.on_hand + s.planned + w.on_hand - s.reserved - w.reserved >= s.held + coalesce(stale.pieces, 0))
    RETURNING s.sku_id, s.warehouse_id
), told AS (
    INSERT INTO inventory_stockmove
        (id, sku_id, warehouse_id, kind, on_hand_delta, reserved_delta, ref_id, reason, by_name, at)
    SELECT a.move_id, a.sku_id, a.warehouse_id, %(kind)s, a.on_hand, a.reserved, a.ref_id, %(reason)s, %(by_name)s,
           %(at)s
    FROM asked a JOIN changed USING (sku_id, warehouse_id)
)
SELECT w.sku_id, greatest(coalesce(held.available, 0) - coalesce(stale.pieces, 0), 0) AS available
FROM wanted w LEFT JOIN held USING (sku_id, warehouse_id) LEFT JOIN changed c USING (sku_id, warehouse_id)
LEFT JOIN stale ON stale.id = held.id
WHERE c.sku_id IS NULL
"""


@dataclass(frozen=True, slots=True)
class StockChange:
    """By how much one SKU changes in one warehouse, and what caused it (an order line, an import)."""

    sku_id: UUID
    on_hand_delta: int = 0
    reserved_delta: int = 0
    ref_id: UUID | None = None
    warehouse_id: UUID = DEFAULT_WAREHOUSE


class StockShort(Refused):
    """Not enough of some SKUs. ``left`` says what is available of each of them now."""

    code, kind, sentence = "stock_short", Kind.CONFLICT, _("库存不足。")

    def __init__(self, left: dict[UUID, int]) -> None:
        super().__init__()
        self.left = left


def move_stock(
    *, kind: MoveKind, changes: Sequence[StockChange], at: datetime, reason: str = "", by_name: str = ""
) -> None:
    """Change the stock of several SKUs and write the moves that explain it, in the caller's transaction.

    Call it last before commit. After a refusal some SKUs may have been changed: the caller must roll back.

    :raises StockShort: of a SKU less would be on hand than is promised or held back, or it has no stock at all.
    """
    if not changes:
        return
    short = sql.run_often(
        _MOVE,
        {
            "ids": [new_id() for _change in changes],
            "skus": [change.sku_id for change in changes],
            "warehouses": [change.warehouse_id for change in changes],
            "on_hand": [change.on_hand_delta for change in changes],
            "reserved": [change.reserved_delta for change in changes],
            "refs": [change.ref_id for change in changes],
            "kind": kind.value,
            "reason": reason,
            "by_name": by_name,
            "at": at,
            "today": at.astimezone(ZoneInfo(current_store().timezone)).date(),
        },
    )
    if short:
        raise StockShort({row["sku_id"]: row["available"] for row in short})
