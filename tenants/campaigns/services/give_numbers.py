"""接龙: a place in a chain, given when it is paid."""

from datetime import datetime
from uuid import UUID

from kit.ids import new_id
from kit.tenancy import sql

# Counted in the payment's own transaction: who rolls back gives the number back, and the next one waits to know. Hence
# no gap and no double, and hence last of all that a payment does.
_GIVE = """
WITH counted AS (
    INSERT INTO campaigns_joincount AS c (id, campaign_id, last) VALUES (%(count_id)s, %(campaign)s, 1)
    ON CONFLICT (campaign_id) DO UPDATE SET last = c.last + 1 RETURNING last
)
INSERT INTO campaigns_join (id, campaign_id, number, order_id, at)
SELECT %(join_id)s, %(campaign)s, last, %(order)s, %(at)s FROM counted RETURNING number
"""


def give_number(*, campaign_id: UUID, order_id: UUID, at: datetime) -> int:
    """Give an order the next number of a chain, in the caller's transaction; once an order."""
    given = sql.run(
        _GIVE, {"count_id": new_id(), "join_id": new_id(), "campaign": campaign_id, "order": order_id, "at": at}
    )
    return int(given[0]["number"])
