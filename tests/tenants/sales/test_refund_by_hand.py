"""What no provider will pay back is paid by hand, and two people stand for it."""

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order
from tenants.payments.models import Refund, RefundState
from tenants.sales.services.refund_by_hand import (
    NoteNeeded,
    SecondPersonNeeded,
    confirm_paid_by_hand,
    say_paid_by_hand,
)
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.refund_payment import retry_refund
from tenants.sales.services.settle_refund import RefundMissing
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW, later

BOSS, CLERK = Actor(kind="person", id="1", name="老板"), Actor(kind="person", id="2", name="小张")


@pytest.fixture
def failed(in_acme: StoreRef) -> Refund:
    """A refund that the sandbox refuses: nobody paid at its cashier."""
    order = a_paid_order()
    refund_whole(order_id=order.pk, reason="坏了", actor=BOSS, key="k", now=NOW)
    watch_payments(now=later(minutes=1))
    refund = Refund.objects.get()
    assert refund.state == RefundState.FAILED
    return refund


def said(refund: Refund) -> Refund:
    return say_paid_by_hand(refund_id=refund.pk, note="银行转账 8812", actor=CLERK, now=NOW)


def test_counts_once_another_person_confirms_it(failed: Refund) -> None:
    said(failed)
    assert Refund.objects.get().state == RefundState.FAILED

    confirm_paid_by_hand(refund_id=failed.pk, actor=BOSS, now=NOW)

    refund = Refund.objects.select_related("payment__order").get()
    assert (refund.state, Order.objects.get().refunded_minor) == (RefundState.SUCCEEDED, 1290)
    assert (balance_of(book=Book.PAID_BY_HAND), balance_of(book=Book.CLEARING)) == (-1290, 1290)
    assert OutboxFact.objects.filter(meter="order_refunded").count() == 1
    with pytest.raises(RefundMissing):
        confirm_paid_by_hand(refund_id=failed.pk, actor=BOSS, now=NOW)


def test_never_by_the_same_person_nor_by_nobody(failed: Refund) -> None:
    said(failed)
    for actor in (CLERK, Actor(kind="person")):
        with pytest.raises(SecondPersonNeeded):
            confirm_paid_by_hand(refund_id=failed.pk, actor=actor, now=NOW)


def test_needs_words_and_somebody_who_said_it(failed: Refund) -> None:
    with pytest.raises(NoteNeeded):
        say_paid_by_hand(refund_id=failed.pk, note="  ", actor=CLERK, now=NOW)
    for refund_id in (failed.pk, new_id()):
        with pytest.raises(RefundMissing):
            confirm_paid_by_hand(refund_id=refund_id, actor=BOSS, now=NOW)


def test_is_forgotten_when_the_provider_is_asked_again(failed: Refund) -> None:
    said(failed)
    retry_refund(refund_id=failed.pk, actor=BOSS, now=NOW)
    with pytest.raises(RefundMissing):
        confirm_paid_by_hand(refund_id=failed.pk, actor=BOSS, now=NOW)
    watch_payments(now=later(minutes=1))
    with pytest.raises(RefundMissing):
        confirm_paid_by_hand(refund_id=failed.pk, actor=BOSS, now=NOW)
