"""What the database refuses, whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.models.agreements import BillingAccount, Phase
from billing.models.catalogue import Edition, PriceVersion
from billing.models.invoices import Invoice, InvoiceLine
from billing.models.ledger import Book, LedgerAccount, LedgerEntry, LedgerTransaction
from billing.services.post_entries import post_entries
from control.audit.models import AuditEntry
from control.audit.services import record_act
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.world import World

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def payer(world: World) -> BillingAccount:
    """An account with one issued invoice."""
    world.save_card()
    world.choose("starter")
    return world.subscription().billing_account


@pytest.fixture(autouse=True)
def control(db: None) -> Iterator[None]:
    with in_control():
        yield


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """Expect the database to refuse, at the latest when the transaction would commit."""
    with pytest.raises(DatabaseError) as no, transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for word in words:
        assert word in str(no.value)


def a_price(**given: object) -> PriceVersion:
    fields = {
        "edition": Edition.objects.get(code="starter"),
        "currency": "CNY",
        "interval": "month",
        "amount_minor": 39_800,
        "tax_ppm": 60_000,
        "tiers": [[None, 6000]],
        "limits": {},
        "valid_from": NOW,
    }
    return PriceVersion.objects.create(**{**fields, **given})


class TestPriceVersions:
    def test_two_of_one_offer_are_never_on_sale_at_once(self) -> None:
        with pytest.raises(IntegrityError, match="one_price_at_a_time"), transaction.atomic():
            a_price()

    def test_the_next_begins_where_the_last_one_ends(self) -> None:
        PriceVersion.objects.filter(edition__code="starter", interval="month").update(valid_until=NOW)

        assert a_price().valid_from == NOW
        with pytest.raises(IntegrityError, match="one_price_at_a_time"), transaction.atomic():
            a_price(valid_from=NOW - timedelta(seconds=1), valid_until=NOW)

    def test_offers_that_differ_in_any_part_are_apart(self) -> None:
        a_price(currency="HKD")
        a_price(edition=Edition.objects.get(code="trial"), interval="year")


class TestAppendOnly:
    def test_the_audit_is_never_changed(self) -> None:
        entry = record_act(what="merchant.signed_up", actor="owner@example.com", now=NOW)

        with refused("only ever added"):
            AuditEntry.objects.filter(pk=entry.pk).update(reason="other")
        with refused("only ever added"):
            entry.delete()


class TestBooks:
    def test_an_unbalanced_transaction_never_commits(self, payer: BillingAccount) -> None:
        with refused("does not balance"):
            post(payer, {Book.AR: 100, Book.REVENUE_FEE: -99})

    def test_an_entry_alone_never_commits(self, payer: BillingAccount) -> None:
        with refused("does not balance"):
            post(payer, {Book.AR: 100})

    def test_an_entry_in_another_currency_than_its_account_never_commits(self, payer: BillingAccount) -> None:
        with refused("account's currency"):
            post(payer, {Book.AR: 100, Book.REVENUE_FEE: -100})
            post(payer, {Book.AR: 100, Book.REVENUE_FEE: -100}, currency="HKD", strange=True)

    def test_the_same_movement_is_posted_once(self, payer: BillingAccount) -> None:
        subject = new_id()

        assert post(payer, {Book.AR: 1, Book.REVENUE_FEE: -1}, subject=subject) is True
        assert post(payer, {Book.AR: 1, Book.REVENUE_FEE: -1}, subject=subject) is False

    @pytest.mark.parametrize("model", [LedgerEntry, LedgerTransaction, InvoiceLine])
    def test_rows_are_never_changed_or_deleted(self, payer: BillingAccount, model: Any) -> None:
        row = model.objects.first()

        with refused("only ever added"):
            row.save()
        with refused("only ever added"):
            model.objects.filter(pk=row.pk)._raw_delete("default")


class TestInvoices:
    @pytest.mark.parametrize("column", ["total_minor", "tax_minor", "number", "issued_at", "currency"])
    def test_what_they_say_is_final(self, payer: BillingAccount, column: str) -> None:
        other = {"number": "LL2026-999999", "issued_at": NOW, "currency": "USD"}.get(column, 1)

        with refused():
            Invoice.objects.update(**{column: other})

    def test_are_never_deleted(self, payer: BillingAccount) -> None:
        with refused("is final"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM billing_invoice")

    def test_a_month_has_one(self, payer: BillingAccount) -> None:
        invoice = Invoice.objects.get()
        invoice.pk, invoice.number, invoice._state.adding = new_id(), "LL2026-000002", True

        with refused("one_invoice_a_period"):
            invoice.save(force_insert=True)


class TestPricesInUse:
    def test_may_only_be_ended(self, payer: BillingAccount) -> None:
        price = Phase.objects.filter(price__edition__code="starter").latest("starts_at").price

        with refused("in use"):
            PriceVersion.objects.filter(pk=price.pk).update(amount_minor=1)
        with refused():
            price.delete()
        PriceVersion.objects.filter(pk=price.pk).update(valid_until=NOW)


def post(
    payer: BillingAccount,
    entries: dict[Book, int],
    *,
    subject: Any = None,
    currency: str = "CNY",
    strange: bool = False,
) -> bool:
    if strange:  # an account of one currency, an entry of another
        moved = LedgerTransaction.objects.create(what="test", subject_id=new_id(), at=NOW)
        for book, amount in entries.items():
            ledger_account = LedgerAccount.objects.get(billing_account=payer, book=book, currency="CNY")
            LedgerEntry.objects.create(
                transaction=moved, ledger_account=ledger_account, amount_minor=amount, currency=currency
            )
        return True
    return post_entries(
        what="test",
        subject_id=subject or new_id(),
        billing_account=payer,
        currency=currency,
        at=NOW,
        entries=entries,
    )
