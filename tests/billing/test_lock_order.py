"""The wallet's row is held before anything else of an account's money, so that no two stories wait for each other.

Read off the statements that each story really makes, and tried with real connections.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models.agreements import BillingAccount
from billing.models.credits import Destination
from billing.services.agree_on_dunning import exclude_from_dunning, promise_to_pay
from billing.services.give_gift import end_gift, give_gift
from billing.services.write_off_invoice import write_off_invoice
from kit.tenancy import in_control
from tests.billing.acting import confirm, quote, switch
from tests.billing.documents import Desk
from tests.billing.world import PAYS_NEVER, World, at

BEGUN = "-- a transaction begins"
WALLET = "billing_wallet"
# What belongs to one account's money, and is held by one story at a time because the wallet is
BEHIND = {"billing_billingaccount", "billing_invoice", "billing_subscription", "billing_planchange", "billing_gift"}
_HELD = re.compile(r'FROM (?:"public"\.)?"(\w+)".*FOR UPDATE', re.DOTALL)


@pytest.fixture
def owing(world: World) -> World:
    """On Growth with a card that never pays, so that everything is about money that is owed."""
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    world.save_card(PAYS_NEVER)
    world.hear()
    world.move(at("2026-12-20 00:05"))
    world.run()
    world.hear()
    return world


def a_month_closed(world: World) -> None:
    world.move(at("2027-01-20 00:05"))
    world.run()


def a_step_taken(world: World) -> None:
    world.move(world.now + timedelta(days=16))
    world.run()


def paid_in_full(world: World) -> None:
    Desk(world).top_up(500_000)


def promised(world: World) -> None:
    with in_control():
        promise_to_pay(
            billing_account_id=payer(world).pk, until=(world.now + timedelta(days=5)).date(), reason="x", by="op",
            now=world.now,
        )  # fmt: skip


def excluded(world: World) -> None:
    with in_control():
        exclude_from_dunning(billing_account_id=payer(world).pk, reason="x", by="op", now=world.now)


def written_off(world: World) -> None:
    with in_control():
        write_off_invoice(invoice_id=world.invoices()[-1].pk, reason="x", by="op", now=world.now)


def upgraded(world: World) -> None:
    confirm(world, quote(world, "switch_now", price_id=world.price("growth").pk).change)
    world.hear()


def ended_now(world: World) -> None:
    confirm(world, quote(world, "cancel_now").change)


def credited(world: World) -> None:
    desk = Desk(world)
    desk.approve(desk.ask_credit(world.invoices()[-1], {0: 600}, Destination.OFFSET))


def given_and_ended(world: World) -> None:
    with in_control():
        gift = give_gift(
            merchant_id=world.store.merchant_id, what="leaders", amount=5, ends_at=None, actor="op", reason="x",
            now=world.now,
        )  # fmt: skip
        end_gift(gift_id=gift.pk, merchant_id=world.store.merchant_id, actor="op", reason="x", now=world.now)


STORIES: list[Callable[[World], None]] = [
    a_month_closed, a_step_taken, paid_in_full, promised, excluded, written_off, upgraded, ended_now, credited,
    given_and_ended,
]  # fmt: skip


@pytest.mark.usefixtures("_beginnings")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_wallet_is_held_first(owing: World, story: Callable[[World], None]) -> None:
    with CaptureQueriesContext(connection) as made:
        story(owing)

    held = transactions_of(made.captured_queries)
    assert any(held)
    assert [locks for locks in held if locks and locks[0] != WALLET] == []


def transactions_of(statements: list[dict[str, Any]]) -> list[list[str]]:
    """List, a transaction at a time, which of the tables were held, each at the first time only."""
    held: list[list[str]] = [[]]
    for statement in statements:
        sql = statement["sql"]
        if sql == BEGUN:
            held.append([])
        elif (found := _HELD.search(sql)) and found.group(1) in {WALLET, *BEHIND} and found.group(1) not in held[-1]:
            held[-1].append(found.group(1))
    return held


@pytest.fixture
def _beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every outermost transaction of a story leave its mark among the statements."""
    enter = transaction.Atomic.__enter__

    def marked(self: transaction.Atomic) -> None:
        if self.durable:  # type: ignore[attr-defined]
            connection.queries_log.append({"sql": BEGUN, "time": "0"})
        enter(self)

    monkeypatch.setattr(transaction.Atomic, "__enter__", marked)


def payer(world: World) -> BillingAccount:
    with in_control():
        return BillingAccount.objects.get(merchant_id=world.store.merchant_id)
