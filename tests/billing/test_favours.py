"""A discount on a coming invoice: by two people, off the right lines, before the tax, once."""

from typing import Any

import pytest
from django.test import Client

from billing.books import check
from billing.models.favours import Favour, FavourOn
from billing.models.invoices import Invoice
from billing.services.do_favour import FavourRefused, approve_favour, request_favour, withdraw_favour
from billing.services.grant_promo import NotWaiting, SamePerson
from control.people.models import Person
from control.people.services import register_person
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.world import World, at
from tests.control.console.conftest import PASSWORD, at_console, operator

__all__ = ["at_console", "operator"]
MAKER, CHECKER = "maker@linli.test", "checker@linli.test"
STARTER = 29_800


@pytest.fixture
def paying(world: World) -> World:
    world.save_card()
    world.choose("starter")
    world.hear()
    return world


def ask(world: World, on: FavourOn = FavourOn.PLAN, **given: Any) -> Favour:
    wish = {"percent_ppm": 100_000, "amount_minor": None, **given}
    with in_control():
        return request_favour(
            merchant_id=world.store.merchant_id, on=on, reason="故障补偿", by=MAKER, now=world.now,
            **{"key": new_id(), **wish},
        )  # fmt: skip


def approve(world: World, favour: Favour) -> None:
    with in_control():
        approve_favour(favour_id=favour.pk, by=CHECKER, now=world.now)


def live(world: World, moment: str) -> Invoice:
    world.move(at(moment))
    world.run()
    world.hear()
    return world.invoices()[-1]


def test_is_taken_off_the_next_invoice_before_its_tax_and_only_once(paying: World) -> None:
    approve(paying, ask(paying))

    first = live(paying, "2026-12-21 09:00")
    assert (first.total_minor, first.discount_minor) == (STARTER - 2_980, 2_980)
    with in_control():
        line = first.lines.get(kind="subscription")
        assert (line.gross_minor, line.discount_minor) == (26_820, 2_980)
        assert line.tax_minor == round(26_820 * 6 / 106)
        assert Favour.objects.get().invoice_id == first.pk

    assert live(paying, "2027-01-21 09:00").total_minor == STARTER
    assert check(paying.now) == []


def test_takes_a_sum_of_the_fees_and_never_more_than_they_are(paying: World) -> None:
    approve(paying, ask(paying, FavourOn.FEE, percent_ppm=None, amount_minor=100_000))
    paying.order_paid(1_000_000, at("2026-12-01 10:00"))

    invoice = live(paying, "2026-12-21 09:00")

    assert (invoice.total_minor, invoice.discount_minor) == (STARTER, 6_000)
    assert [found for found in check(paying.now) if found.invariant != "B7"] == []  # the tests' order is in no store


def test_waits_for_an_invoice_that_has_such_lines(paying: World) -> None:
    approve(paying, ask(paying, FavourOn.FEE))

    assert live(paying, "2026-12-21 09:00").discount_minor == 0
    paying.order_paid(1_000_000, at("2026-12-25 10:00"))
    assert live(paying, "2027-01-21 09:00").discount_minor == 600


def test_what_nobody_approved_or_was_approved_later_takes_nothing(paying: World) -> None:
    asked = ask(paying)
    paying.move(at("2026-12-21 09:00"))  # the boundary was at midnight of the 20th
    approve(paying, asked)
    paying.run()
    paying.hear()

    assert paying.invoices()[-1].discount_minor == 0
    assert live(paying, "2027-01-21 09:00").discount_minor == 2_980


def test_needs_a_second_person_and_a_share_or_a_sum(paying: World) -> None:
    favour, key = ask(paying), new_id()
    assert ask(paying, key=key).pk == ask(paying, key=key).pk
    with in_control():
        with pytest.raises(SamePerson):
            approve_favour(favour_id=favour.pk, by=MAKER, now=paying.now)
        withdraw_favour(favour_id=favour.pk, by=MAKER, now=paying.now)
        with pytest.raises(NotWaiting):
            approve_favour(favour_id=favour.pk, by=CHECKER, now=paying.now)
    for wrong in (
        {"percent_ppm": None}, {"percent_ppm": 0}, {"percent_ppm": 1_000_001}, {"amount_minor": 5},
        {"percent_ppm": None, "amount_minor": -1},
    ):  # fmt: skip
        with pytest.raises(FavourRefused):
            ask(paying, **wrong)


def test_the_operators_page(paying: World, at_console: Client, operator: Person) -> None:
    here = f"/console/stores/{paying.store.merchant_id}/favours"
    assert here in at_console.get(f"/console/stores/{paying.store.merchant_id}").content.decode()
    typed = {"on": "subscription", "percent": "10", "amount": "", "reason": "故障补偿", "key": str(new_id())}
    assert at_console.post(here, {**typed, "amount": "5"}).status_code == 422
    assert at_console.post(here, {**typed, "reason": ""}).status_code == 422
    assert at_console.post(here, typed).status_code == 303
    with in_control():
        favour = Favour.objects.get()
        register_person(email="two@linli.test", phone="13900000002", password=PASSWORD, name="小二", now=paying.now)
        Person.objects.filter(email="two@linli.test").update(is_operator=True)
    approval = f"/console/favours/{favour.pk}/approval"
    assert approval not in at_console.get(here).content.decode()
    assert at_console.post(approval).status_code == 403

    other = Client(headers={"host": "linli.test"})
    other.post("/console/login", {"email": "two@linli.test", "password": PASSWORD})
    assert approval in other.get(here).content.decode()
    assert other.post(approval).status_code == 303
    assert "等下一张账单" in other.get(here).content.decode()
