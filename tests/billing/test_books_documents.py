"""Wallets, credit notes, 发票 and statements are proven row by row; each kind of fault is found."""

import pytest

from billing.models.credits import Destination
from tests.billing.documents import Desk
from tests.billing.test_books import unguarded
from tests.billing.world import World

UNPOST = """
DELETE FROM billing_ledgerentry WHERE transaction_id IN
    (SELECT id FROM billing_ledgertransaction WHERE what = 'credit.issued')
"""


@pytest.fixture
def kept(world: World) -> Desk:
    """One of each document."""
    desk = Desk(world)
    desk.grant(1_000)
    desk.top_up(9_000)
    invoice = desk.invoice(12_000)
    desk.credit(invoice, {0: 500}, Destination.OFFSET)
    desk.issue_fapiao(desk.ask_fapiao(invoice))
    desk.top_up(5_000)
    assert desk.broken() == []
    return desk


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE billing_walletlot SET remaining_minor = remaining_minor - 1 WHERE remaining_minor > 0", "D1"),
        ("UPDATE billing_walletuse SET amount_minor = amount_minor + 1", "D2"),
        ("UPDATE billing_walletuse SET amount_minor = amount_minor + 1", "B3"),
        ("UPDATE billing_creditnoteline SET gross_minor = 20000, net_minor = 20000 - tax_minor", "D3"),
        ("UPDATE billing_invoice SET credited_minor = 0, due_minor = due_minor + credited_minor, state = 'open'", "D4"),
        ("UPDATE billing_creditnote SET number = 'CN2026-000002'", "D5"),
        (UNPOST, "D6"),
        ("UPDATE billing_fapiaoshare SET amount_minor = amount_minor + 1", "D7"),
        ("UPDATE billing_creditnote SET destination = 'refund', state = 'issued'", "D8"),
        ("UPDATE billing_walletlot SET source = 'lost:' || id WHERE source LIKE 'top_up:%'", "D9"),
        ("UPDATE billing_invoiceline SET discount_minor = 1", "B4"),
    ],
)  # fmt: skip
def test_each_fault_is_found(kept: Desk, statement: str, invariant: str) -> None:
    unguarded(statement)

    assert invariant in [finding.invariant for finding in kept.findings()]
