"""The one statement that takes from a quota or gives back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import sql

# As in inventory's move_stock: rows locked in the order of their id, the guard read again after the wait. The
# campaign's key is shared, so that whoever cuts it off or calls it off waits for this order, or this order for them.
_CHANGE = """
WITH wanted AS (
    SELECT item_id, sum(taken)::int AS taken, sum(sold)::int AS sold
    FROM unnest(%(items)s::uuid[], %(taken)s::int[], %(sold)s::int[]) AS asked(item_id, taken, sold) GROUP BY item_id
), held AS (
    SELECT i.id,
           c.state = 'published' AND c.opens_at <= %(open_at)s::timestamptz AND c.cutoff_at > %(open_at)s::timestamptz
           AND c.locked_at IS NULL AS is_open
    FROM campaigns_campaignitem i JOIN wanted w ON w.item_id = i.id JOIN campaigns_campaign c ON c.id = i.campaign_id
    ORDER BY i.id FOR NO KEY UPDATE OF i FOR KEY SHARE OF c
), changed AS (
    UPDATE campaigns_campaignitem i SET taken = i.taken + w.taken, sold = i.sold + w.sold
    FROM wanted w JOIN held ON held.id = w.item_id
    WHERE i.id = held.id AND (held.is_open OR %(open_at)s::timestamptz IS NULL)
      AND (w.taken <= 0 OR i.quota IS NULL OR i.taken + w.taken <= i.quota)
      AND i.taken + w.taken >= 0 AND i.sold + w.sold >= 0
    RETURNING i.id
)
SELECT w.item_id FROM wanted w LEFT JOIN changed ON changed.id = w.item_id WHERE changed.id IS NULL
"""


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """By how much one campaign item changes: ``taken`` counts what is reserved or sold, ``sold`` what is paid."""

    item_id: UUID
    taken: int = 0
    sold: int = 0


class QuotaShort(Refused):
    """Some items are used up, or no longer on sale. ``items`` says which."""

    code, kind, sentence = "quota_short", Kind.CONFLICT, _("限量已抢完。")

    def __init__(self, items: frozenset[UUID]) -> None:
        super().__init__()
        self.items = items


def change_quota(*, changes: Sequence[QuotaChange], open_at: datetime | None = None) -> None:
    """Take from quotas or give back, in the caller's transaction.

    With ``open_at`` only items of campaigns open at that moment may change. After a refusal some items may have
    been changed: the caller must roll back.

    :raises QuotaShort:
    """
    short = sql.run_often(
        _CHANGE,
        {
            "items": [change.item_id for change in changes],
            "taken": [change.taken for change in changes],
            "sold": [change.sold for change in changes],
            "open_at": open_at,
        },
    )
    if short:
        raise QuotaShort(frozenset(row["item_id"] for row in short))
