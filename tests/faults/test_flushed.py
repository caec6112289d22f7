"""FLUSHALL of a real Redis while a real worker works and people buy: it loses speed, and nothing else.

The web server, the worker with its beat, Redis and PostgreSQL are processes of their own. The worker is held for a
moment before each flush, so that there is something in the queue to lose.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis

from billing.models.metering import UsageEvent
from config.servers.ports import free_port
from config.servers.redis import start_redis
from control.inbox.models import OutsideEvent
from kit.tenancy import StoreRef, in_control, in_store
from tenants.aftersales.books import check
from tenants.inventory.models import Stock
from tenants.journal.models import OutboxFact
from tenants.orders.models import Order, OrderState
from tests.database import as_login, own_database
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.faults.test_crash import Buyer
from tests.races.serving import ROOT, basket, buyers, open_today, served
from tests.stores import store_ref

FLUSHES, PAUSE = 3, 4.0
STOCK = 100_000
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.with_broker"}


@dataclass
class Town:
    """Everything that runs, and who has pressed 支付成功 and was answered."""

    ref: StoreRef
    port: int
    broker: Any
    worker: "subprocess.Popen[bytes]"
    pressed: list[str] = field(default_factory=list)
    lost: int = 0

    def flush(self) -> None:
        """Hold the worker until something waits, and flush."""
        os.killpg(self.worker.pid, signal.SIGSTOP)
        try:
            time.sleep(PAUSE)
            self.lost += self.broker.llen("celery")
            self.broker.flushall()
        finally:
            os.killpg(self.worker.pid, signal.SIGCONT)


@contextmanager
def working(*, database: str, broker: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a worker with its beat, as a shop's operator does."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    known = {"LINLI_DATABASE_URL": database, "LINLI_REDIS_URL": broker, "PYTHONPATH": path, **SETTINGS}
    said = (folder / "worker.log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--beat", "--concurrency", "1"),
            *("--schedule", str(folder / "beat"), "--loglevel", "WARNING"),
        ],
        cwd=ROOT,
        env={**os.environ, **known},
        stdout=said,
        stderr=said,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said.close()


@pytest.fixture
def town(django_db_setup: str, django_db_blocker: Any, worker_id: str, tmp_path: Path) -> Iterator[Town]:
    port = free_port()
    broker = start_redis(port=port, folder=tmp_path / "redis")
    with ExitStack() as stack:
        stack.callback(broker.wait)
        stack.callback(broker.terminate)
        stack.enter_context(django_db_blocker.unblock())
        database = as_login(stack.enter_context(own_database(worker=f"flushed_{worker_id}")))
        address, ref = f"redis://127.0.0.1:{port}/0", store_ref("acme")
        web = stack.enter_context(served(database=database, hosts={"LINLI_REDIS_URL": address, **SETTINGS}))
        worker = stack.enter_context(working(database=database, broker=address, folder=tmp_path))
        stack.enter_context(in_store(ref))
        client = stack.enter_context(redis.Redis(port=port))
        yield Town(ref, web.port, client, worker)


def until(holds: Callable[[], bool], *, seconds: float) -> float:
    """Wait until something holds; return after how many seconds it did."""
    since = time.monotonic()
    while not holds():
        assert time.monotonic() < since + seconds, f"not so after {seconds} s"
        time.sleep(0.2)
    return time.monotonic() - since


def buy_until(over: threading.Event, town: Town, people: Iterator[Buyer]) -> None:
    """Buy, one after the other; who is told nothing within the flush simply goes on."""
    for buyer in people:
        if over.is_set():
            return
        buyer.buy()
        if buyer.has_pressed:
            town.pressed.append(buyer.order_id)


@pytest.mark.nightly
def test_what_was_queued_is_found_in_the_tables_within_a_minute(town: Town) -> None:
    now = datetime.now(UTC)
    point, item = a_leader_with_point(), an_offer(in_stock=STOCK)
    open_today(now)
    crowd = [
        Buyer(town.ref, town.port, token, member.pk, basket(point, (item, 1)))
        for member, token in buyers(4_000, now=now)
    ]
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=4) as pool:
        shopping = [pool.submit(buy_until, over, town, iter(crowd[place::4])) for place in range(4)]
        time.sleep(PAUSE)
        for _flush in range(FLUSHES):
            town.flush()
            waiting = set(OutboxFact.objects.values_list("pk", flat=True))
            flushed = time.monotonic()
            time.sleep(PAUSE)
        over.set()
        for one in shopping:
            one.result()

    until(lambda: not OutboxFact.objects.filter(pk__in=waiting).exists(), seconds=60)
    drained = time.monotonic() - flushed
    pressed = [Order.objects.filter(pk__in=town.pressed)]
    until(lambda: not pressed[0].exclude(state=OrderState.PAID).exists(), seconds=100)
    settled = time.monotonic() - flushed
    until(lambda: not OutboxFact.objects.exists(), seconds=70)

    print(  # noqa: T201 - the nightly run shows its figures
        f"\n{len(town.pressed)} paid, {town.lost} tasks lost; the outbox was empty after {drained:.0f} s,"
        f" every payment taken in after {settled:.0f} s"
    )
    assert town.lost > 0
    assert drained <= 60
    assert Order.objects.filter(state=OrderState.PAID).count() == len(set(town.pressed))
    stock = Stock.objects.get(sku=item.sku_id)
    assert stock.on_hand == STOCK - len(town.pressed)
    assert check(datetime.now(UTC)) == []
    with in_control():
        assert set(OutsideEvent.objects.values_list("state", flat=True)) == {"done"}
        assert UsageEvent.objects.filter(meter="order_paid").count() == len(town.pressed)
