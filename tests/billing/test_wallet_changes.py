"""A change of plan and the wallet: quoted with it, paid out of it, and given back to the same lots."""

from datetime import timedelta

import pytest

from billing.models.credits import Destination
from billing.models.ledger import Book
from billing.services.request_credit import ChangeNotSettled
from tests.billing.acting import confirm, quote, switch
from tests.billing.documents import Desk
from tests.billing.world import PAYS_NEVER, World


@pytest.fixture
def desk(world: World) -> Desk:
    """On Starter by the month, paid by card; two days on, some money in the wallet."""
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    world.move(world.now + timedelta(days=2))
    desk = Desk(world)
    desk.grant(1_000)
    desk.top_up(2_000)
    return desk


def test_a_quote_counts_the_wallet_and_the_card_pays_the_rest(world: World, desk: Desk) -> None:
    quoted = quote(world, "switch_now", price_id=world.price("growth").pk)
    assert quoted.credit_used_minor == 3_000
    assert quoted.change.due_now_minor == quoted.change.total_minor - 3_000

    confirm(world, quoted.change)
    world.hear()

    invoice = world.invoices()[-1]
    assert (invoice.state, invoice.paid_minor) == ("paid", quoted.change.total_minor)
    assert [attempt.amount_minor for attempt in invoice.attempts.all()] == [quoted.change.due_now_minor]
    assert desk.lots() == [("promo", 0), ("paid", 0)]
    assert desk.broken() == []


def test_enough_in_the_wallet_changes_the_plan_at_once(world: World, desk: Desk) -> None:
    desk.top_up(100_000)

    assert switch(world, "growth").state == "done"
    assert world.balance(Book.AR) == 0
    assert desk.broken() == []


def test_a_change_that_is_not_paid_fills_the_same_lots_again(world: World, desk: Desk) -> None:
    world.save_card(PAYS_NEVER)
    world.hear()

    change = switch(world, "growth")

    assert (change.state, world.invoices()[-1].state) == ("withdrawn", "void")
    assert desk.lots() == [("promo", 1_000), ("paid", 2_000)]
    assert (world.balance(Book.AR), world.balance(Book.WALLET_PAID)) == (0, -2_000)
    assert desk.broken() == []


def test_money_that_comes_meanwhile_makes_a_waiting_change_happen(world: World, desk: Desk) -> None:
    change = confirm(world, quote(world, "switch_now", price_id=world.price("growth").pk).change)
    assert change.state == "waiting"
    with pytest.raises(ChangeNotSettled):
        desk.ask_credit(world.invoices()[-1], {1: 100}, Destination.CREDIT)

    world.hear()

    assert desk.again(change).state == "done"
    assert desk.broken() == []
