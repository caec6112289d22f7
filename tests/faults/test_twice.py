"""Every task of the schedule runs twice on a store somebody has lived in: the second run changes nothing at all.

The schedule itself is what is tested, so a new task is held to it from its first day. What the runs published is kept
as a broker's log and delivered once more at the end, as Redis does with a task whose worker died after its commit.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from celery import current_app, shared_task
from celery.signals import task_prerun
from django.db import connection
from django.db.models import F

from config.schedule import RHYTHM
from kit import clock
from kit.tenancy import in_store
from kit.tenancy.tasks import ControlTask, StoreTask
from tenants.aftersales.books import check
from tenants.inventory.models import Stock
from tenants.sales.tasks import wake_everywhere
from tests.billing.world import World
from tests.factories.times import NOW
from tests.faults.lived import live_in
from tests.faults.state import changed, state_of
from tests.simulators.hooks import Receiver

SOON = [timedelta(days=2, hours=12)]  # cut off, given back, frozen no more, reminded of what nobody fetched
LATER = [timedelta(minutes=5), timedelta(hours=12), *SOON, timedelta(days=4), timedelta(days=9), timedelta(days=40)]
# A text or a letter that is delivered twice is sent twice: that is all a sender without an answer can promise
SENDERS = {"kit.ports.messages.send_store_sms"}
# What finds nothing to do here: it runs twice as well, and says little. A new task has work here, or its name.
IDLE = {
    "billing.tasks.keep_wallets",
    "billing.tasks.look_after_charges",
    "billing.tasks.read_statements",
    "billing.tasks.recognise_revenue",
    "billing.tasks.reconcile",
    "billing.tasks.retry_events",
    "billing.tasks.share_revenue",
    "billing.tasks.tidy",
    "billing.tasks.watch_usage",
    "config.tasks.collect_from_cells",
    "control.domains.tasks.recheck_domains",
    "control.lifecycle.tasks.finish_erasures",
    "control.provisioning.tasks.resume_half_built",
    "tenants.sales.tasks.look_after_batches_everywhere",
    "tenants.sales.tasks.reconcile_payments_everywhere",
    "tenants.sales.tasks.tell_outside_everywhere",
}


@dataclass
class Runs:
    """What running the schedule twice brought to light."""

    worked: set[str] = field(default_factory=set)  # tasks whose first run changed something
    broken: list[str] = field(default_factory=list)


@pytest.fixture
def world(racing_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Acme, billed, lived in, in a database in which transactions really commit."""
    current_app.loader.import_default_modules()  # as a worker does when it starts
    monkeypatch.setattr("control.provisioning.tasks.TARGET", 3)  # one more schema than there is, not twenty
    hooks = Receiver()
    hooks.start()
    with in_store(racing_world.store):
        live_in(racing_world.store, hook=hooks.url)
    yield racing_world
    hooks.stop()


def run_twice(moments: list[timedelta]) -> Runs:
    """Run the whole schedule, each task twice at each moment, and deliver its tasks once more."""
    runs = Runs()
    with psycopg.connect(_address(), autocommit=True) as looking:
        looking.execute("SET plan_cache_mode = force_generic_plan")
        before = state_of(looking)
        for moment in moments:
            with clock.at(NOW + moment), _published() as log:
                for name, _seconds in RHYTHM:
                    _run(name)
                    once = state_of(looking)
                    if once != before:
                        runs.worked.add(name)
                    _run(name)
                    before = state_of(looking)
                    runs.broken += [f"{name} at {moment}: {table}" for table in changed(once, before)]
            with clock.at(NOW + moment):
                for name, words in log:
                    current_app.tasks[name].apply(kwargs=words)
            after = state_of(looking)
            runs.broken += [f"delivered again at {moment}: {table}" for table in changed(before, after)]
            before = after
    return runs


def _run(name: str) -> None:
    current_app.tasks[name].apply().get()


@contextmanager
def _published() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Keep what is run, as the log of a broker would; each delivery once, senders left out."""
    log: list[tuple[str, dict[str, Any]]] = []

    def note(*, task: Any, kwargs: dict[str, Any], **_more: Any) -> None:
        if task.name not in SENDERS and (task.name, kwargs) not in log:
            log.append((task.name, dict(kwargs)))

    task_prerun.connect(note)
    try:
        yield log
    finally:
        task_prerun.disconnect(note)


def _address() -> str:
    """Say where the database of this test is, for the one who may see all of it."""
    server = urlsplit(os.environ["LINLI_TEST_DATABASE_URL"])
    return server._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def test_the_second_run_of_every_task_changes_nothing(world: World) -> None:
    runs = run_twice(SOON)

    assert runs.broken == []
    assert {name for name, _seconds in RHYTHM} - runs.worked <= IDLE
    with in_store(world.store):
        assert check(NOW + SOON[-1]) == []


@pytest.mark.nightly
def test_nor_does_it_in_the_weeks_that_follow(world: World) -> None:
    assert run_twice(LATER).broken == []


@shared_task(base=StoreTask)
def count_again(*, store: str) -> None:
    """Book a delivery each time it runs: what a careless task would do."""
    Stock.objects.update(on_hand=F("on_hand") + 1)


@shared_task(base=ControlTask)
def count_again_everywhere() -> int:
    """Wake it, as a schedule does."""
    return wake_everywhere(count_again)


def test_a_task_that_may_not_run_twice_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: one careless task in the schedule, whose work is done by another that it wakes."""
    monkeypatch.setattr(f"{__name__}.RHYTHM", [(count_again_everywhere.name, 60.0)])

    broken = run_twice(SOON).broken

    table = f"{world.store.schema}.inventory_stock"
    assert f"{count_again_everywhere.name} at {SOON[0]}: {table}" in broken
    assert f"delivered again at {SOON[0]}: {table}" in broken
