"""Billing's work by the clock and by the inbox: load, call one story."""

from typing import Any
from uuid import UUID

import structlog
from celery import shared_task

from billing.collecting import INBOX_NAMES
from billing.services import look_after_charges as charges
from billing.services import measure_days as measuring
from billing.services import recognise_revenue as earning
from billing.services import reconcile as reconciling
from billing.services import replay_usage as replaying
from billing.services import run_due as due
from billing.services.charge_top_up import look_after_top_ups
from billing.services.collect_and_rate import collect_and_rate
from billing.services.keep_wallets import expire_lots, fill_wallets
from billing.services.prepay import look_after_prepay
from billing.services.purge_quotes import purge_quotes
from billing.services.reconcile_company import reconcile_companies
from billing.services.refund_card_payment import look_after_refunds
from billing.services.refund_prepay import look_after_prepay_refunds
from billing.services.settle_invoice import settle_invoice
from billing.services.settle_prepay import settle_prepay
from billing.services.share_revenue import share_revenue as share_orders
from control.inbox.selectors import events_to_retry
from kit import clock
from kit.tenancy.tasks import ControlTask

log = structlog.get_logger(__name__)


@shared_task(base=ControlTask)
def collect_and_rate_all(**_later: Any) -> None:
    """Empty every store's outbox and rate what was in it. Every minute."""
    collect_and_rate(now=clock.now())


@shared_task(base=ControlTask)
def run_due(**_later: Any) -> None:
    """Close what is over, charge what is due. Every five minutes."""
    ran = due.run_due(now=clock.now())
    log.info(
        "billing_ran",
        closed=ran.closed,
        invoices=len(ran.invoices),
        tried=ran.tried,
        steps=ran.steps,
        stuck=len(ran.stuck),
        parked=len(ran.parked),
    )


@shared_task(base=ControlTask)
def recognise_revenue(**_later: Any) -> None:
    """Post the days that are over. Every hour: a day ends at another hour in each time zone."""
    log.info("revenue_recognised", days=earning.recognise_revenue(now=clock.now()))


@shared_task(base=ControlTask)
def share_revenue(**_later: Any) -> None:
    """Share rated orders between headquarters and partners, and state the months that are over. Every five minutes."""
    log.info("revenue_shared", orders=share_orders(now=clock.now()))


@shared_task(base=ControlTask)
def look_after_charges(**_later: Any) -> None:
    """Ask about charges and refunds whose end is unknown. Every minute."""
    charges.look_after_charges(now=clock.now())
    look_after_refunds(now=clock.now())


@shared_task(base=ControlTask)
def reconcile(**_later: Any) -> None:
    """Compare Stripe's list with our books. Every day."""
    run = reconciling.reconcile(now=clock.now())
    log.info("reconciled", movements=run.movements, fresh=run.fresh, differences=run.differences)


@shared_task(base=ControlTask)
def read_statements(**_later: Any) -> None:
    """Compare WeChat Pay's and Alipay's statements with our books. Every hour: they come in the morning."""
    log.info("statements_read", read=reconcile_companies(now=clock.now()))


@shared_task(base=ControlTask)
def measure_days(**_later: Any) -> None:
    """Write down the figures of the days that are over. Every hour: a day is there soon after its midnight."""
    log.info("measured", rows=measuring.measure_days(now=clock.now()))


@shared_task(base=ControlTask)
def keep_wallets(**_later: Any) -> None:
    """End gifts whose time is over, refill what ran low, ask after top-ups. Every five minutes."""
    now = clock.now()
    expire_lots(now=now)
    fill_wallets(now=now)
    look_after_top_ups(now=now)
    look_after_prepay(now=now)
    look_after_prepay_refunds(now=now)


@shared_task(base=ControlTask, time_limit=3600)
def watch_usage(**_later: Any) -> None:
    """Hold what stores were paid against what was metered. Every day."""
    log.info("usage_watched", disagreeing=len(replaying.watch_usage(now=clock.now())))


@shared_task(base=ControlTask)
def tidy(**_later: Any) -> None:
    """Delete quotes that nobody confirmed. Every day."""
    purge_quotes(now=clock.now())


@shared_task(base=ControlTask)
def settle_event(*, event_id: str, **_later: Any) -> None:
    """Act on one event of Stripe."""
    settle_invoice(event_id=UUID(event_id), now=clock.now())


@shared_task(base=ControlTask)
def settle_prepay_event(*, event_id: str, **_later: Any) -> None:
    """Act on one notice of WeChat Pay or Alipay to the platform."""
    settle_prepay(event_id=UUID(event_id), now=clock.now())


@shared_task(base=ControlTask)
def retry_events(**_later: Any) -> None:
    """Act on outside events that nobody has acted on, or that failed. Every minute."""
    now = clock.now()
    for event_id in events_to_retry(provider="stripe", now=now):
        settle_invoice(event_id=event_id, now=now)
    for provider in INBOX_NAMES.values():
        for event_id in events_to_retry(provider=provider, now=now):
            settle_prepay(event_id=event_id, now=now)
