"""The one statement that changes stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ids import new_id
from kit.tenancy import sql
from tenants.inventory.models import MoveKind

# Rows are locked in the order of their SKU, whoever comes first, so that two baskets never wait for each other. The
# guard is read again by PostgreSQL after the wait, so what it allows is true at that moment. One statement, so that
# the row everybody wants is held for one round trip and the commit.
_MOVE = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(skus)s::uuid[], %(on_hand)s::int[], %(reserved)s::int[], %(refs)s::uuid[])
        AS asked(move_id, sku_id, on_hand, reserved, ref_id)
), wanted AS (
    SELECT sku_id, sum(on_hand)::int AS on_hand, sum(reserved)::int AS reserved FROM asked GROUP BY sku_id
), held AS (
    SELECT s.id, s.sku_id, s.on_hand - s.reserved AS available
    FROM inventory_stock s JOIN wanted USING (sku_id) ORDER BY s.sku_id FOR NO KEY UPDATE OF s
), changed AS (
    UPDATE inventory_stock s SET on_hand = s.on_hand + w.on_hand, reserved = s.reserved + w.reserved
    FROM wanted w JOIN held USING (sku_id)
    WHERE s.id = held.id AND s.reserved + w.reserved >= 0 AND s.on_hand + w.on_hand >= s.reserved + w.reserved
    RETURNING s.sku_id
), told AS (
    INSERT INTO inventory_stockmove (id, sku_id, kind, on_hand_delta, reserved_delta, ref_id, reason, by_name, at)
    SELECT a.move_id, a.sku_id, %(kind)s, a.on_hand, a.reserved, a.ref_id, %(reason)s, %(by_name)s, %(at)s
    FROM asked a JOIN changed USING (sku_id)
)
SELECT w.sku_id, coalesce(held.available, 0) AS available
FROM wanted w LEFT JOIN held USING (sku_id) LEFT JOIN changed c USING (sku_id)
WHERE c.sku_id IS NULL
"""


@dataclass(frozen=True, slots=True)
class StockChange:
    """By how much one SKU changes, and what caused it (an order line, an import)."""

    sku_id: UUID
    on_hand_delta: int = 0
    reserved_delta: int = 0
    ref_id: UUID | None = None


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

    :raises StockShort: of a SKU less would be on hand than is promised, or it has no stock at all.
    """
    if not changes:
        return
    short = sql.run(
        _MOVE,
        {
            "ids": [new_id() for _change in changes],
            "skus": [change.sku_id for change in changes],
            "on_hand": [change.on_hand_delta for change in changes],
            "reserved": [change.reserved_delta for change in changes],
            "refs": [change.ref_id for change in changes],
            "kind": kind.value,
            "reason": reason,
            "by_name": by_name,
            "at": at,
        },
    )
    if short:
        raise StockShort({row["sku_id"]: row["available"] for row in short})
