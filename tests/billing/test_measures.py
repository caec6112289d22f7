"""Monthly recurring revenue: what it is, what moves it, and that the figures kept by the day say the same."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from billing.books import check
from billing.measures import ZONE, recurring_days
from billing.models.metering import RatedFee
from billing.models.metrics import MetricDay
from billing.models.payers import PayerLink
from billing.payer_moves import payer_moves
from billing.recurring import Move, Moved, agreements, own_moves, recurring_by_merchant
from billing.services.make_coupon import CouponDraft, make_coupon
from billing.services.measure_days import measure_days
from billing.tax import included_in
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import act, reprice, switch
from tests.billing.family import Family, family_of_two
from tests.billing.world import PAYS_NEVER, World, at


def worth(world: World) -> int:
    with in_control():
        return recurring_by_merchant(now=world.now).get(world.store.merchant_id, 0)


def net(listed_minor: int) -> int:
    """What is left of a price of the catalogue without its 6 %."""
    return included_in(listed_minor, ppm=60_000).net_minor


def moves(world: World) -> list[tuple[str, str, int]]:
    """Every movement of the only account: day, kind, what it adds."""
    with in_control():
        found = own_moves(until=world.now, zone=ZONE)
    return [(f"{move.day}", move.kind.value, move.minor) for each in found.values() for move in each]


def go(world: World, moment: str) -> None:
    world.move(at(moment))
    world.run()
    world.hear()


def measure(world: World) -> int:
    with in_control():
        return measure_days(now=world.now)


def kept() -> dict[date, MetricDay]:
    with in_control():
        return {row.day: row for row in MetricDay.objects.all()}


class TestAnAccount:
    def test_on_trial_is_worth_nothing(self, world: World) -> None:
        assert worth(world) == 0
        assert moves(world) == []

    def test_on_a_yearly_plan_is_worth_a_twelfth(self, world: World) -> None:
        world.save_card()
        world.choose("growth", "year")
        world.hear()

        assert worth(world) > 0
        assert worth(world) * 12 - net(world.price("growth", "year").amount_minor) in range(-6, 7)

    def test_is_worth_its_add_ons_too(self, world: World) -> None:
        world.save_card()
        world.choose("chain")
        world.hear()
        plan = worth(world)
        act(world, "add_on", add_on="city", quantity=3)
        with in_control():
            item = agreements()[0].items[0]

        assert worth(world) == plan + net(item.amount_minor)
        assert item.amount_minor > 0
        assert moves(world)[-1] == ("2026-11-20", "new", plan + net(item.amount_minor))

    def test_is_worth_less_while_a_coupon_runs(self, world: World) -> None:
        with in_control():
            draft = CouponDraft(code="THIRD", duration="months", percent_ppm=300_000, months=2)
            make_coupon(draft=draft, actor="ops@linli.test", reason="", now=world.now)
        world.save_card()
        act(world, "coupon", coupon="THIRD")
        act(world, "start", price_id=world.price("growth").pk)
        full = world.price("growth").amount_minor
        less = net(full * 7 // 10)
        assert worth(world) == less

        go(world, "2027-01-19 23:00")
        assert worth(world) == less
        go(world, "2027-01-20 12:00")
        assert worth(world) == net(full)
        assert moves(world) == [("2026-11-20", "new", less), ("2027-01-20", "expansion", net(full) - less)]

    def test_moves_up_down_out_and_back(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        starter, growth = net(world.price("starter").amount_minor), net(world.price("growth").amount_minor)
        go(world, "2026-11-25 10:00")
        switch(world, "growth")
        go(world, "2026-11-26 10:00")
        switch(world, "starter", movement="switch_later")
        go(world, "2026-12-21 10:00")
        act(world, "cancel_later")
        go(world, "2027-01-21 10:00")
        go(world, "2027-02-03 10:00")
        act(world, "start", price_id=world.price("growth").pk)

        assert moves(world) == [
            ("2026-11-20", "new", starter),
            ("2026-11-25", "expansion", growth - starter),
            ("2026-12-20", "contraction", starter - growth),
            ("2027-01-20", "churn", -starter),
            ("2027-02-03", "reactivation", growth),
        ]

    def test_that_never_pays_counts_until_its_plan_is_ended(self, world: World) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")
        world.hear()
        go(world, "2026-12-19 12:00")
        assert worth(world) == net(world.price("starter").amount_minor)
        go(world, "2027-03-01 12:00")
        assert worth(world) == 0
        assert moves(world)[-1][1] == Move.CHURN


class TestDays:
    def test_add_up_to_the_difference_between_their_ends(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        go(world, "2026-11-25 10:00")
        switch(world, "growth")
        go(world, "2026-12-21 10:00")
        measure(world)
        days = kept()

        assert sorted(days) == [date(2026, 11, 20) + timedelta(days=n) for n in range(31)]
        for day, row in days.items():
            before = days.get(day - timedelta(days=1))
            moved = row.new_minor + row.expansion_minor + row.contraction_minor + row.churn_minor
            moved += row.reactivation_minor
            assert row.recurring_minor - (before.recurring_minor if before else 0) == moved
        assert (days[date(2026, 11, 20)].payers, days[date(2026, 11, 20)].arrived) == (1, 1)

    def test_are_those_that_are_over_and_that_billing_has_reached(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        world.run()
        world.move(at("2026-12-28 09:00"))  # the clock of billing has not run since November
        assert measure(world) == 0
        world.run()
        measure(world)
        assert max(kept()) == date(2026, 12, 27)
        assert measure(world) == 0

    def test_hold_volume_and_fees_also_of_what_came_late(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        order = world.order_paid(3_200_000, at("2026-11-22 23:30"))
        go(world, "2026-11-24 09:00")
        world.collect()
        measure(world)
        day = kept()[date(2026, 11, 22)]
        with in_control():
            fee = RatedFee.objects.get().amount_minor
        assert (day.gmv_minor, day.orders, day.fee_minor) == (3_200_000, 1, net(fee))
        assert fee > 0

        world.move(at("2026-11-24 10:00"))
        world.order_paid(100_000, at("2026-11-22 08:00"))
        world.order_refunded(order, 3_200_000, at("2026-11-23 08:00"))
        world.collect()
        assert not [finding for finding in check(world.now) if finding.invariant == "M1"]
        go(world, "2026-11-25 09:00")
        measure(world)
        days = kept()
        assert (days[date(2026, 11, 22)].gmv_minor, days[date(2026, 11, 22)].orders) == (3_300_000, 2)
        assert days[date(2026, 11, 23)].fee_minor < 0

    def test_that_say_something_else_are_found(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        go(world, "2026-11-24 09:00")
        measure(world)
        world_is_right = [finding for finding in check(world.now) if finding.invariant == "M1"]
        with in_control():
            MetricDay.objects.filter(day="2026-11-22").update(gmv_minor=1)
        found = [finding for finding in check(world.now) if finding.invariant == "M1"]

        assert world_is_right == []
        assert [finding.subject for finding in found] == ["2026-11-22 CNY"]

    def test_need_few_queries(self, world: World, django_assert_max_num_queries: pytest.FixtureRequest) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        go(world, "2026-12-24 09:00")
        with django_assert_max_num_queries(20), in_control():  # type: ignore[operator]
            measure_days(now=world.now)

    def test_recurring_days_may_hold_the_open_one(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        with in_control():
            assert recurring_days(until=world.now) == {}
            open_day = recurring_days(until=world.now, is_day_open=True)
        assert [day for day, _currency in open_day] == [date(2026, 11, 20)]


class TestHeadquarters:
    """A payer and the stores it pays for are one payer, and joining is neither churn nor growth."""

    @pytest.fixture
    def family(self, world: World, rival: StoreRef) -> Family:
        family = family_of_two(world, rival, reprice)
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-05 09:00"))
        family.end(link, date(2026, 12, 20))
        family.live(at("2026-12-22 09:00"))
        return family

    def test_counts_once_as_a_payer_and_each_of_its_stores(self, family: Family) -> None:
        measure(family.hq)
        days = kept()

        before, joined, parted = (days[date(2026, *on)] for on in ((11, 30), (12, 1), (12, 21)))
        assert (before.payers, before.stores, before.joined) == (2, 2, 0)
        assert (joined.payers, joined.stores, joined.joined) == (1, 2, 1)
        assert (parted.payers, parted.stores, parted.parted) == (2, 2, 1)
        assert before.recurring_minor == joined.recurring_minor == parted.recurring_minor > 0
        assert joined.left == joined.arrived == parted.arrived == parted.returned == 0

    def test_movements_add_up_and_the_books_agree(self, family: Family) -> None:
        measure(family.hq)
        rows = [row for _day, row in sorted(kept().items())]

        for before, row in pairwise(rows):
            moved = row.new_minor + row.expansion_minor + row.contraction_minor + row.churn_minor
            assert row.recurring_minor - before.recurring_minor == moved + row.reactivation_minor
            assert row.payers - before.payers == row.arrived + row.returned + row.parted - row.left - row.joined
        with in_control():
            assert [found for found in check(family.hq.now) if found.invariant == "M1"] == []

    def test_what_a_partners_plan_does_is_the_payers_growth(self, family: Family) -> None:
        with in_control():
            hq, partner = (side.subscription().billing_account for side in (family.hq, family.partner))
            PayerLink.objects.update(
                ends_at=None, end_wished_at=None, end_requested_by="", end_approved_by="", closed_at=None
            )
            own = {
                hq: [Moved(date(2026, 11, 20), Move.NEW, 0, 100)],
                partner: [
                    Moved(date(2026, 11, 20), Move.NEW, 0, 30),
                    Moved(date(2026, 12, 3), Move.EXPANSION, 30, 50),
                    Moved(date(2026, 12, 4), Move.CHURN, 50, 0),
                    Moved(date(2026, 12, 5), Move.REACTIVATION, 0, 30),
                ],
            }
            moves = payer_moves(own, until=family.hq.now, zone=ZONE)

        assert [(move.kind, move.minor) for move in moves[partner]] == [("new", 30), ("joined", 0)]
        assert [(move.kind, move.minor) for move in moves[hq]] == [
            ("new", 100), ("expansion", 20), ("contraction", -50), ("expansion", 30)
        ]  # fmt: skip
