"""Stripe's news in any order and any number of times ends in the same money (invariants 10 and 14)."""

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models.ledger import Book
from billing.services.post_entries import post_entries
from kit.tenancy import in_control
from tests.billing.till import Till, dispute, intent, refund
from tests.billing.world import World, undone

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "cases" / "money_in.json").read_text())
NAMES = [case["id"] for case in CASES]
MAKERS: dict[str, Callable[..., dict[str, Any]]] = {"intent": intent, "refund": refund, "dispute": dispute}


def events_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    events = []
    for told in case["events"]:
        words = {"amount": case["amount"], "currency": case["currency"], **told}
        make = MAKERS[words.pop("of")]
        events.append(make(words.pop("kind"), **words))
    return events


def book_fee(till: Till, fee: int) -> None:
    with in_control():
        post_entries(
            what="charge.fee", subject_id=till.attempt.pk, billing_account=till.attempt.invoice.billing_account,
            currency=till.attempt.currency, at=till.world.now,
            entries={Book.PSP_FEE: fee, Book.CLEARING_STRIPE: -fee},
        )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_case(world: World, case: dict[str, Any]) -> None:
    till = Till.open(world, amount=case["amount"], currency=case["currency"])
    if case.get("fee"):
        book_fee(till, case["fee"])

    till.tell_all(events_of(case))

    invoice, books = till.invoice(), till.books()
    assert [invoice.state, invoice.paid_minor, invoice.due_minor] == case["invoice"]
    assert {book: books.get(book, 0) for book in case["books"]} == case["books"]
    assert till.picture()["transactions"].count("charge.captured") == case["captures"]
    assert world.merchant().next_step == ""  # nobody is chased for what is paid


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_order_of_it_ends_the_same(world: World, case: dict[str, Any]) -> None:
    till = Till.open(world, amount=case["amount"], currency=case["currency"])
    events = events_of(case)
    seen = []
    for order in permutations(events):
        with undone():
            till.tell_all(order)
            seen.append(till.picture())

    assert all(picture == seen[0] for picture in seen)
    assert seen[0]["failed"] == 0


EVERYTHING = [
    intent("payment_failed", amount=9900, currency="CNY", ref="e1", at=10),
    intent("succeeded", amount=9900, currency="CNY", ref="e2", at=20),
    intent("succeeded", amount=9900, currency="CNY", ref="e3", at=21),
    refund("created", amount=900, currency="CNY", status="pending", ref="e4"),
    refund("updated", amount=900, currency="CNY", status="succeeded", ref="e5"),
    dispute("created", amount=9000, currency="CNY", status="needs_response", ref="e6"),
    dispute("funds_withdrawn", amount=9000, currency="CNY", status="needs_response", ref="e7", taken=True, fee=1500),
    dispute("closed", amount=9000, currency="CNY", status="lost", ref="e8", taken=True, fee=1500),
]


def _shuffled(world: World, examples: int) -> None:
    till = Till.open(world, amount=9900)
    with undone():
        till.tell_all(EVERYTHING)
        wanted = till.picture()

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.permutations(EVERYTHING), st.lists(st.sampled_from(EVERYTHING), max_size=6))
    def holds(order: list[dict[str, Any]], again: list[dict[str, Any]]) -> None:
        with undone():
            till.tell_all([*order, *again])
            assert till.picture() == wanted

    holds()


def test_any_order_with_repeats_ends_the_same(world: World) -> None:
    _shuffled(world, 15)


@pytest.mark.nightly
def test_any_order_with_repeats_ends_the_same_a_thousand_times(world: World) -> None:
    _shuffled(world, 1000)


class _ByArrival(dict[Any, int]):
    """The defence switched off: whatever comes is newer than what is there."""

    asked = 0

    def __missing__(self, key: Any) -> int:
        self.asked += 1
        return -self.asked  # the news is asked about first, then what is there


def test_without_ranks_the_property_breaks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.services.note_charge.ATTEMPT_RANK", _ByArrival())
    till = Till.open(world, amount=9900)
    late_failure = [EVERYTHING[1], EVERYTHING[0]]

    till.tell_all(late_failure)

    assert till.picture()["attempt"] == "failed"
