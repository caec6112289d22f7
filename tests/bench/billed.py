"""Merchants on a plan, for benches of billing: their subscriptions, and orders that were paid."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from zoneinfo import ZoneInfo

import psycopg
from django.db import connection

from billing.models.agreements import BillingAccount, Phase, Subscription, SubscriptionState
from billing.models.catalogue import PriceVersion
from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control

SHANGHAI = ZoneInfo("Asia/Shanghai")
STARTS = datetime(2026, 12, 1, tzinfo=SHANGHAI)
ENDS = datetime(2027, 1, 1, tzinfo=SHANGHAI)
CURRENCY = "CNY"


def billed(schemas: Sequence[str], *, edition: str = "growth") -> list[StoreRef]:
    """Put the merchants of some schemas on a monthly plan that began on the first of December."""
    with in_control():
        merchants = list(Merchant.objects.filter(schema_name__in=schemas).order_by("id"))
        price = PriceVersion.objects.get(edition__code=edition, interval="month", currency=CURRENCY, valid_until=None)
        accounts = BillingAccount.objects.bulk_create(
            BillingAccount(
                merchant=merchant, legal_name=merchant.name, email="boss@bench.test", phone="13800000001",
                currency=CURRENCY, timezone="Asia/Shanghai", created_at=STARTS,
            )
            for merchant in merchants
        )  # fmt: skip
        subscriptions = Subscription.objects.bulk_create(
            Subscription(
                billing_account=account, state=SubscriptionState.ACTIVE, started_at=STARTS, trial_ends_at=STARTS,
                period_starts_at=STARTS, period_ends_at=ENDS,
            )
            for account in accounts
        )  # fmt: skip
        Phase.objects.bulk_create(
            Phase(subscription=each, price=price, anchor=STARTS.date(), starts_at=STARTS) for each in subscriptions
        )
    return [merchant.ref for merchant in merchants]


def let_go(stores: Sequence[StoreRef]) -> None:
    """End the plans again, so that no later bench finds something due."""
    with in_control():
        theirs = Subscription.objects.filter(billing_account__merchant__in=[store.merchant_id for store in stores])
        theirs.update(state=SubscriptionState.CANCELLED, period_ends_at=None)


def leave_facts(url: str, stores: Sequence[StoreRef], *, each: int, since: datetime = STARTS) -> int:
    """Let every store have sold so many orders over a month; the facts lie in its outbox. Return how many."""
    step = timedelta(days=30) / max(each, 1)
    with psycopg.connect(url, autocommit=True) as owner:
        for store in stores:
            owner.execute(
                f"""
                INSERT INTO "{store.schema}".journal_outboxfact
                       (id, event_key, meter, amount_minor, currency, occurred_at, payload)
                SELECT uuidv7(), 'order_paid:' || o, 'order_paid', 1000 + n * 37 %% 20000, 'CNY',
                       %(starts)s + n * %(step)s, jsonb_build_object('order_id', o, 'order_number', 'N' || left(o, 8))
                FROM generate_series(1, %(each)s) n, LATERAL (SELECT gen_random_uuid()::text || repeat('', n) o) x
                """,
                {"starts": since, "step": step, "each": each},
            )
    return each * len(stores)


def shared(work: Callable[[StoreRef], object], stores: Sequence[StoreRef], *, workers: int) -> None:
    """Do the work for every store, in so many processes as there would be workers."""
    if workers == 1:
        _all(work, stores)
        return
    connection.close()  # a connection is never taken over a fork
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        for done in [pool.submit(_all, work, stores[place::workers]) for place in range(workers)]:
            done.result()


def _all(work: Callable[[StoreRef], object], stores: Sequence[StoreRef]) -> None:
    for store in stores:
        with in_control():
            work(store)
    connection.close()
