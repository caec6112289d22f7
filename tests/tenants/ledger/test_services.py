"""A transfer balances, once, or is not written."""

import pytest
from django.db import IntegrityError, transaction

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.ledger.models import Book, Posting, Transfer
from tenants.ledger.selectors import balance_of
from tenants.ledger.services import Side, Unbalanced, post
from tests.factories.times import NOW


class TestPost:
    def test_writes_both_sides(self, in_acme: StoreRef) -> None:
        order = new_id()

        post(
            what="payment.captured",
            subject_id=new_id(),
            sides=[Side(Book.CLEARING, 1290), Side(Book.ORDER, -1290, order)],
            currency="CNY",
            at=NOW,
        )

        assert balance_of(book=Book.CLEARING) == 1290
        assert balance_of(book=Book.ORDER, party_id=order) == -1290
        assert balance_of(book=Book.ORDER, party_id=new_id()) == 0

    def test_refuses_what_does_not_balance(self, in_acme: StoreRef) -> None:
        with pytest.raises(Unbalanced):
            post(
                what="slip",
                subject_id=new_id(),
                sides=[Side(Book.CLEARING, 1290), Side(Book.ORDER, -1289)],
                currency="CNY",
                at=NOW,
            )
        assert Transfer.objects.count() == 0

    def test_refuses_the_same_movement_twice(self, in_acme: StoreRef) -> None:
        subject, sides = new_id(), [Side(Book.CLEARING, 1), Side(Book.ORDER, -1)]
        post(what="payment.captured", subject_id=subject, sides=sides, currency="CNY", at=NOW)

        with pytest.raises(IntegrityError), transaction.atomic():
            post(what="payment.captured", subject_id=subject, sides=sides, currency="CNY", at=NOW)

    def test_leaves_out_sides_of_nothing(self, in_acme: StoreRef) -> None:
        nothing = [Side(Book.CLEARING, 0), Side(Book.ORDER, 0)]
        assert post(what="payment.captured", subject_id=new_id(), sides=nothing, currency="CNY", at=NOW) is None
        assert Posting.objects.count() == 0
