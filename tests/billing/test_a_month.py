"""A merchant's first months, from the trial to the paid invoice."""

from datetime import date, timedelta

import pytest

from billing.models.metering import RatedFee, UsageEvent
from billing.services.choose_plan import AmountMoved, CardNeeded
from kit.tenancy import in_control
from tests.billing.world import PAYS_NEVER, World, at


class TestTrial:
    def test_gives_the_limits_of_the_trial(self, world: World) -> None:
        counted = {"staff": 15, "skus": None, "leaders": 300, "cities": 3, "domains": 1}
        allowed = ["api_read", "api_write", "batches", "routes", "webhooks"]
        assert world.merchant().limits == {**counted, "features": allowed}

    def test_ends_at_the_first_midnight_after_fourteen_days(self, world: World) -> None:
        assert world.subscription().trial_ends_at == at("2026-12-05 00:00")

    def test_takes_no_fee(self, world: World) -> None:
        world.order_paid(50_000, at("2026-11-21 10:00"))
        world.move(at("2026-12-05 00:00"))
        world.run()

        assert world.invoices() == []
        with in_control():
            assert RatedFee.objects.get().amount_minor == 0

    def test_that_nobody_follows_up_leaves_the_store_read_only(self, world: World) -> None:
        world.move(at("2026-12-05 00:00"))
        world.run()

        assert world.subscription().state == "expired"
        assert world.merchant().state == "read_only"

    def test_may_be_followed_up_later(self, world: World) -> None:
        world.move(at("2026-12-20 09:30"))
        world.run()
        world.save_card()
        world.choose("starter")

        assert world.merchant().state == "active"
        assert world.subscription().period_ends_at == at("2027-01-20 00:00")


