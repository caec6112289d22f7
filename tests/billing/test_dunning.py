"""An invoice nobody pays: each step on its day, in the payer's time, and everything back at once on payment."""

from datetime import date, timedelta

import pytest

from billing.models.agreements import SavedCard
from billing.models.dunning import DunningCase, StepTaken
from billing.services.agree_on_dunning import (
    NothingOverdue,
    PromiseOutOfRange,
    exclude_from_dunning,
    include_in_dunning,
    promise_to_pay,
)
from billing.services.keep_time import ClockMovedBack
from billing.services.write_off_invoice import write_off_invoice
from control.merchants.directory import store_at
from control.post.models import Letter
from kit.tenancy import in_control
from tests.billing.world import PAYS_NEVER, World, at, hold_card


@pytest.fixture
def owing(world: World) -> World:
    """Day 0 is 20 November: the first invoice's card declined."""
    world.save_card(PAYS_NEVER)
    world.choose("starter")
    world.hear()
    return world


def on(world: World, text: str) -> tuple[str, str]:
    world.move(at(text))
    world.run()
    return world.subscription().state, world.merchant().state


def letters(channel: str = "email") -> list[str]:
    with in_control():
        return list(Letter.objects.filter(channel=channel).order_by("sent_at", "id").values_list("text", flat=True))


class TestTheSchedule:
    def test_goes_from_past_due_to_cancelled_on_its_days(self, owing: World) -> None:
        seen = [
            on(owing, day)
            for day in (
                "2026-12-05 09:59",
                "2026-12-05 10:00",
                "2026-12-20 09:59",
                "2026-12-20 10:00",
                "2027-01-19 09:59",
                "2027-01-19 10:00",
            )
        ]

        assert seen == [
            ("past_due", "past_due"),
            ("suspended", "restricted"),
            ("suspended", "restricted"),
            ("closed", "read_only"),
            ("closed", "read_only"),
            ("cancelled", "read_only"),
        ]

    def test_takes_each_step_once_however_often_it_runs(self, owing: World) -> None:
        for _again in range(3):
            on(owing, "2027-01-20 00:00")

        with in_control():
            first = owing.invoices()[0]
            assert StepTaken.objects.filter(invoice=first).count() == 9

    def test_writes_one_letter_for_all_that_a_late_clock_jumped_over(self, owing: World) -> None:
        on(owing, "2026-12-05 10:00")

        assert len(letters()) == 1
        assert "后台已改为只能查看" in letters()[0]
        assert "2026-12-20 10:00 起店铺将暂停接单" in letters()[0]
        assert len(letters("sms")) == 1

    def test_tells_at_each_stage_what_follows_and_when(self, owing: World) -> None:
        for day in ("2026-11-20 15:10", "2026-11-23 10:00", "2026-11-27 10:00", "2026-12-04 10:00"):
            on(owing, day)

        assert ["2026-12-05 10:00 起后台将只能查看" in text for text in letters()] == [True] * 4
        assert len(letters("sms")) == 1

    def test_is_in_the_days_of_the_payers_own_zone(self, world: World) -> None:
        with in_control():
            payer = world.subscription().billing_account
            payer.timezone = "America/New_York"
            payer.save(update_fields=["timezone"])
        world.save_card(PAYS_NEVER)
        world.choose("starter")
        world.hear()

        with in_control():
            case = DunningCase.objects.get()
        assert case.first_day == date(2026, 11, 20)
        assert case.next_step_at is not None
        assert case.next_step_at.isoformat() == "2026-11-23T15:00:00+00:00"  # ten in the morning there


class TestDeclines:
    def test_a_card_that_will_never_work_is_not_tried_until_there_is_another(self, world: World) -> None:
        world.save_card("4100000000000019")  # fraudulent
        world.choose("starter")
        world.hear()
        on(world, "2026-12-06 00:00")
        assert world.invoices()[0].attempts.count() == 1

        world.save_card()
        world.hear()
        assert world.invoices()[0].state == "paid"

    def test_a_card_that_wants_its_owner_is_not_tried_alone(self, world: World) -> None:
        hold_card(world, "pm_card_authenticationRequired")
        world.choose("starter")
        on(world, "2026-12-06 00:00")

        invoice = world.invoices()[0]
        assert [attempt.failure_code for attempt in invoice.attempts.all()] == ["authentication_required"]
        assert invoice.next_attempt_at is None


