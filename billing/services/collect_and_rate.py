"""A sweep over all stores: what happened there becomes fees here."""

from datetime import datetime

import structlog

from billing.selectors import working_stores
from billing.services.collect_usage import collect_usage
from billing.services.rate_usage import rate_usage

log = structlog.get_logger(__name__)


def collect_and_rate(*, now: datetime) -> int:
    """Empty every store's outbox and rate what was in it; return how many events got a fee. Safe to repeat.

    A store that fails is reported and passed over; its facts stay where they are until the next sweep.
    """
    rated = 0
    for store in working_stores():
        try:
            collect_usage(store=store, now=now)
            rated += rate_usage(merchant_id=store.merchant_id, now=now)
        except Exception:
            log.exception("usage_stuck", store=store.slug)
    return rated
