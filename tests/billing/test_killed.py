"""Kill -9 of the worker anywhere in a run: the next run completes it, and nothing is there twice."""

import importlib
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from billing.books import check
from kit.tenancy import in_control
from tests.billing.killed_worker import PLACES
from tests.billing.world import PAYS_NEVER, World, at

ROOT = Path(__file__).parents[2]
DEADLY = [place for place in PLACES if place != "nowhere"]
# Two places stand for all in the usual run; the nightly one dies everywhere, more than once
USUAL = [("before the lines", 1), ("after the card said yes", 1)]


@pytest.mark.parametrize("name", [name for names in PLACES.values() for name in names])
def test_every_place_is_there(name: str) -> None:
    module, _dot, function = name.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


def worker(world: World, place: str, count: int) -> int:
    """Run one worker to its end or its death; return how the process ended."""
    connection.close()
    server = os.environ["LINLI_TEST_DATABASE_URL"].rpartition("/")[0]
    given = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "LINLI_DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "LINLI_STRIPE_API_KEY": "sk_test_linli",
        "LINLI_STRIPE_API_BASE": world.fake.url,
        "LINLI_STRIPE_WEBHOOK_SECRET": "whsec_of_the_tests",
    }
    command = [sys.executable, "-m", "tests.billing.killed_worker", world.now.isoformat(), place, str(count)]
    done = subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.fixture
def month_end(racing_world: World) -> World:
    """A month that is over, with fees, and a card that pays."""
    world = racing_world
    world.save_card()
    world.choose("starter")
    world.hear()
    world.order_paid(1_000_000, at("2026-11-22 10:00"))
    world.move(at("2026-12-20 00:05"))
    return world


def what_there_is(world: World) -> dict[str, Any]:
    with in_control():
        return {
            "invoices": [(each.number, each.total_minor, each.state) for each in world.invoices()],
            "charges": world.fake.read("objects")["counts"]["charge"],
            "state": world.merchant().state,
        }


WHOLE = {
    "invoices": [("LL2026-000001", 29_800, "paid"), ("LL2026-000002", 35_800, "paid")],
    "charges": 2,
    "state": "active",
}


def finish(world: World) -> None:
    """The next workers, and Stripe's letters."""
    assert worker(world, "nowhere", 1) == 0
    world.move(world.now + timedelta(minutes=4))
    assert worker(world, "nowhere", 1) == 0
    world.hear()
    world.move(world.now + timedelta(minutes=4))
    assert worker(world, "nowhere", 1) == 0


def completed(world: World, place: str, count: int) -> None:
    worker(world, place, count)
    finish(world)
    assert what_there_is(world) == WHOLE, f"killed {place}"
    assert (world.balance("ar"), world.balance("clearing_stripe")) == (0, 65_600)
    assert [finding for finding in check(world.now) if finding.invariant != "B7"] == []


@pytest.mark.parametrize(("place", "count"), USUAL)
def test_the_next_run_completes_what_a_killed_one_began(month_end: World, place: str, count: int) -> None:
    completed(month_end, place, count)


@pytest.mark.nightly
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("place", DEADLY)
def test_wherever_it_was_killed(month_end: World, place: str, count: int) -> None:
    completed(month_end, place, count)


def test_the_blow_really_falls(month_end: World) -> None:
    assert worker(month_end, "before the lines", 1) == -signal.SIGKILL
    assert len(month_end.invoices()) == 1


@pytest.mark.nightly
def test_a_dunning_run_that_dies_between_two_steps_takes_each_once(racing_world: World) -> None:
    world = racing_world
    world.save_card(PAYS_NEVER)
    world.choose("starter")
    world.hear()
    world.move(at("2027-01-20 00:00"))
    for count in range(1, 6):
        worker(world, "between two dues", count)
    assert worker(world, "nowhere", 1) == 0

    assert world.subscription().state == "cancelled"
    with in_control():
        first = world.invoices()[0]
        assert first.dunning_steps.count() == 9
        assert first.attempts.count() == 5
