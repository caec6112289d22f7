"""Credit notes, disputes, top-ups and the daily comparison share one charge: together they never give back more."""

from datetime import timedelta

import pytest

from billing.books_documents import check as check_documents
from billing.models.credits import CreditNoteState, Destination
from billing.models.ledger import Book
from billing.models.reconciling import Difference
from billing.models.reversals import CardRefund, RefundState
from billing.models.wallet import TopUpMethod
from billing.services.note_refund import RefundMismatch, RefundNews, note_refund
from billing.services.reconcile import reconcile
from billing.services.refund_card_payment import refund_card_payment
from billing.services.request_credit import CreditTooLarge
from billing.services.send_refund import send_refund
from kit.tenancy import in_control
from tests.billing.documents import Desk
from tests.billing.test_credit_notes import paid_by_card
from tests.billing.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_lost_answer_is_settled_by_the_webhook(world: World, desk: Desk) -> None:
    note = desk.credit(paid_by_card(world), {0: 9_800}, Destination.REFUND)
    world.fake.pull("faults", kind="reset_after_effect", method="POST", path="/v1/refunds")
    with in_control():
        sent = send_refund(credit_note_id=note.pk, now=world.now)
        assert sent is not None
        assert sent.state == RefundState.UNKNOWN
    world.hear()

    assert desk.again(note).state == CreditNoteState.REFUNDED
    assert world.balance(Book.REFUND_PAYABLE) == 0
    assert desk.broken() == []


def test_what_is_disputed_cannot_be_credited_to_the_card(world: World, desk: Desk) -> None:
    invoice = paid_by_card(world)
    with in_control():
        ref = invoice.attempts.get().gateway_ref
    world.fake.pull("disputes", payment_intent=ref)
    world.hear()

    with pytest.raises(CreditTooLarge) as no:
        desk.ask_credit(invoice, {0: 1}, Destination.REFUND)
    assert no.value.facts == {"most_minor": 0}


def test_what_went_back_without_a_note_leaves_less_for_one(world: World, desk: Desk) -> None:
    invoice = paid_by_card(world)
    with in_control():
        attempt = invoice.attempts.get()
        refund_card_payment(attempt_id=attempt.pk, amount_minor=20_000, reason="x", key="desk:1", now=world.now)

    with pytest.raises(CreditTooLarge) as no:
        desk.ask_credit(invoice, {0: 9_801}, Destination.REFUND)
    assert no.value.facts == {"most_minor": 9_800}
    assert check_documents(world.now) == []


def test_another_amount_than_asked_for_is_refused(world: World, desk: Desk) -> None:
    note = desk.credit(paid_by_card(world), {0: 9_800}, Destination.REFUND)
    with in_control():
        made = CardRefund.objects.select_related("attempt").get(credit_note=note)
        news = RefundNews(
            state=RefundState.SUCCEEDED, gateway_ref="re_x", key=made.key, amount_minor=9_801, currency="CNY",
            at=world.now,
        )  # fmt: skip
        with pytest.raises(RefundMismatch):
            note_refund(attempt=made.attempt, news=news, now=world.now)
    assert world.balance(Book.REFUND_PAYABLE) == -9_800


def test_the_daily_comparison_knows_top_ups(world: World, desk: Desk) -> None:
    paid_by_card(world)
    desk.top_up(10_000, method=TopUpMethod.CARD)
    world.hear()
    world.now += timedelta(hours=1)
    with in_control():
        assert reconcile(now=world.now).movements == 2
        assert not Difference.objects.exists()
    assert desk.broken() == []
