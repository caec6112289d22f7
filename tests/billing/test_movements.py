"""Changing a subscription: what is shown is what is charged, once, and nothing half done."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models.agreements import Subscription
from billing.models.changes import PlanChange
from billing.models.coupons import Coupon
from billing.models.invoices import Invoice
from billing.refusals import (
    AddOnRefused,
    AmountMoved,
    CardNeeded,
    ChangedInBetween,
    ClockWentBack,
    CouponHeld,
    CouponOver,
    CouponUnfit,
    CouponUnknown,
    NotAnUpgrade,
    NotNow,
    PlanTooSmall,
    QuoteMissing,
    SamePlan,
    SameQuantity,
)
from billing.selectors import last_subscription, phase_at
from billing.services.catch_up import catch_up
from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.acting import act, confirm, lines_of, quote, reprice, switch
from tests.billing.world import PAYS_NEVER, World, at

TWO_DAYS_IN = at("2026-11-22 10:00")


@pytest.fixture
def starter(world: World) -> World:
    """On Starter by the month since the twentieth of November, paid."""
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    world.move(TWO_DAYS_IN)
    return world


def written(world: World) -> tuple[int, int, str]:
    with in_control():
        return Invoice.objects.count(), PlanChange.objects.count(), world.subscription().state


def edition(world: World) -> str:
    with in_control():
        phase = phase_at(world.subscription(), world.now)
        return phase.price.edition.code if phase else ""


class TestUpgrading:
    def test_takes_hold_when_it_is_paid(self, starter: World) -> None:
        change = confirm(starter, quote(starter, "switch_now", price_id=starter.price("growth").pk).change)

        assert (change.state, edition(starter), starter.merchant().limits["staff"]) == ("waiting", "starter", 3)
        starter.hear()
        assert (edition(starter), starter.merchant().limits["staff"]) == ("growth", 15)
        assert starter.invoices()[-1].total_minor == change.due_now_minor == 63_654

    def test_that_is_not_paid_has_not_happened(self, starter: World) -> None:
        starter.save_card(PAYS_NEVER)
        starter.hear()
        before = starter.balance("ar"), starter.balance("deferred_revenue"), starter.balance("tax_payable")

        change = switch(starter, "growth")

        assert (change.state, edition(starter), starter.subscription().state) == ("withdrawn", "starter", "active")
        assert starter.invoices()[-1].state == "void"
        after = starter.balance("ar"), starter.balance("deferred_revenue"), starter.balance("tax_payable")
        assert after == before
        starter.save_card()
        starter.hear()
        assert switch(starter, "growth").state == "done"

    def test_twice_with_one_quote_is_one_upgrade(self, starter: World) -> None:
        change = quote(starter, "switch_now", price_id=starter.price("growth").pk).change
        for _ in range(3):
            confirm(starter, change)
            starter.hear()

        assert len(starter.invoices()) == 2

    def test_with_a_quote_from_before_another_change_is_refused_with_the_new_amount(self, starter: World) -> None:
        stale = quote(starter, "switch_now", price_id=starter.price("growth").pk).change
        act(starter, "add_on", add_on="staff_pack", quantity=1)

        with pytest.raises(ChangedInBetween) as no:
            confirm(starter, stale)

        assert no.value.facts["due_now_minor"] == 63_654
        assert edition(starter) == "starter"

    def test_with_yesterdays_quote_is_refused_with_todays_amount(self, starter: World) -> None:
        stale = quote(starter, "switch_now", price_id=starter.price("growth").pk).change
        starter.move(starter.now + timedelta(days=1))
        before = len(starter.invoices())

        with pytest.raises(AmountMoved) as no:
            confirm(starter, stale)

        assert no.value.facts["due_now_minor"] == 61_380
        assert len(starter.invoices()) == before

    def test_of_another_merchants_quote_is_missing(self, starter: World) -> None:
        change = quote(starter, "switch_now", price_id=starter.price("growth").pk).change
        change.pk = new_id()

        with pytest.raises(QuoteMissing):
            confirm(starter, change)

    def test_orders_before_it_keep_the_old_fee(self, starter: World) -> None:
        starter.order_paid(1_000_000, at("2026-11-21 10:00"))
        switch(starter, "growth")
        starter.order_paid(1_000_000, at("2026-11-23 10:00"))
        starter.move(at("2026-12-20 00:05"))
        starter.run()

        fees = [line.gross_minor for line in starter.invoices()[-1].lines.all() if line.kind == "fee"]
        assert sorted(fees) == [4_000, 6_000]

    def test_down_is_not_one(self, starter: World) -> None:
        switch(starter, "growth")

        with pytest.raises(NotAnUpgrade):
            quote(starter, "switch_now", price_id=starter.price("starter").pk)
        with pytest.raises(SamePlan):
            quote(starter, "switch_now", price_id=starter.price("growth").pk)

    def test_unpaid_when_the_month_ends_is_withdrawn(self, starter: World) -> None:
        change = quote(starter, "switch_now", price_id=starter.price("growth").pk).change
        confirm(starter, change)
        with in_control():
            Invoice.objects.get(change=change).attempts.update(state="failed")
        starter.letters()
        starter.move(at("2026-12-20 00:05"))
        starter.run()

        with in_control():
            change.refresh_from_db()
        assert change.state == "withdrawn"
        assert starter.invoices()[-1].total_minor == 29_800

    def test_paid_after_its_month_is_credit(self, starter: World) -> None:
        change = confirm(starter, quote(starter, "switch_now", price_id=starter.price("growth").pk).change)
        letters = starter.letters()
        starter.move(at("2026-12-20 00:00"))
        with in_control():
            Invoice.objects.filter(change=change).update(next_attempt_at=None)
        with in_control():
            catch_up(merchant_id=starter.store.merchant_id, now=starter.now)
        starter.move(at("2026-11-22 10:01"))
        for letter in letters:
            starter.deliver(letter)

        assert edition(starter) == "starter"
        renewed = starter.invoices()[-1]
        assert (renewed.state, renewed.credited_minor) == ("paid", 29_800)  # the new month was open: it is paid of it
        assert starter.balance("merchant_credit") == -(63_654 - 29_800)


class TestDowngrading:
    def test_begins_when_the_month_is_over(self, starter: World) -> None:
        switch(starter, "growth")
        change = switch(starter, "starter", movement="switch_later")
        assert (change.due_now_minor, edition(starter)) == (0, "growth")

        starter.move(at("2026-12-20 00:05"))
        starter.run()

        assert edition(starter) == "starter"
        assert starter.invoices()[-1].total_minor == 29_800

    def test_says_what_is_too_much_before_and_refuses(self, starter: World) -> None:
        switch(starter, "growth")
        small = reprice("starter", 19_800, limits={"staff": 0, "skus": 0, "leaders": 0, "cities": 0})
        quoted = quote(starter, "switch_later", price_id=small.pk)
        assert all(over.used > over.limit for over in quoted.overuse)

        if quoted.overuse:
            with pytest.raises(PlanTooSmall):
                confirm(starter, quoted.change)

    def test_is_taken_back_by_choosing_the_running_plan(self, starter: World) -> None:
        switch(starter, "growth")
        switch(starter, "starter", movement="switch_later")
        switch(starter, "growth", movement="switch_later")
        starter.move(at("2026-12-20 00:05"))
        starter.run()

        assert edition(starter) == "growth"


class TestAddOns:
    def test_raise_the_limit_at_once_and_fall_when_paid_time_is_over(self, starter: World) -> None:
        act(starter, "add_on", add_on="staff_pack", quantity=2)
        assert starter.merchant().limits["staff"] == 13

        change = act(starter, "add_on", add_on="staff_pack", quantity=1)
        assert (change.due_now_minor, starter.merchant().limits["staff"]) == (0, 13)
        starter.move(at("2026-12-20 00:05"))
        starter.run()

        assert starter.merchant().limits["staff"] == 8
        assert starter.invoices()[-1].total_minor == 29_800 + 5_000

    @pytest.mark.parametrize(
        ("wish", "refusal"),
        [
            ({"add_on": "city", "quantity": 1}, AddOnRefused),  # Starter has one city
            ({"add_on": "none", "quantity": 1}, AddOnRefused),
            ({"add_on": "staff_pack", "quantity": -1}, AddOnRefused),
            ({"add_on": "staff_pack", "quantity": 1000}, AddOnRefused),
            ({"add_on": "staff_pack", "quantity": 0}, SameQuantity),
        ],
    )
    def test_that_make_no_sense_are_refused(self, starter: World, wish: Any, refusal: type[Refused]) -> None:
        before = written(starter)
        with pytest.raises(refusal):
            quote(starter, "add_on", **wish)
        assert written(starter) == before


class TestEnding:
    def test_later_keeps_the_plan_until_then_and_may_be_taken_back(self, starter: World) -> None:
        act(starter, "cancel_later")
        assert starter.subscription().cancel_at == at("2026-12-20 00:00")
        act(starter, "resume")
        assert starter.subscription().cancel_at is None
        act(starter, "cancel_later")
        starter.move(at("2026-12-20 00:05"))
        starter.run()

        with in_control():
            ended = last_subscription(merchant_id=starter.store.merchant_id)
        assert ended is not None
        assert (ended.state, starter.merchant().state, len(starter.invoices())) == ("cancelled", "read_only", 1)
        with pytest.raises(NotNow):
            quote(starter, "resume")

    def test_now_gives_back_the_unused_days_less_the_fees(self, starter: World) -> None:
        starter.order_paid(1_000_000, at("2026-11-21 10:00"))
        change = act(starter, "cancel_now")

        assert lines_of(change) == [("unused", -27_813), ("fee", 6_000), ("to_credit", 21_813)]
        assert starter.merchant().state == "read_only"
        assert starter.balance("merchant_credit") == -21_813

    def test_and_coming_back_begins_anew_with_the_credit(self, starter: World) -> None:
        act(starter, "cancel_now")
        starter.move(at("2026-12-01 10:00"))
        change = switch(starter, "starter", movement="start")

        assert change.due_now_minor == 29_800 - 27_813
        assert (starter.merchant().state, edition(starter)) == ("active", "starter")
        with in_control():
            assert Subscription.objects.count() == 2


class TestPausing:
    def test_closes_the_shop_and_stops_the_next_charge(self, starter: World) -> None:
        act(starter, "pause")
        assert starter.merchant().state == "read_only"
        starter.move(at("2027-01-05 09:00"))
        starter.run()
        assert len(starter.invoices()) == 1

        assert starter.subscription().period_ends_at is None
        change = act(starter, "unpause")

        assert (change.due_now_minor, starter.merchant().state) == (29_800, "active")
        assert starter.subscription().period_ends_at == at("2027-02-05 00:00")

    def test_within_what_is_paid_for_costs_nothing(self, starter: World) -> None:
        act(starter, "pause")
        starter.move(at("2026-12-01 09:00"))

        assert act(starter, "unpause").due_now_minor == 0
        assert starter.subscription().period_ends_at == at("2026-12-20 00:00")


class TestCoupons:
    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({"redeem_by": at("2026-11-01 00:00")}, CouponOver),
            ({"max_redemptions": 1, "redeemed": 1}, CouponOver),
            ({"editions": ["chain"]}, CouponUnfit),
            ({"percent_ppm": None, "amount_minor": 100, "currency": "USD"}, CouponUnfit),
            ({"stopped_at": at("2026-11-01 00:00")}, CouponUnknown),
        ],
    )
    def test_that_do_not_hold_are_refused(self, starter: World, fields: Any, refusal: type[Refused]) -> None:
        coupon(**fields)
        before = written(starter)

        with pytest.raises(refusal):
            quote(starter, "coupon", coupon="half")
        assert written(starter) == before

    def test_do_not_pile_up_and_are_spent_once(self, starter: World) -> None:
        coupon(max_redemptions=5)
        act(starter, "coupon", coupon=" Half ")

        with pytest.raises(CouponHeld):
            quote(starter, "coupon", coupon="half")
        with in_control():
            assert Coupon.objects.get().redeemed == 1

    def test_begin_with_the_next_interval(self, starter: World) -> None:
        coupon(duration="months", months=1)
        act(starter, "coupon", coupon="half")
        totals = []
        for month in ("2026-12", "2027-01"):
            starter.move(at(f"{month}-20 00:05"))
            starter.run()
            starter.hear()
            totals.append(starter.invoices()[-1].total_minor)

        assert totals == [14_900, 29_800]


class TestBadInput:
    def test_without_a_card_nothing_is_written(self, world: World) -> None:
        change = quote(world, "start", price_id=world.price("starter").pk).change

        with pytest.raises(CardNeeded):
            confirm(world, change)
        assert world.invoices() == []
        assert world.subscription().state == "trialing"

    def test_a_clock_moved_back_is_refused(self, starter: World) -> None:
        starter.move(at("2026-11-19 10:00"))
        before = written(starter)

        with pytest.raises((ClockWentBack, NotNow)):
            quote(starter, "switch_now", price_id=starter.price("growth").pk)
        assert written(starter) == before


def coupon(**fields: Any) -> Coupon:
    given = {"code": "HALF", "percent_ppm": 500_000, "duration": "once", "made_by": "op", "made_at": TWO_DAYS_IN}
    with in_control():
        return Coupon.objects.create(**{**given, **fields})
