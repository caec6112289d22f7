"""What the database refuses, whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.models.catalogue import Edition, PriceVersion
from control.audit.models import AuditEntry
from control.audit.services import record_act
from kit.tenancy import in_control

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


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