class TestChoosingAPlan:
    def test_needs_a_card(self, world: World) -> None:
        with pytest.raises(CardNeeded):
            world.choose("starter")

    def test_charges_only_the_amount_that_was_shown(self, world: World) -> None:
        world.save_card()

        with pytest.raises(AmountMoved):
            world.choose("starter", due=19_800)
        assert world.invoices() == []

    def test_at_once_is_invoiced_and_charged_at_once(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        invoice = world.invoices()[0]

        assert (invoice.number, invoice.total_minor, invoice.tax_minor) == ("LL2026-000001", 29_800, 1_687)
        assert invoice.state == "open"  # a yes is not money yet
        world.hear()
        assert world.invoices()[0].state == "paid"
        assert world.merchant().limits["staff"] == 3

    def test_at_the_trials_end_costs_nothing_until_then(self, world: World) -> None:
        world.save_card()
        world.choose("growth", "year", at_once=False)
        assert world.invoices() == []
        assert world.subscription().state == "trialing"

        world.move(at("2026-12-05 00:10"))
        world.run()

        assert world.invoices()[0].total_minor == 980_000
        assert world.subscription().state == "active"

    def test_again_later_changes_when_what_is_paid_for_is_over(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.move(at("2026-11-25 12:00"))
        world.choose("growth", due=0)
        world.move(at("2026-12-20 00:05"))
        world.run()

        assert [invoice.total_minor for invoice in world.invoices()] == [29_800, 98_000]
        assert world.merchant().limits["leaders"] == 300

    def test_again_of_the_running_plan_takes_a_planned_change_back(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.choose("growth", due=0)
        world.choose("starter", due=0)
        world.move(at("2026-12-20 00:05"))
        world.run()

        assert [invoice.total_minor for invoice in world.invoices()] == [29_800, 29_800]

    def test_a_year_is_paid_ahead_and_its_fees_by_the_month(self, world: World) -> None:
        world.save_card()
        world.choose("starter", "year")
        world.order_paid(30_000_000, at("2026-11-28 10:00"))  # all that the year includes
        world.order_paid(1_000_000, at("2026-12-01 10:00"))
        world.move(at("2026-12-20 00:00"))
        world.run()

        first, second = world.invoices()
        assert (first.total_minor, second.total_minor) == (298_000, 6_000)
        assert [line.kind for line in second.lines.all()] == ["fee"]
        world.move(at("2027-11-20 00:00"))
        world.run()
        assert world.invoices()[-1].total_minor == 298_000


class TestAMonth:
    def test_ends_in_one_invoice_with_every_order_behind_its_fee(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        orders = {world.order_paid(12_345, at("2026-11-22 10:00") + timedelta(hours=n)) for n in range(20)}
        world.order_paid(99_900, at("2026-12-20 00:00"))  # the next month's
        world.move(at("2026-12-20 00:30"))

        world.run()
        world.hear()

        invoice = world.invoices()[-1]
        subscription, fee = invoice.lines.all()
        assert (subscription.gross_minor, fee.gross_minor) == (29_800, 1_481)  # R(246900 × 0.6 %), not 20 × 74
        assert (invoice.state, invoice.paid_minor, invoice.due_minor) == ("paid", 31_281, 0)
        assert invoice.issued_at == at("2026-12-20 00:00")
        with in_control():
            behind = {row.event.payload["order_id"] for row in fee.fees.select_related("event")}
            assert behind == {str(order) for order in orders}
            assert sum(row.amount_minor for row in fee.fees.all()) == fee.gross_minor
        assert world.balance("ar") == 0
        assert world.balance("clearing_stripe") == 29_800 + 31_281

    def test_an_order_that_comes_late_is_on_the_next_invoice_as_fee_of_its_month(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.move(at("2026-12-20 00:30"))
        world.run()
        world.order_paid(500_000, at("2026-12-19 23:59"))
        world.order_paid(100_000, at("2026-12-25 12:00"))
        world.move(at("2027-01-20 00:30"))
        world.run()

        lines = list(world.invoices()[-1].lines.all())
        assert [(line.kind, line.gross_minor) for line in lines] == [
            ("subscription", 29_800),
            ("fee", 3_000),
            ("fee", 600),
        ]
        assert lines[1].service_starts_at == at("2026-11-20 00:00")

    def test_a_refund_takes_its_fee_back_and_what_goes_below_zero_waits_as_credit(self, world: World) -> None:
        world.save_card()
        world.choose("starter", "year", due=298_000)
        world.order_paid(30_000_000, at("2026-11-28 10:00"))
        order = world.order_paid(1_000_000, at("2026-12-01 10:00"))
        world.move(at("2026-12-20 00:00"))
        world.run()
        world.order_refunded(order, 1_000_000, at("2026-12-21 10:00"))
        world.order_paid(100_000, at("2026-12-22 10:00"))
        world.move(at("2027-01-20 00:00"))
        world.run()

        zero = world.invoices()[-1]
        assert [(line.kind, line.gross_minor) for line in zero.lines.all()] == [
            ("fee", 600),
            ("reversal", -6_000),
            ("to_credit", 5_400),
        ]
        assert (zero.total_minor, zero.state) == (0, "paid")
        assert world.balance("merchant_credit") == -5_400

        world.order_paid(1_000_000, at("2027-01-22 10:00"))
        world.move(at("2027-02-20 00:00"))
        world.run()
        last = world.invoices()[-1]
        assert (last.total_minor, last.credited_minor, last.due_minor) == (6_000, 5_400, 600)

    def test_fees_too_small_to_charge_join_the_next_invoice(self, world: World) -> None:
        world.save_card()
        world.choose("starter", "year")
        world.order_paid(30_000_000, at("2026-11-28 10:00"))
        world.order_paid(10_000, at("2026-12-01 10:00"))  # 60 fen
        world.move(at("2026-12-20 00:00"))
        world.run()
        assert len(world.invoices()) == 1

        world.order_paid(100_000, at("2026-12-22 10:00"))
        world.move(at("2027-01-20 00:00"))
        world.run()
        assert [line.gross_minor for line in world.invoices()[-1].lines.all()] == [60, 600]

    def test_months_are_counted_from_the_anchor(self, world: World) -> None:
        world.save_card()
        world.move(at("2026-11-30 08:00"))
        world.choose("starter")
        ends = []
        for _ in range(4):
            end = world.subscription().period_ends_at
            assert end is not None
            ends.append(end)
            world.move(end)
            world.run()

        assert [end.astimezone(at("2026-01-01 00:00").tzinfo).date() for end in ends] == [
            date(2026, 12, 30),
            date(2027, 1, 30),
            date(2027, 2, 28),
            date(2027, 3, 30),
        ]

    def test_is_closed_once_however_often_the_clock_runs(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.order_paid(100_000, at("2026-11-22 10:00"))
        world.move(at("2026-12-20 00:30"))
        for _ in range(3):
            world.run()

        assert len(world.invoices()) == 2
        with in_control():
            assert UsageEvent.objects.count() == RatedFee.objects.count() == 1


class TestACardThatFails:
    def test_leaves_the_invoice_open_and_the_merchant_past_due(self, world: World) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")
        world.hear()

        invoice = world.invoices()[0]
        assert (invoice.state, invoice.due_minor) == ("open", 29_800)
        assert invoice.attempts.all()[0].failure_code == "generic_decline"
        assert world.merchant().state == "past_due"
        assert invoice.next_attempt_at == at("2026-11-21 10:00")

    def test_is_tried_again_on_days_one_three_seven_and_fourteen(self, world: World) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")
        tries = [world.invoices()[0].next_attempt_at]
        while tries[-1] is not None:
            world.move(tries[-1])
            world.run()
            tries.append(world.invoices()[0].next_attempt_at)

        assert tries == [*(at(f"2026-{day} 10:00") for day in ("11-21", "11-23", "11-27", "12-04")), None]
        assert world.invoices()[0].attempts.count() == 5

    def test_is_forgiven_when_another_card_is_saved(self, world: World) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")
        world.hear()
        world.save_card()
        world.hear()

        invoice = world.invoices()[0]
        assert (invoice.state, invoice.overdue_since) == ("paid", None)
        assert world.merchant().state == "active"
        assert sorted(attempt.state for attempt in invoice.attempts.all()) == ["failed", "succeeded"]
