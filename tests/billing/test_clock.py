"""When the clock runs changes nothing; who runs it at the same time changes nothing either."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from billing.models.invoices import NumberSequence
from billing.models.ledger import LedgerEntry
from billing.models.metering import RatedFee, RatingCounter, UsageEvent, WaitingUsage
from billing.services.collect_usage import collect_usage
from billing.services.rate_usage import rate_usage
from billing.services.take_number import take_number
from kit.tenancy import in_control
from tests.billing.acting import queue
from tests.billing.world import PAYS_NEVER, World, at, undone

START, END = at("2026-11-20 15:00"), at("2027-03-02 09:00")


def a_quarter(world: World, *, card: str, step: timedelta) -> dict[str, Any]:
    """A plan, an order every seven hours, the clock in steps; return everything the books say."""
    world.save_card(card)
    world.choose("starter")
    moment = START
    while moment < END:
        upto = min(moment + step, END)
        while moment < upto:
            moment += timedelta(hours=7)
            if moment < END:
                world.order_paid(10_000 + moment.day * 333, moment)
        world.move(max(upto, world.now))
        world.run()
    return picture(world)


def picture(world: World) -> dict[str, Any]:
    with in_control():
        return {
            "invoices": [
                (
                    invoice.number,
                    invoice.issued_at,
                    invoice.total_minor,
                    invoice.tries,
                    [
                        (line.kind, line.service_starts_at, line.quantity, line.gross_minor)
                        for line in invoice.lines.all()
                    ],
                    [(attempt.number, attempt.amount_minor) for attempt in invoice.attempts.order_by("number")],
                )
                for invoice in world.invoices()
            ],
            "entries": sorted(
                LedgerEntry.objects.filter(transaction__what="invoice.issued").values_list(
                    "transaction__at", "ledger_account__book", "amount_minor"
                )
            ),
            "states": (world.subscription().state, world.merchant().state),
        }


@pytest.fixture(params=["4242424242424242", PAYS_NEVER], ids=["pays", "declines"])
def card(request: pytest.FixtureRequest) -> str:
    number: str = request.param
    return number


def test_day_by_day_and_in_one_jump_give_the_same_books(world: World, card: str) -> None:
    seen = []
    for step in (timedelta(hours=24), timedelta(hours=7 * 24), END - START):
        with undone():
            world.move(START)
            seen.append(a_quarter(world, card=card, step=step))

    # two months after an invoice that nobody pays, the plan ends and nothing more is billed
    assert len(seen[0]["invoices"]) == (2 if card == PAYS_NEVER else 4)
    assert seen[0] == seen[1] == seen[2]


class TestRating:
    def test_of_events_in_any_batches_and_again_gives_the_same_fees(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        for n in range(23):
            world.order_paid(12_345 + n, at("2026-11-22 10:00") + timedelta(minutes=n))
        with in_control():
            collect_usage(store=world.store, now=world.now, batch=7)
            assert rate_usage(merchant_id=world.store.merchant_id, now=world.now, batch=5) == 23
            fees = list(RatedFee.objects.order_by("event_id").values_list("event_id", "amount_minor"))
            assert rate_usage(merchant_id=world.store.merchant_id, now=world.now) == 0

            RatedFee.objects.all().delete()
            queue(*UsageEvent.objects.all())
            RatingCounter.objects.all().delete()
            rate_usage(merchant_id=world.store.merchant_id, now=world.now)
            again = list(RatedFee.objects.order_by("event_id").values_list("event_id", "amount_minor"))
        assert again == fees

    def test_each_fee_says_why(self, world: World) -> None:
        world.save_card()
        world.choose("starter", "year")
        world.order_paid(29_990_000, at("2026-11-22 10:00"))
        world.order_paid(25_000, at("2026-11-22 11:00"))
        with in_control():
            collect_usage(store=world.store, now=world.now)
            rate_usage(merchant_id=world.store.merchant_id, now=world.now)
            last = RatedFee.objects.latest("event_id")

        assert last.amount_minor == 90
        assert last.working == {
            "gmv_before": 29_990_000,
            "order_number": 2,
            "included": 10_000,
            "parts": [[6000, 15_000]],
            "rules": [],
        }

    def test_an_event_in_a_foreign_currency_waits_for_a_person(self, world: World) -> None:
        world.order_paid(100, at("2026-11-22 10:00"))
        with in_control():
            collect_usage(store=world.store, now=world.now)
            UsageEvent.objects.update(currency="USD")
            assert rate_usage(merchant_id=world.store.merchant_id, now=world.now) == 0
            assert UsageEvent.objects.get().problem == "USD on an account in CNY"

    def test_a_refund_waits_for_its_order(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        order = world.order_paid(10_000, at("2026-11-22 10:00"))
        world.order_refunded(order, 4_000, at("2026-11-22 11:00"))
        with in_control():
            collect_usage(store=world.store, now=world.now)
            paid = UsageEvent.objects.filter(meter="order_paid")
            paid.update(event_key="elsewhere", problem="held back")
            WaitingUsage.objects.filter(event__in=paid).delete()
            assert rate_usage(merchant_id=world.store.merchant_id, now=world.now) == 0
            paid.update(event_key=f"order_paid:{order}", problem="")
            queue(*paid)
            assert rate_usage(merchant_id=world.store.merchant_id, now=world.now) == 2
            assert sorted(RatedFee.objects.values_list("amount_minor", flat=True)) == [-24, 60]


def in_own_connection(work: Any, times: int) -> list[Any]:
    def run(_number: int) -> Any:
        try:
            with in_control():
                return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as workers:
        return list(workers.map(run, range(times)))


class TestAtTheSameTime:
    def test_collectors_take_every_fact_exactly_once(self, racing_world: World) -> None:
        world = racing_world
        for n in range(300):
            world.order_paid(100 + n, at("2026-11-21 10:00"))

        taken = in_own_connection(lambda: collect_usage(store=world.store, now=world.now, batch=20), 4)
        rated = in_own_connection(lambda: rate_usage(merchant_id=world.store.merchant_id, now=world.now, batch=30), 4)

        assert sum(taken) == sum(rated) == 300
        with in_control():
            assert UsageEvent.objects.count() == RatedFee.objects.count() == 300

    def test_closing_a_month_makes_one_invoice_and_one_charge(self, racing_world: World) -> None:
        world = racing_world
        world.save_card()
        world.choose("starter")
        world.order_paid(1_000_000, at("2026-11-22 10:00"))
        world.move(at("2026-12-20 00:01"))

        in_own_connection(world.run, 4)

        assert [invoice.total_minor for invoice in world.invoices()] == [29_800, 35_800]
        assert world.fake.read("objects")["counts"]["charge"] == 2

    def test_numbers_have_no_gap_though_some_are_rolled_back(self, racing_world: World) -> None:
        luck = iter(range(40))

        def number() -> str:
            with transaction.atomic():
                given = take_number(series="invoice", prefix="LL", at=at("2026-12-01 00:00"))
                if next(luck) % 3 == 0:
                    transaction.set_rollback(True)
                    return ""
            return given

        kept = sorted(filter(None, in_own_connection(number, 40)))

        assert kept == [f"LL2026-{n:06d}" for n in range(1, len(kept) + 1)]
        with in_control():
            assert NumberSequence.objects.get().last == len(kept)
