"""A store in another cell is billed at home: every fact once, whatever breaks off, and the verdict is obeyed there."""

import io
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import override_settings

from billing.models.agreements import SubscriptionState
from billing.models.metering import UsageEvent
from billing.selectors import last_subscription
from billing.services.answer_home import Fact, NotAGuest, Word, answer_home
from billing.services.collect_and_rate import collect_and_rate
from billing.services.collect_from_cells import CellForgetsNothing, collect_from_cells
from billing.services.run_due import run_due
from billing.services.start_trial import start_trial
from config.cells import CellByCommand
from control.lifecycle.models import StoreMove
from control.lifecycle.services.move_out import NotItsHome, move_out
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import set_limits
from kit.tenancy import StoreRef, in_control, in_store
from tenants.journal.models import OutboxFact
from tenants.journal.services import leave_fact
from tests.control.lifecycle.conftest import BY, CLOSED, NOW
from tests.control.lifecycle.test_move import go_to

THERE = CLOSED + timedelta(hours=1)


class NextDoor(CellByCommand):
    """Another cell whose commands are run in this very process: the same words both ways, no process to start."""

    def _linli(self, *words: str, said: str = "", may_fail: bool = False) -> dict[str, Any]:
        facts, home = json.loads(os.environ["LINLI_CELLS"])[self.name], os.environ["HOME_OF_TEST"]
        out = io.StringIO()
        try:
            go_to(facts["database"])
            with (
                override_settings(MEDIA_ROOT=Path(facts["var"]) / "media", LINLI_CELL=self.name),
                patch("sys.stdin", io.StringIO(said)),
                suppress(SystemExit),
            ):
                call_command(*words, stdout=out)
        finally:
            go_to(home)
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer


class Breaks:
    """A cell of which nothing is heard after so many answers."""

    def __init__(self, cell: Any, *, after: int) -> None:
        self.cell, self.left = cell, after

    def answer_home(self, words: Mapping[UUID, Word]) -> Mapping[UUID, Sequence[Fact]]:
        if not self.left:
            raise OSError("the line is dead")
        self.left -= 1
        answer: Mapping[UUID, Sequence[Fact]] = self.cell.answer_home(words)
        return answer


def paid(order: str, moment: datetime) -> None:
    leave_fact(
        event_key=f"order_paid:{order}",
        meter="order_paid",
        amount_minor=50_000,
        currency="CNY",
        occurred_at=moment,
        payload={"order_id": order},
    )


def taken() -> list[str]:
    with in_control():
        return sorted(UsageEvent.objects.filter(meter="order_paid").values_list("event_key", flat=True))


def at_east() -> Merchant:
    with in_control():
        return Merchant.objects.get(slug="acme")


def facts_left(ref: StoreRef) -> int:
    with in_store(ref):
        return OutboxFact.objects.count()


@pytest.fixture(params=[NextDoor, pytest.param(CellByCommand, marks=pytest.mark.nightly)])
def cell_of(request: pytest.FixtureRequest, database: str, monkeypatch: pytest.MonkeyPatch) -> type[CellByCommand]:
    """How the other cell is reached: by its commands here, and nightly by its own processes."""
    monkeypatch.setenv("HOME_OF_TEST", database)
    found: type[CellByCommand] = request.param
    return found


@pytest.fixture
def moved(leaving: StoreRef, cells: str, database: str, cell_of: type[CellByCommand]) -> StoreRef:
    """Acme on trial, moved to east: an order was paid there, and one before whose fact travelled along."""
    with in_control():
        start_trial(
            merchant_id=leaving.merchant_id,
            name="绿家",
            email="boss@acme.test",
            phone="13800000001",
            timezone="Asia/Shanghai",
            currency="CNY",
            now=NOW,
        )
    with in_store(leaving):
        OutboxFact.objects.all().delete()
        paid("before", NOW)
    move_out(merchant_id=leaving.merchant_id, to="east", far=cell_of("east"), by=BY, now=CLOSED)
    go_to(cells)
    here = at_east().ref
    with in_store(here):
        paid("there", THERE)
    go_to(database)
    return here


class TestAGuestsUsage:
    def test_is_taken_home_once_and_what_is_decided_there_is_obeyed(
        self, moved: StoreRef, cells: str, database: str, cell_of: type[CellByCommand]
    ) -> None:
        go_to(cells)
        with in_control():
            collect_and_rate(now=THERE)  # east's own round
        assert (taken(), facts_left(moved)) == ([], 2)

        go_to(database)
        assert collect_from_cells(cell_of=lambda name: Breaks(cell_of(name), after=1), now=THERE) == 2
        assert taken() == ["order_paid:before", "order_paid:there"]
        go_to(cells)
        assert facts_left(moved) == 2  # east was not told that we have them

        go_to(database)
        late = THERE + timedelta(days=40)
        with in_control():
            set_limits(merchant_id=moved.merchant_id, limits={"skus": 7})
            ran = run_due(now=late)
            subscription = last_subscription(merchant_id=moved.merchant_id)
        assert subscription is not None
        assert (ran.stuck, ran.parked, subscription.state) == (set(), [], SubscriptionState.EXPIRED)
        assert collect_from_cells(cell_of=cell_of, now=late) == 0  # each had its fee
        assert taken() == ["order_paid:before", "order_paid:there"]
        go_to(cells)
        assert facts_left(moved) == 0
        assert (at_east().state, at_east().limits["skus"]) == (MerchantState.READ_ONLY, 7)

    def test_is_its_homes_to_take(self, acme: StoreRef, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        words = {acme.merchant_id: Word(state=MerchantState.TRIAL, limits={})}
        with pytest.raises(NotAGuest):  # a store of this cell is nobody else's
            answer_home(words=words, now=THERE)
        with in_store(acme):
            OutboxFact.objects.all().delete()
            paid("there", THERE)
        with in_control():
            StoreMove.objects.create(
                merchant_id=acme.merchant_id, is_arrival=True, cell="west", by=BY, begun_at=NOW, done_at=NOW
            )
            collect_and_rate(now=THERE)
        assert (taken(), len(answer_home(words=words, now=THERE)[acme.merchant_id])) == ([], 1)

        settings.LINLI_CELL, settings.LINLI_CELLS = "east", {"west": {}, "north": {}}
        with pytest.raises(NotItsHome):
            move_out(merchant_id=acme.merchant_id, to="north", far=CellByCommand("north"), by=BY, now=NOW)

        # If this cell forgot whose guest it is, it would bill the store itself
        monkeypatch.setattr("billing.selectors.guests", dict)
        with in_control():
            collect_and_rate(now=THERE)
        assert taken() == ["order_paid:there"]

    def test_of_a_cell_that_forgets_nothing_is_not_asked_for_ever(self, acme: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(cell="east")
        fact = Fact(UUID(int=7), "order_paid", "order_paid:x", 100, "CNY", THERE, {})
        deaf = type("Deaf", (), {"answer_home": lambda _self, words: {one: [fact] for one in words}})
        with in_control():
            before = UsageEvent.objects.count()
        collect_from_cells(cell_of=lambda _name: deaf(), now=THERE)
        with in_control():
            assert UsageEvent.objects.count() == before + 1
        assert issubclass(CellForgetsNothing, RuntimeError)
