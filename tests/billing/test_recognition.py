"""What was paid ahead becomes revenue by the day: in one jump or day by day, and what goes back comes off the rest."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from billing.books_revenue import check
from billing.models.credits import Destination
from billing.models.ledger import Book
from billing.models.revenue import LineRevenue, RevenueDay
from billing.recognition import Taking, delivered
from billing.services.recognise_revenue import recognise_revenue
from kit.tenancy import in_control
from tests.billing.acting import act, reprice, switch
from tests.billing.documents import Desk
from tests.billing.test_books import unguarded
from tests.billing.world import World, at, undone
from tests.control.console.conftest import at_console, operator

__all__ = ["at_console", "operator"]
START = date(2026, 5, 20)


def recognise(world: World) -> int:
    with in_control():
        return recognise_revenue(now=world.now)


def deferred(world: World) -> int:
    return -world.balance(Book.DEFERRED_REVENUE)


def earned(world: World) -> int:
    return -world.balance(Book.REVENUE_SUBSCRIPTION) - world.balance(Book.REVENUE_ADD_ON)


class TestTheRule:
    def test_bc15(self) -> None:
        first = delivered(1_188_000, starts_on=START, ends_on=date(2027, 5, 20), through=date(2026, 6, 20))

        assert first == 100_899
        assert 1_188_000 - first == 1_087_101

    @given(
        amount=st.integers(-10_000_000, 10_000_000),
        days=st.integers(1, 400),
        takings=st.lists(st.tuples(st.integers(-5, 420), st.integers(0, 4_000_000)), max_size=4),
    )
    def test_days_add_up_and_nothing_is_lost(self, amount: int, days: int, takings: list[tuple[int, int]]) -> None:
        ends_on = START + timedelta(days=days)
        left, told = abs(amount), []
        for on, taken in sorted(takings):
            part = min(taken, left)
            left -= part
            told.append(Taking(START + timedelta(days=on), part if amount >= 0 else -part))

        def by(day: int) -> int:
            through = START + timedelta(days=day)
            return delivered(amount, starts_on=START, ends_on=ends_on, through=through, takings=told)

        assert by(500) == amount - sum(each.amount_minor for each in told)
        steps = [by(day + 1) - by(day) for day in range(-6, 500)]
        assert sum(steps) + by(-6) == by(500)
        if not told:
            assert all(step * (1 if amount >= 0 else -1) >= 0 for step in steps)

    def test_more_than_was_left_takes_back_what_was_delivered(self) -> None:
        given_back = [Taking(START + timedelta(days=20), 25_000)]
        whole = {"starts_on": START, "ends_on": START + timedelta(days=30), "takings": given_back}

        assert delivered(30_000, through=START + timedelta(days=20), **whole) == 20_000  # type: ignore[arg-type]
        assert delivered(30_000, through=START + timedelta(days=21), **whole) == 5_000  # type: ignore[arg-type]


@pytest.fixture
def yearly(world: World) -> World:
    """A year of Starter for 1,188,000 fen without tax, since 20 November."""
    reprice("starter", 1_188_000, interval="year")
    world.save_card()
    world.choose("starter", "year")
    world.hear()
    return world


class TestTheBooks:
    def test_a_year_is_earned_by_the_day(self, yearly: World) -> None:
        assert deferred(yearly) == 1_188_000
        yearly.move(at("2026-12-20 00:30"))
        yearly.run()

        assert recognise(yearly) == 30
        assert earned(yearly) == 97_644  # thirty of 365 days
        assert deferred(yearly) == 1_188_000 - 97_644
        assert recognise(yearly) == 0
        with in_control():
            assert check(yearly.now) == []

    def test_one_jump_posts_what_day_by_day_posts(self, world: World) -> None:
        def lived(steps: list[Any]) -> list[tuple[Any, ...]]:
            with undone():
                world.move(at("2026-11-20 15:00"))
                reprice("starter", 29_801)
                reprice("growth", 98_003)
                world.save_card()
                world.choose("starter")
                world.hear()
                world.move(at("2026-11-25 10:00"))
                switch(world, "growth")
                for step in steps:
                    world.move(step)
                    world.run()
                    world.hear()
                    recognise(world)
                with in_control():
                    days = RevenueDay.objects.order_by("day")
                    return list(days.values_list("day", "subscription_minor", "add_on_minor"))

        last = at("2027-01-03 00:30")
        daily = [at("2026-11-26 00:30") + timedelta(days=number) for number in range(39)]
        assert daily[-1] == last
        assert lived([last]) == lived(daily)

    def test_an_upgrade_gives_back_what_it_took(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        world.move(at("2026-12-01 10:00"))
        switch(world, "growth")
        recognise(world)
        world.move(at("2026-12-20 00:30"))
        world.run()
        world.hear()
        recognise(world)

        starter, growth = 28_113, 92_453  # without 6 % tax
        assert abs(earned(world) - starter * 11 // 30 - growth * 19 // 30) <= 2
        with in_control():
            assert check(world.now) == []

    def test_a_credit_note_comes_off_the_days_to_come(self, yearly: World) -> None:
        yearly.move(at("2026-12-20 10:00"))
        yearly.run()
        recognise(yearly)
        before = deferred(yearly)
        desk = Desk(yearly)
        desk.credit(yearly.invoices()[0], {0: 500_000}, Destination.CREDIT)

        assert deferred(yearly) == before - 500_000
        yearly.move(at("2027-11-21 00:30"))
        for _month in range(14):
            yearly.run()
        recognise(yearly)

        with in_control():
            done = LineRevenue.objects.order_by("id").first()
            assert done is not None
            assert (done.delivered_minor, done.taken_minor) == (688_000, 500_000)
            assert check(yearly.now) == []

    def test_leaving_now_gives_the_rest_back(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        world.move(at("2026-12-01 10:00"))
        act(world, "cancel_now")
        world.move(at("2027-01-10 00:30"))
        world.run()
        recognise(world)

        assert deferred(world) == 0
        with in_control():
            assert check(world.now) == []

    def test_a_payer_whose_months_are_not_closed_waits_for_the_clock(self, yearly: World) -> None:
        yearly.move(at("2026-12-20 00:30"))

        assert recognise(yearly) == 0

    @pytest.mark.parametrize(
        ("statement", "invariant"),
        [
            ("UPDATE billing_linerevenue SET delivered_minor = delivered_minor + 1", "R1"),
            ("UPDATE billing_revenueday SET subscription_minor = subscription_minor + 1", "R2"),
            ("UPDATE billing_linerevenue SET through = through + 3", "R3"),
        ],
    )
    def test_each_fault_is_found(self, yearly: World, statement: str, invariant: str) -> None:
        yearly.move(at("2026-11-30 00:30"))
        recognise(yearly)
        with in_control():
            assert check(yearly.now) == []

        unguarded(statement)

        with in_control():
            assert invariant in [finding.invariant for finding in check(yearly.now)]


class TestThePage:
    def test_shows_the_months_and_what_is_to_come(self, yearly: World, at_console: Client) -> None:
        assert "还没有预收款" not in at_console.get("/console/revenue").content.decode()
        yearly.move(at("2026-12-01 00:30"))
        recognise(yearly)

        page = at_console.get("/console/revenue").content.decode()

        assert "¥358.03" in page  # eleven of 365 days of 11,880 yuan
        assert "¥11,521.97" in page
        file = b"".join(at_console.get("/console/revenue/download").streaming_content).decode()  # type: ignore[attr-defined]
        assert "2026-11" in file
        assert at_console.get("/console/revenue/download?format=xlsx").status_code == 200
