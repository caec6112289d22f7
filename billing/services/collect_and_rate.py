"""A sweep over all stores: what happened there becomes fees here."""

from datetime import datetime

import structlog

from billing.selectors import working_stores
from billing.services.collect_usage import collect_usage
from billing.services.fall_behind import be_up_to_date, behind, fall_behind, tell_who_is_behind
from billing.services.rate_usage import rate_usage

log = structlog.get_logger(__name__)


def collect_and_rate(*, now: datetime) -> int:
    """Empty every store's outbox and rate what was in it; return how many events got a fee. Safe to repeat.

    A store that fails is noted and passed over; its facts stay where they are until the next sweep, and operators are
    told when that lasts.
    """
    rated, late, caught_up = 0, behind(), []
    for store in working_stores():
        try:
            collect_usage(store=store, now=now)
            rated += rate_usage(merchant_id=store.merchant_id, now=now)
        except Exception as error:
            log.exception("usage_stuck", store=store.slug)
            fall_behind(merchant_id=store.merchant_id, error=error, now=now)
        else:
            if store.merchant_id in late:
                caught_up.append(store.merchant_id)
    if caught_up:
        be_up_to_date(merchant_ids=caught_up)
    tell_who_is_behind(now=now)
    return rated
