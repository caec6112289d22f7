"""Tax, discounts, splits and zero totals: the worked examples to the fen, on real invoices."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.line_discounts import BrokenDiscount, Discount, discount_lines
from billing.models.collection import ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState, LineKind
from billing.models.ledger import Book
from billing.services.issue_invoice import issue_invoice
from billing.services.request_fapiao import NothingToInvoice
from kit.money import allocate
from kit.tenancy import in_control
from tests.billing.documents import Desk, draft, in_story
from tests.billing.world import World, at

CASES: dict[str, Any] = json.loads(Path(__file__).parent.joinpath("cases", "documents.json").read_text())
NOW = at("2026-11-20 15:00")


def cases(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[kind], ids=[case["id"] for case in CASES[kind]])


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def issued(desk: Desk, case: Any) -> Invoice:
    rates = case.get("ppms") or [case.get("ppm", 60_000)] * len(case["lines"])
    inclusive = case.get("inclusive", True)
    drafts = [
        draft(gross, NOW, tax_ppm=ppm, tax_inclusive=inclusive) for gross, ppm in zip(case["lines"], rates, strict=True)
    ]
    with in_control(), in_story():
        return issue_invoice(
            billing_account=desk.payer, boundary=NOW, issued_at=NOW, drafts=drafts, discounts=discounts(case)
        )


def discounts(case: Any) -> list[Discount]:
    if "percent_ppm" in case:
        return [Discount(ppm=case["percent_ppm"])]
    return [Discount(amount_minor=case["amount"])] if "amount" in case else []


@cases("tax")
def test_tax_is_worked_out_line_by_line(desk: Desk, case: Any) -> None:
    invoice = issued(desk, case)

    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (case["net"], case["tax"], case["total"])
    assert desk.broken() == []


@cases("discount")
def test_a_discount_is_split_without_a_remainder(desk: Desk, case: Any) -> None:
    drafts = [draft(gross, NOW) for gross in case["lines"]]
    assert [line.discount_minor for line in discount_lines(drafts, discounts(case))] == case["parts"]

    invoice = issued(desk, case)

    assert (invoice.total_minor, invoice.discount_minor) == (case["total"], sum(case["parts"]))
    assert invoice.state == (InvoiceState.OPEN if case["total"] else InvoiceState.PAID)
    assert desk.broken() == []


def test_a_zero_invoice_is_numbered_paid_and_never_charged(desk: Desk) -> None:
    invoice = issued(desk, CASES["discount"][0])

    assert (invoice.number, invoice.state, invoice.tax_minor) == ("LL2026-000001", InvoiceState.PAID, 0)
    assert (invoice.subtotal_minor, invoice.discount_minor) == (29_900, 29_900)
    assert desk.world.balance(Book.DISCOUNT) == 29_900
    assert desk.world.balance(Book.DEFERRED_REVENUE) == -29_900
    with in_control():
        assert ChargeAttempt.objects.count() == 0
    with pytest.raises(NothingToInvoice):
        desk.ask_fapiao(invoice)


@cases("split")
def test_a_split_loses_nothing(case: Any) -> None:
    assert allocate(case["amount"], case["weights"]) == case["parts"]


@cases("negative_month")
def test_a_month_below_nothing_becomes_credit_for_the_next(desk: Desk, case: Any) -> None:
    march = desk.invoice(5_000, boundary=NOW - timedelta(days=30), kind=LineKind.FEE)
    invoice = desk.invoice(*case["lines"], kind=LineKind.FEE)

    assert (invoice.total_minor, invoice.state) == (case["total"], InvoiceState.PAID)
    assert -desk.world.balance(Book.MERCHANT_CREDIT) == case["credit"]
    assert desk.world.balance(Book.CLEARING_STRIPE) == case["card_refund"]
    assert desk.again(march).total_minor == 5_000
    assert desk.invoice(1_000, boundary=NOW + timedelta(days=30)).credited_minor == case["credit"]
    assert desk.broken() == []


@pytest.mark.parametrize(
    "wrong", [{}, {"ppm": 1, "amount_minor": 1}, {"ppm": -1}, {"ppm": 1_000_001}, {"amount_minor": -1}]
)
def test_what_is_no_discount_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BrokenDiscount):
        Discount(**wrong)  # type: ignore[arg-type]
