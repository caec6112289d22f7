"""What an operator took off an invoice, or gave back, never comes back again: neither with unused days nor with a
refunded order.
"""

from typing import Any

import pytest

from billing.books import check
from billing.books_revenue import check as check_revenue
from billing.models.credits import Destination
from billing.models.favours import FavourOn
from billing.models.invoices import Invoice
from billing.services.recognise_revenue import recognise_revenue
from billing.services.write_off_invoice import write_off_invoice
from kit.tenancy import in_control
from tests.billing.acting import act, lines_of, reprice, switch
from tests.billing.documents import Desk
from tests.billing.test_favours import approve, ask
from tests.billing.world import PAYS_NEVER, World, at

HALF: dict[str, Any] = {"percent_ppm": 500_000}


@pytest.fixture
def paying(world: World) -> World:
    """A plan of 31,000 a month from 20 November, and 1 % of each order."""
    reprice("starter", 31_000, tiers=[[None, 10_000]])
    reprice("growth", 62_000)
    world.save_card()
    world.choose("starter")
    world.hear()
    return world


def live(world: World, moment: str) -> Invoice:
    world.move(at(moment))
    world.run()
    world.hear()
    return world.invoices()[-1]


def told(invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.kind, line.gross_minor) for line in invoice.lines.all()]


def broken(world: World) -> list[str]:
    with in_control():
        recognise_revenue(now=world.now)
    found = [*check(world.now), *check_revenue(world.now)]
    return [f"{one.invariant} {one.sentence}" for one in found if one.invariant != "B7"]


class TestUnusedDays:
    def test_of_a_plan_that_was_half_off_come_back_at_half(self, paying: World) -> None:
        approve(paying, ask(paying, **HALF))
        assert live(paying, "2026-12-20 09:00").total_minor == 15_500  # for 31 days
        paying.move(at("2026-12-30 09:00"))

        change = act(paying, "cancel_now")

        assert lines_of(change) == [("unused", -10_500), ("to_credit", 10_500)]  # 15,500 - R(15,500 x 10/31)
        assert broken(paying) == []

    def test_round_once_on_what_was_charged(self, paying: World) -> None:
        approve(paying, ask(paying, percent_ppm=None, amount_minor=1_050))
        assert live(paying, "2026-12-20 09:00").total_minor == 29_950
        paying.move(at("2026-12-31 23:59"))  # eleven days are used

        change = switch(paying, "growth")

        # 29,950 - R(29,950 x 11/31 = 10,627.42) = 19,323; 62,000 - R(62,000 x 11/31 = 22,000) = 40,000
        assert lines_of(change) == [("unused", -19_323), ("subscription", 40_000)]
        assert broken(paying) == []

    def test_of_add_ons_too_when_their_number_changes(self, paying: World) -> None:
        switch(paying, "growth")
        act(paying, "add_on", add_on="city", quantity=2)
        approve(paying, ask(paying, FavourOn.ADD_ON, percent_ppm=1_000_000))
        first = live(paying, "2026-12-20 09:00")
        [city] = [line for line in first.lines.all() if line.kind == "add_on"]
        assert (city.gross_minor, city.discount_minor > 0) == (0, True)
        paying.move(at("2026-12-30 09:00"))

        change = act(paying, "add_on", add_on="city", quantity=3)

        rest = city.discount_minor * 3 // 2 - round(city.discount_minor * 3 / 2 * 10 / 31)
        assert lines_of(change) == [("unused", 0), ("add_on", rest)]
        assert broken(paying) == []

    def test_given_back_by_a_note_come_back_no_second_time(self, paying: World) -> None:
        desk = Desk(paying)
        second = live(paying, "2026-12-20 09:00")
        paying.move(at("2026-12-25 09:00"))
        desk.approve(desk.ask_credit(second, {0: 25_000}, Destination.CREDIT))
        paying.move(at("2026-12-30 09:00"))

        change = act(paying, "cancel_now")

        assert lines_of(change) == [("unused", -6_000), ("to_credit", 6_000)]  # not the 21,000 of 21 days
        assert broken(paying) == []

    def test_of_an_invoice_written_off_are_no_money_to_spend(self, paying: World) -> None:
        paying.save_card(PAYS_NEVER)
        paying.hear()
        owed = live(paying, "2026-12-20 10:05")
        with in_control():
            write_off_invoice(invoice_id=owed.pk, by="op", reason="x", now=paying.now)
        paying.move(at("2026-12-30 09:00"))

        act(paying, "cancel_now")

        assert paying.balance("merchant_credit") == 0
        assert broken(paying) == []


