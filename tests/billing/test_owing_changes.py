"""Changing a plan while something is owed: what is given back goes off the debt, never beside it (BC25)."""

from functools import partial

import pytest

from billing.books import check
from billing.models.agreements import BillingAccount
from billing.models.credits import Destination
from billing.models.invoices import InvoiceState
from billing.refusals import AmountMoved, ChangedInBetween
from billing.services.agree_on_dunning import NothingOverdue, promise_to_pay
from billing.services.collect_and_rate import collect_and_rate
from billing.services.give_gift import give_gift
from billing.services.run_due import run_due
from kit.errors import Refused
from kit.tenancy import in_control
from tests.billing.acting import confirm, quote, reprice, switch
from tests.billing.documents import Desk
from tests.billing.test_documents_races import at_once
from tests.billing.world import PAYS_NEVER, World, at


def owing(world: World, *, edition: str = "starter") -> World:
    """A month paid, then a card that never pays: the month of 20 December to 20 January (31 days) is owed."""
    reprice("starter", 31_000, tiers=[[None, 6_000]])
    reprice("growth", 62_000)
    world.save_card()
    world.hear()
    switch(world, edition, movement="start")
    world.save_card(PAYS_NEVER)
    world.hear()
    world.move(at("2026-12-20 10:05"))
    world.run()
    world.hear()
    assert world.subscription().state == "past_due"
    world.move(at("2026-12-30 12:00"))  # ten of thirty-one days are used
    return world


def dues(world: World) -> list[tuple[str, int]]:
    return [(invoice.state, invoice.due_minor) for invoice in world.invoices() if invoice.total_minor]


class TestOffTheDebt:
    def test_an_upgrade_charges_the_difference_and_makes_no_credit_to_spend(self, world: World) -> None:
        owing(world)

        upgrade = quote(world, "switch_now", price_id=world.price("growth").pk).change

        assert (upgrade.total_minor, upgrade.due_now_minor) == (21_000, 21_000)  # -21,000 + 42,000
        confirm(world, upgrade)  # the card says no: nothing has happened, and the debt is what it was
        assert dues(world)[1:] == [("open", 31_000), ("void", 21_000)]
        assert world.balance("merchant_credit") == 0

        world.save_card()
        world.hear()
        confirm(world, quote(world, "switch_now", price_id=world.price("growth").pk).change)
        world.hear()
        assert [state for state, _due in dues(world)] == ["paid", "paid", "void", "paid"]
        assert sum(invoice.paid_minor for invoice in world.invoices()[1:]) == 10_000 + 42_000
        assert (world.balance("ar"), world.balance("merchant_credit")) == (0, 0)
        assert broken(world) == []

    def test_an_operators_downgrade_lowers_what_is_owed(self, world: World) -> None:
        owing(world, edition="growth")

        down = quote(world, "switch_now", price_id=world.price("starter").pk, by_operator=True).change
        assert down.total_minor == -21_000
        confirm(world, down)

        assert dues(world)[1:] == [("open", 62_000 - 21_000)]
        assert (world.balance("merchant_credit"), world.subscription().state) == (0, "past_due")
        assert broken(world) == []

    def test_ending_now_leaves_the_used_days_owed(self, world: World) -> None:
        owing(world)

        confirm(world, quote(world, "cancel_now").change)

        assert dues(world)[1:] == [("open", 10_000)]
        assert (world.balance("merchant_credit"), world.balance("ar")) == (0, 10_000)
        assert world.subscription().state == "cancelled"
        assert broken(world) == []

    def test_ending_on_the_first_day_owes_nothing_and_closes_the_case(self, world: World) -> None:
        owing(world)
        world.move(at("2026-12-20 12:00"))

        confirm(world, quote(world, "cancel_now").change)

        assert [state for state, _due in dues(world)] == ["paid", "paid"]
        assert world.merchant().next_step_at is None
        assert world.balance("ar") == 0

    def test_an_order_paid_since_the_quote_makes_the_last_amount_another(self, world: World) -> None:
        owing(world)
        end = quote(world, "cancel_now").change
        world.order_paid(1_000_000, world.now)

        with pytest.raises(AmountMoved) as moved:
            confirm(world, end)
        assert moved.value.facts["due_now_minor"] >= 0
        again = quote(world, "cancel_now").change
        assert again.total_minor > end.total_minor
        confirm(world, again)
        assert broken(world) == []


class TestAtOnce:
    """Real connections: what waits for each other takes turns, and nobody is refused by the database."""

    def test_the_clock_a_payment_a_promise_and_a_change(self, racing_world: World) -> None:
        world = owing(racing_world)
        desk = Desk(world)
        top_up = desk.top_up(31_000, settle=False)
        upgrade = quote(world, "switch_now", price_id=world.price("growth").pk).change
        with in_control():
            payer = BillingAccount.objects.get(merchant_id=world.store.merchant_id)

        answers = at_once([
            partial(ran, world), partial(desk.settle, top_up), partial(promised, world, payer),
            partial(confirm, world, upgrade), partial(given, world),
        ])  # fmt: skip
        world.hear()

        refused = {type(answer) for answer in answers if isinstance(answer, Refused)}
        assert refused <= {NothingOverdue, AmountMoved, ChangedInBetween}  # by the rules, whoever came second
        assert world.merchant().limits["leaders"] in (30 + 7, 300 + 7)
        owed = [invoice for invoice in world.invoices() if invoice.state == InvoiceState.OPEN]
        assert world.balance("ar") == sum(invoice.due_minor for invoice in owed)
        assert broken(world) == []

    def test_a_credit_note_and_an_end_give_each_fen_once(self, racing_world: World) -> None:
        world = owing(racing_world)
        desk = Desk(world)
        note = desk.ask_credit(world.invoices()[-1], {0: 31_000}, Destination.OFFSET)
        end = quote(world, "cancel_now").change

        at_once([partial(desk.approve, note), partial(confirm, world, end)])

        assert broken(world) == []
        assert world.balance("ar") >= 0

    def test_fees_rated_while_a_plan_ends_are_on_its_last_invoice_or_none(self, racing_world: World) -> None:
        world = owing(racing_world)
        end = quote(world, "cancel_now").change
        world.order_paid(1_000_000, world.now)

        at_once([partial(confirm, world, end), partial(rated, world)])

        assert broken(world) == []


def broken(world: World) -> list[str]:
    """What the books are found wrong in; the orders of these facts were never placed in the store (B7)."""
    with in_control():
        return [f"{one.invariant} {one.sentence}" for one in check(world.now) if one.invariant != "B7"]


def ran(world: World) -> object:
    with in_control():
        run = run_due(now=world.now)
    assert not run.stuck
    assert not run.parked
    return run


def promised(world: World, payer: BillingAccount) -> object:
    with in_control():
        return promise_to_pay(
            billing_account_id=payer.pk, until=at("2027-01-05 00:00").date(), reason="x", by="op", now=world.now
        )


def given(world: World) -> object:
    with in_control():
        return give_gift(
            merchant_id=world.store.merchant_id, what="leaders", amount=7, ends_at=None, actor="op", reason="x",
            now=world.now,
        )  # fmt: skip


def rated(world: World) -> object:
    with in_control():
        return collect_and_rate(now=world.now)
