"""A store whose usage cannot be collected: the others are, a person hears of it after five minutes, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models.metering import LateUsage, UsageEvent
from billing.services.collect_from_cells import collect_from_cells
from control.merchants.models import Merchant, MerchantState
from control.people.models import Person
from control.people.services import register_person
from control.post.models import Letter
from kit import clock
from kit.ports.messages import send_email
from kit.tenancy import StoreRef, in_control, in_store
from kit.tenancy.sql import run
from tests.billing.world import World
from tests.control.console.conftest import PASSWORD

NEVER: list[tuple[datetime, str]] = []


@contextmanager
def broken(store: StoreRef) -> Iterator[None]:
    """Take a store's outbox away, as a migration that went wrong would."""
    with in_store(store, as_owner=True):
        run("ALTER TABLE journal_outboxfact RENAME TO journal_elsewhere")
    yield
    with in_store(store, as_owner=True):
        run("ALTER TABLE journal_elsewhere RENAME TO journal_outboxfact")


def swept(world: World, *, minutes: int) -> None:
    world.move(world.now + timedelta(minutes=minutes))
    world.collect()


def noted() -> list[tuple[datetime, str]]:
    with in_control():
        return list(LateUsage.objects.values_list("since", "merchant__slug"))


def letters(operator: Person) -> list[str]:
    with in_control():
        told = Letter.objects.filter(sent_to=operator.email, subject__contains="用量采集").order_by("sent_at")
        return list(told.values_list("text", flat=True))


def test_it_is_noted_at_once_told_after_five_minutes_and_forgotten_when_it_is_mended(
    world: World, operator: Person, rival: StoreRef
) -> None:
    world.order_paid(5_000, world.now)
    with broken(world.store):
        swept(world, minutes=1)
        first = world.now
        swept(world, minutes=4)
        assert noted() == [(first, "acme")]
        assert letters(operator) == []

        swept(world, minutes=1)
        [letter] = letters(operator)
        assert letter.startswith("acme ")
        assert "journal_outboxfact" in letter
        swept(world, minutes=1)
        assert len(letters(operator)) == 1

    swept(world, minutes=1)
    assert noted() == NEVER
    with in_control():
        assert UsageEvent.objects.get().amount_minor == 5_000

    with broken(world.store):  # another time is told again
        swept(world, minutes=1)
        swept(world, minutes=6)
    assert len(letters(operator)) == 2


def test_an_operator_who_cannot_be_reached_keeps_no_other_from_hearing_of_it(
    world: World, operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_control():
        gone = register_person(
            email="gone@linli.test", phone="13900000008", password=PASSWORD, name="离职", now=world.now
        )
        Person.objects.filter(pk=gone.pk).update(is_operator=True)

    def send(*, address: str, **letter: Any) -> None:
        if address == gone.email:
            raise OSError("no such mailbox")
        send_email(address=address, **letter)

    monkeypatch.setattr("control.post.services.send_email", send)
    with broken(world.store):
        swept(world, minutes=1)
        swept(world, minutes=5)
    assert len(letters(operator)) == 1


def test_the_stores_behind_it_are_collected(world: World, rival: StoreRef) -> None:
    assert world.store.merchant_id < rival.merchant_id  # it comes first
    mine, world.store = world.store, rival
    world.order_paid(7_000, world.now)
    with broken(mine):
        swept(world, minutes=1)
    with in_control():
        assert UsageEvent.objects.get().merchant_id == rival.merchant_id


def test_the_overview_names_it(world: World, operator: Person) -> None:
    client = Client(headers={"host": "linli.test"})
    with clock.at(world.now):
        client.post("/console/login", {"email": operator.email, "password": PASSWORD})
    with broken(world.store):
        swept(world, minutes=1)
        with clock.at(world.now):
            assert "用量没有采集到" not in client.get("/console/").text
        swept(world, minutes=5)
        with clock.at(world.now):
            page = client.get("/console/").text
    assert "用量没有采集到" in page
    assert f"/console/stores/{world.store.merchant_id}/timeline" in page


def test_a_store_that_is_gone_is_not_waited_for(world: World, operator: Person) -> None:
    with broken(world.store):
        swept(world, minutes=1)
    with in_control():
        Merchant.objects.filter(pk=world.store.merchant_id).update(state=MerchantState.ARCHIVED)
    swept(world, minutes=6)
    assert (noted(), letters(operator)) == (NEVER, [])


class Silent:
    def answer_home(self, _words: object) -> dict[object, object]:
        raise OSError("the line is dead")


def test_so_are_the_stores_of_a_cell_that_does_not_answer(world: World, operator: Person) -> None:
    with in_control():
        Merchant.objects.filter(pk=world.store.merchant_id).update(cell="east")
    collect_from_cells(cell_of=lambda _name: Silent(), now=world.now)  # type: ignore[arg-type, return-value]
    collect_from_cells(cell_of=lambda _name: Silent(), now=world.now + timedelta(minutes=5))  # type: ignore[arg-type, return-value]
    assert noted() == [(world.now, "acme")]
    assert "the line is dead" in letters(operator)[0]


def test_one_store_of_a_cell_that_cannot_be_rated_holds_up_no_other(
    world: World, rival: StoreRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_control():
        Merchant.objects.filter(pk__in=[world.store.merchant_id, rival.merchant_id]).update(cell="east")
    asked = []

    def rate(*, merchant_id: object, now: datetime) -> int:
        asked.append(merchant_id)
        if merchant_id == world.store.merchant_id:
            raise ValueError("a price nobody knows")
        return 1

    monkeypatch.setattr("billing.services.collect_from_cells.rate_usage", rate)
    quiet = type("Quiet", (), {"answer_home": lambda _self, _words: {}})
    assert collect_from_cells(cell_of=lambda _name: quiet(), now=world.now) == 1
    assert asked == [world.store.merchant_id, rival.merchant_id]
    assert noted() == [(world.now, "acme")]
