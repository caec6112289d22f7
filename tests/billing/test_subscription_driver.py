"""One merchant's fourteen months, however often the clock runs: the same invoices, the same books."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.books import check
from billing.models.ledger import LedgerEntry
from billing.models.metering import RatedFee
from kit.tenancy import in_control
from tests.billing.acting import act
from tests.billing.world import World, at, undone

BEGIN, END = at("2026-11-20 15:00"), at("2028-01-25 09:00")
# a life: what is done, and when
LIFE: list[tuple[str, str, dict[str, Any]]] = [
    ("2026-11-25 11:00", "start", {"to": ("starter", "month")}),
    ("2026-12-31 16:00", "switch_now", {"to": ("growth", "month")}),
    ("2027-01-12 09:30", "add_on", {"add_on": "city", "quantity": 2}),
    ("2027-03-18 10:00", "switch_now", {"to": ("growth", "year")}),
    ("2027-06-02 10:00", "add_on", {"add_on": "city", "quantity": 3}),
    ("2027-07-07 10:00", "switch_later", {"to": ("starter", "month")}),
    ("2027-09-09 10:00", "cancel_later", {}),
    ("2027-10-10 10:00", "resume", {}),
]


def lived(world: World, *, step: timedelta | None) -> dict[str, Any]:
    """Live it, running the clock every ``step`` (None: only when something is done, and at the end)."""
    world.move(BEGIN)
    world.save_card()
    world.hear()
    orders = iter(BEGIN + timedelta(hours=331 * n) for n in range(1, 40))
    order = next(orders)
    for when, movement, wish in [*LIFE, ("2028-01-25 09:00", "", {})]:
        target = at(when)
        while order < target:
            world.order_paid(1_000_000 + order.day * 777, order)
            order = next(orders, END + timedelta(days=1))
        if step is not None:
            tick(world, target, step)
        world.move(target)
        if movement:
            words = {name: value for name, value in wish.items() if name != "to"}
            if "to" in wish:
                words["price_id"] = world.price(*wish["to"]).pk
            assert act(world, movement, **words).state == "done"
    world.run()
    world.hear()
    return picture(world)


def tick(world: World, target: datetime, step: timedelta) -> None:
    # an hour in which nothing is due is an hour in which nothing happens: of the hours, those around what falls due
    while world.now + step < target:
        world.move(world.now + step)
        due = world.subscription().period_ends_at
        if step >= timedelta(days=1) or (due is not None and abs(due - world.now) <= timedelta(hours=2)):
            world.run()
            world.hear()


def picture(world: World) -> dict[str, Any]:
    with in_control():
        return {
            "invoices": [
                (one.number, one.issued_at, one.kind, one.total_minor, one.state,
                 [(line.kind, line.service_starts_at, line.service_ends_at, line.quantity, line.gross_minor)
                  for line in one.lines.all()])
                for one in world.invoices()
            ],
            "entries": sorted(
                LedgerEntry.objects.exclude(transaction__what="charge.captured").values_list(
                    "transaction__what", "transaction__at", "ledger_account__book", "amount_minor"
                )
            ),
            "captured": sorted(
                LedgerEntry.objects.filter(transaction__what="charge.captured").values_list(
                    "ledger_account__book", "amount_minor"
                )
            ),
            "fees": sorted(RatedFee.objects.values_list("event__occurred_at", "amount_minor")),
            "limits": world.merchant().limits,
            "state": world.subscription().state,
        }  # fmt: skip


def test_week_by_week_and_in_one_jump_are_the_same_life(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.books._usage_of", lambda _store: [])
    seen = []
    for step in (timedelta(days=7), None):
        with undone():
            seen.append(lived(world, step=step))
            assert check(world.now + timedelta(hours=1)) == []

    assert seen[0] == seen[1]
    assert len(seen[0]["invoices"]) == 9


@pytest.mark.nightly
def test_hour_by_hour_too(world: World) -> None:
    seen = []
    for step in (timedelta(hours=1), timedelta(days=1), None):
        with undone():
            seen.append(lived(world, step=step))

    assert seen[0] == seen[1] == seen[2]