class TestPaying:
    @pytest.mark.parametrize("day", ["2026-11-25 12:00", "2026-12-06 12:00", "2026-12-21 12:00"])
    def test_brings_everything_back_in_the_same_moment(self, owing: World, day: str) -> None:
        on(owing, day)
        assert store_at("acme.linli.test") is not None
        owing.save_card()
        owing.hear()

        assert (owing.subscription().state, owing.merchant().state) == ("active", "active")
        assert (owing.merchant().next_step, owing.merchant().next_step_at) == ("", None)
        known = store_at("acme.linli.test")
        assert known is not None
        assert known.state == "active"  # the directory too, not five seconds later
        with in_control():
            assert DunningCase.objects.get().closed_at is not None

    def test_after_the_plan_has_ended_leaves_a_choice_of_plan(self, owing: World) -> None:
        on(owing, "2027-01-20 00:00")
        owing.save_card()
        owing.hear()
        assert owing.subscription().state == "cancelled"

        owing.choose("starter")
        owing.hear()
        assert (owing.subscription().state, owing.merchant().state) == ("active", "active")

    def test_of_the_oldest_takes_the_account_back_to_where_the_next_one_stands(self, owing: World) -> None:
        on(owing, "2026-12-21 12:00")  # a second invoice of 20 December is overdue too
        with in_control():
            write_off_invoice(invoice_id=owing.invoices()[0].pk, by="ops@x", reason="谈好了", now=owing.now)

        assert owing.subscription().state == "past_due"
        assert owing.balance("bad_debt") == 29_800


class TestAgreements:
    def test_a_promise_puts_every_step_and_try_off(self, owing: World) -> None:
        on(owing, "2026-11-24 12:00")
        payer = owing.subscription().billing_account_id
        with in_control():
            promise_to_pay(
                billing_account_id=payer, until=date(2026, 12, 1), reason="月底付", by="ops@x", now=owing.now
            )
        tries = owing.invoices()[0].attempts.count()

        assert on(owing, "2026-12-01 09:00") == ("past_due", "past_due")
        assert owing.invoices()[0].attempts.count() == tries
        assert on(owing, "2026-12-12 09:59") == ("past_due", "past_due")  # seven days later than usual
        assert on(owing, "2026-12-12 10:00") == ("suspended", "restricted")

    def test_a_promise_does_not_take_back_what_was_done(self, owing: World) -> None:
        on(owing, "2026-12-06 12:00")
        with in_control():
            promise_to_pay(
                billing_account_id=owing.subscription().billing_account_id, until=date(2026, 12, 20), reason="下周",
                by="ops@x", now=owing.now,
            )  # fmt: skip

        assert owing.subscription().state == "suspended"
        assert on(owing, "2026-12-20 10:00") == ("suspended", "restricted")

    def test_an_excluded_account_is_left_alone_until_it_is_included_again(self, owing: World) -> None:
        payer = owing.subscription().billing_account_id
        with in_control():
            exclude_from_dunning(billing_account_id=payer, reason="大客户", by="ops@x", now=owing.now)
        assert on(owing, "2026-12-19 12:00") == ("past_due", "past_due")
        assert owing.merchant().next_step_at is None

        with in_control():
            include_in_dunning(billing_account_id=payer, by="ops@x", now=owing.now)
        assert owing.subscription().state == "suspended"

    def test_bad_promises_are_refused(self, owing: World, world: World) -> None:
        payer = owing.subscription().billing_account_id
        with in_control():
            for until in (owing.now.date(), owing.now.date() + timedelta(days=90)):
                with pytest.raises(PromiseOutOfRange):
                    promise_to_pay(billing_account_id=payer, until=until, reason="x", by="ops@x", now=owing.now)
        owing.save_card()
        owing.hear()
        with in_control(), pytest.raises(NothingOverdue):
            exclude_from_dunning(billing_account_id=payer, reason="x", by="ops@x", now=owing.now)


class TestExpiringCards:
    def test_are_told_of_once_two_weeks_ahead(self, world: World) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        with in_control():
            SavedCard.objects.update(exp_year=2026, exp_month=12)
        on(world, "2026-12-17 12:00")
        assert letters() == []
        for _again in range(2):
            on(world, "2026-12-19 12:00")

        assert len(letters()) == 1
        assert "有效期到 2026-12" in letters()[0]


class TestTheClock:
    def test_moved_back_is_refused_and_nothing_is_written(self, owing: World) -> None:
        on(owing, "2026-12-06 12:00")
        owing.now -= timedelta(days=3)
        with pytest.raises(ClockMovedBack):
            owing.run()

        assert owing.subscription().state == "suspended"