class TestRefunds:
    def test_of_a_month_that_was_half_off_come_back_at_half_whenever_they_come(self, paying: World) -> None:
        approve(paying, ask(paying, FavourOn.FEE, **HALF))
        order = paying.order_paid(3_333_333, at("2026-12-01 10:00"))  # 33,333
        paying.order_paid(100_100, at("2026-12-02 10:00"))  # 1,001
        paying.order_refunded(order, 1_111_111, at("2026-12-03 10:00"))  # 11,111 in the month itself
        first = live(paying, "2026-12-20 09:00")
        assert first.discount_minor == 17_167 - 5_556  # half of 34,334, less half of 11,111
        assert told(first) == [
            ("subscription", 31_000), ("fee", 17_167), ("reversal", -11_111), ("not_charged", 5_556),
        ]  # fmt: skip

        paying.order_refunded(order, 1_111_111, at("2026-12-25 10:00"))
        second = live(paying, "2027-01-20 09:00")
        paying.order_refunded(order, 1_111_111, at("2027-01-25 10:00"))
        third = live(paying, "2027-02-20 09:00")

        # half of the order's 33,333 has come back to the fen: 16,666 by the rounding of its line
        assert told(second)[1:] == [("reversal", -11_111), ("not_charged", 5_555)]
        assert told(third)[1:] == [("reversal", -11_111), ("not_charged", 5_556)]
        back = sum(line.gross_minor for each in (first, second, third) for line in list(each.lines.all())[-2:])
        assert back == -33_333 + 16_667
        assert broken(paying) == []

    def test_of_fees_that_cost_nothing_give_nothing_back_when_the_plan_ends(self, paying: World) -> None:
        approve(paying, ask(paying, FavourOn.FEE, percent_ppm=1_000_000))
        order = paying.order_paid(1_000_000, at("2026-12-01 10:00"))
        live(paying, "2026-12-20 09:00")
        paying.order_refunded(order, 1_000_000, at("2026-12-20 10:00"))

        change = act(paying, "cancel_now")

        assert lines_of(change)[1:] == [("reversal", -10_000), ("not_charged", 10_000), ("to_credit", 31_000)]
        assert broken(paying) == []

    def test_of_fees_that_a_note_gave_back_give_back_only_the_rest(self, paying: World) -> None:
        desk = Desk(paying)
        order = paying.order_paid(1_000_000, at("2026-12-01 10:00"))
        first = live(paying, "2026-12-20 09:00")
        assert told(first) == [("subscription", 31_000), ("fee", 10_000)]
        desk.approve(desk.ask_credit(first, {1: 7_000}, Destination.CREDIT))
        paying.order_refunded(order, 1_000_000, at("2026-12-25 10:00"))

        second = live(paying, "2027-01-20 09:00")

        assert told(second)[1:] == [("reversal", -10_000), ("not_charged", 7_000)]
        assert broken(paying) == []

    def test_of_fees_charged_in_full_come_back_in_full(self, paying: World) -> None:
        order = paying.order_paid(1_000_000, at("2026-11-21 10:00"))
        live(paying, "2026-12-20 09:00")
        approve(paying, ask(paying, FavourOn.FEE, **HALF))
        paying.order_paid(200_000, at("2026-12-21 10:00"))
        paying.order_refunded(order, 1_000_000, at("2026-12-25 10:00"))

        second = live(paying, "2027-01-20 09:00")

        assert told(second)[1:] == [("fee", 1_000), ("reversal", -10_000)]
        assert broken(paying) == []
