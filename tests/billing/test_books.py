"""The books are proven row by row; each kind of fault is found."""

from datetime import timedelta

import pytest
from django.db import connection

from billing.books import check
from billing.models.parking import ParkingCause
from billing.models.reconciling import Difference
from billing.services.match_transfer import match_transfer
from billing.services.park_account import ask_release, park_account, release_account
from billing.services.refund_card_payment import refund_card_payment
from billing.services.submit_transfer import submit_transfer
from kit.ids import new_id
from kit.tenancy import StoreRef, current_store, in_control
from tests.billing.world import World, at


@pytest.fixture
def kept(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two months of books, with orders that the store knows as well."""
    orders = {world.order_paid(12_345, at("2026-11-22 10:00")): 12_345}
    monkeypatch.setattr("billing.books._paid_orders", lambda: [*orders.items()] if _is(world.store) else [])
    world.save_card()
    world.choose("starter")
    world.hear()
    world.move(at("2026-12-20 00:30"))
    world.run()
    world.hear()
    return world


@pytest.fixture
def moved(kept: World) -> World:
    """The same books after a refund, a lost dispute, a bank transfer, and a parked account that was released."""
    first, second = [invoice.attempts.all()[0] for invoice in kept.invoices()]
    with in_control():
        refund_card_payment(attempt_id=first.pk, amount_minor=500, reason="x", key="cn:1", now=kept.now)
    told = kept.fake.pull("disputes", payment_intent=second.gateway_ref)
    kept.fake.pull("disputes/end", dispute=told["id"], outcome="lose")
    kept.hear()
    transfer = submit_transfer(
        store=kept.store, amount_minor=700, reference="1", paid_on=kept.now.date(), proof=b"%PDF-1", by="x",
        now=kept.now,
    )  # fmt: skip
    with in_control():
        match_transfer(transfer_id=transfer.pk, parts={}, by="ops@x", now=kept.now)
        account = kept.subscription().billing_account_id
        parked = park_account(billing_account_id=account, cause=ParkingCause.NO_PAYER, detail="x", now=kept.now)
        ask_release(parked_id=parked.pk, by="a@x", reason="x", now=kept.now)
        release_account(parked_id=parked.pk, by="b@x", now=kept.now)
        Difference.objects.create(
            kind="missing_here", subject="txn", state="resolved", currency="CNY", found_at=kept.now
        )
    return kept


def _is(store: StoreRef) -> bool:
    return current_store().merchant_id == store.merchant_id


def broken(world: World) -> list[str]:
    return [finding.invariant for finding in check(world.now)]


def unguarded(statement: str) -> None:
    """Do what the triggers would refuse, as a bad restore might."""
    with in_control(as_owner=True), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_two_honest_months_have_no_finding(kept: World) -> None:
    assert check(kept.now) == []


def test_orders_still_in_the_outbox_are_no_finding(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order = world.order_paid(100, world.now)
    monkeypatch.setattr("billing.books._paid_orders", lambda: [(order, 100)] if _is(world.store) else [])

    assert check(world.now) == []


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE billing_ledgerentry SET amount_minor = amount_minor + 1 WHERE amount_minor < 0", "B1"),
        ("DELETE FROM billing_ledgerentry WHERE amount_minor > 0", "B2"),
        ("UPDATE billing_invoice SET paid_minor = 1, due_minor = total_minor - 1, state = 'open'", "B3"),
        ("UPDATE billing_invoiceline SET gross_minor = gross_minor + 1, net_minor = net_minor + 1", "B4"),
        ("UPDATE billing_invoice SET number = 'LL2026-000009' WHERE number = 'LL2026-000001'", "B5"),
        ("UPDATE billing_ratedfee SET amount_minor = amount_minor + 1, fixed_minor = 1", "B6"),
        ("UPDATE billing_usageevent SET amount_minor = 1", "B7"),
        ("UPDATE billing_usageevent SET event_key = 'order_paid:nobody'", "B7"),
        ("UPDATE billing_usageevent SET problem = 'unknown meter'", "B8"),
        ("DELETE FROM billing_ratedfee", "B8"),
    ],
)
def test_each_fault_is_found(kept: World, statement: str, invariant: str) -> None:
    unguarded(statement)

    assert invariant in broken(kept)


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE billing_dispute SET withdrawn_minor = withdrawn_minor + 1", "B3"),
        ("UPDATE billing_cardrefund SET amount_minor = 99999999", "C1"),
        ("UPDATE billing_dispute SET state = 'needs_response'", "C2"),
        ("UPDATE billing_dispute SET fee_minor = fee_minor + 1", "C2"),
        ("UPDATE billing_chargeattempt SET state = 'failed' WHERE number = 1", "C3"),
        ("DELETE FROM billing_ledgertransaction WHERE what = 'charge.captured'", "C3"),
        ("UPDATE billing_banktransfer SET amount_minor = amount_minor + 1", "C4"),
        ("UPDATE billing_parkedaccount SET released_at = NULL", "C5"),
        ("UPDATE billing_difference SET state = 'open'", "C5"),
    ],
)  # fmt: skip
def test_each_fault_of_cash_is_found(moved: World, statement: str, invariant: str) -> None:
    assert broken(moved) == []

    unguarded(statement)

    assert invariant in broken(moved)


def test_a_charge_unknown_for_a_day_is_found(world: World) -> None:
    world.save_card()
    world.choose("starter")
    assert broken(world) == []
    world.now += timedelta(days=1, minutes=1)

    assert broken(world) == ["B8"]


def test_an_order_whose_fact_was_lost_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.books._paid_orders", lambda: [(new_id(), 100)] if _is(world.store) else [])

    assert broken(world) == ["B7"]
