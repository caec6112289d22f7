"""Moving facts out of a store's outbox into billing, exactly once."""

from datetime import datetime

import structlog
from django.db import connection, transaction

from billing.selectors import WITHOUT_SCHEMA
from billing.services.lock_usage import lock_usage
from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control

log = structlog.get_logger(__name__)
BATCH = 5000

# The one statement of the house that touches two planes. Taken and put down in one transaction, a fact can be neither
# lost nor doubled; a fact that was restored into the outbox meets the unique key and is dropped.
_MOVE = """
WITH taken AS (
    DELETE FROM "{schema}".journal_outboxfact WHERE id IN (
        SELECT id FROM "{schema}".journal_outboxfact ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    RETURNING id, meter, event_key, amount_minor, currency, occurred_at, payload
), kept AS (
    INSERT INTO public.billing_usageevent (id, merchant_id, meter, event_key, amount_minor, currency, occurred_at,
                                           ref_event_key, payload, collected_at, problem)
    SELECT id, %(merchant)s, meter, event_key, amount_minor, currency, occurred_at,
           left(coalesce(payload ->> 'ref_event_key', ''), 120), payload, %(now)s, ''
    FROM taken ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING id, merchant_id
), queued AS (
    INSERT INTO public.billing_waitingusage (event_id, merchant_id) SELECT id, merchant_id FROM kept
)
SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM kept)
"""


def collect_usage(*, store: StoreRef, now: datetime, batch: int = BATCH) -> int:
    """Empty a store's outbox into billing's usage events and return how many were new. Safe to repeat and to race."""
    new = 0
    while True:
        taken, kept = _move_a_batch(store, now, batch)
        new += kept
        if taken > kept:
            log.warning("usage_seen_before", store=store.slug, dropped=taken - kept)
        if taken < batch:
            return new


def collect_here(*, merchant: Merchant, now: datetime) -> int:
    """Empty a merchant's outbox if it has one in this cell; from another cell the facts come by themselves."""
    if merchant.cell or merchant.state in WITHOUT_SCHEMA:
        return 0
    return collect_usage(store=merchant.ref, now=now)


def _move_a_batch(store: StoreRef, now: datetime, batch: int) -> tuple[int, int]:
    with in_control(), transaction.atomic(durable=True), connection.cursor() as cursor:
        lock_usage(merchant_id=store.merchant_id)
        # StoreRef checked the schema's form when it was made; a name cannot be a bound parameter
        cursor.execute(_MOVE.format(schema=store.schema), {"batch": batch, "merchant": store.merchant_id, "now": now})
        taken, kept = cursor.fetchone()
    return taken, kept
