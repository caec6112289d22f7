"""Credit notes: two people, never more than the line, the debt or the payment; numbered, posted, final."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from billing.models.credits import CreditNote, CreditNoteState, Destination
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.models.reversals import RefundState
from billing.services.approve_credit import (
    CreditSamePerson,
    NoSuchCreditNote,
    NotADraft,
    approve_credit,
    withdraw_credit,
)
from billing.services.refund_card_payment import look_after_refunds
from billing.services.request_credit import ChargeUnderWay, CreditEmpty, CreditTooLarge, NoSuchInvoice, request_credit
from billing.services.rescue_refund import RefundNotFailed, refund_to_wallet, retry_refund
from billing.services.send_refund import send_refund
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.documents import CHECKER, MAKER, Desk
from tests.billing.world import World

REFUND_FAILS_LATER = "4000000000005126"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def paid_by_card(world: World, number: str = "4242424242424242", *, due: int | None = None) -> Invoice:
    world.save_card(number)
    world.choose("starter", due=due)
    world.hear()
    return world.invoices()[0]


def send(desk: Desk, note: CreditNote) -> None:
    with in_control():
        send_refund(credit_note_id=note.pk, now=desk.world.now)


class TestTwoPeople:
    def test_nothing_happens_before_the_second(self, desk: Desk) -> None:
        invoice = desk.invoice(10_000)
        note = desk.ask_credit(invoice, {0: 4_000}, Destination.OFFSET)

        assert (note.state, note.number, desk.again(invoice).due_minor) == (CreditNoteState.DRAFT, None, 10_000)
        with pytest.raises(CreditSamePerson):
            desk.approve(note, by=MAKER.upper())

    def test_the_database_refuses_one_person_twice(self, desk: Desk) -> None:
        note = desk.ask_credit(desk.invoice(10_000), {0: 1}, Destination.OFFSET)

        with in_control(), pytest.raises(DatabaseError, match="credit_note_by_two_people"), transaction.atomic():
            CreditNote.objects.filter(pk=note.pk).update(approved_by=MAKER)

    def test_approved_twice_is_done_once(self, desk: Desk) -> None:
        invoice = desk.invoice(10_000)
        note = desk.ask_credit(invoice, {0: 4_000}, Destination.OFFSET)
        desk.approve(note)
        desk.approve(note)

        assert desk.again(invoice).due_minor == 6_000

    def test_withdrawn_frees_the_amount_and_leaves_no_number(self, desk: Desk) -> None:
        invoice = desk.invoice(10_000)
        first = desk.ask_credit(invoice, {0: 10_000}, Destination.OFFSET)
        with pytest.raises(CreditTooLarge):
            desk.ask_credit(invoice, {0: 1}, Destination.OFFSET)
        with in_control():
            withdraw_credit(credit_note_id=first.pk, by=MAKER, now=desk.world.now)
        with pytest.raises(NotADraft):
            desk.approve(first)

        assert desk.credit(invoice, {0: 10_000}, Destination.OFFSET).number == "CN2026-000001"
        assert desk.broken() == []


class TestOffset:
    def test_all_of_it_pays_the_invoice(self, desk: Desk) -> None:
        invoice = desk.invoice(10_000)

        note = desk.credit(invoice, {0: 10_000}, Destination.OFFSET)

        invoice = desk.again(invoice)
        assert (invoice.state, invoice.due_minor, invoice.credited_minor) == (InvoiceState.PAID, 0, 10_000)
        assert (note.state, desk.world.balance(Book.AR), desk.world.balance(Book.TAX_PAYABLE)) == ("applied", 0, 0)
        assert desk.broken() == []

    def test_parts_carry_the_tax_of_the_line_to_the_fen(self, desk: Desk) -> None:
        invoice = desk.invoice(1_000)  # 943 + 57
        notes = [desk.credit(invoice, {0: part}, Destination.OFFSET) for part in (333, 333, 333, 1)]

        assert sum(note.tax_minor for note in notes) == 57
        assert sum(note.net_minor for note in notes) == 943
        assert desk.broken() == []

    def test_while_the_card_is_charged_waits(self, world: World, desk: Desk) -> None:
        world.save_card()
        world.choose("starter")

        with pytest.raises(ChargeUnderWay):
            desk.ask_credit(world.invoices()[0], {0: 100}, Destination.OFFSET)

    def test_of_a_paid_invoice_is_refused(self, world: World, desk: Desk) -> None:
        with pytest.raises(CreditTooLarge):
            desk.ask_credit(paid_by_card(world), {0: 100}, Destination.OFFSET)


class TestToTheWallet:
    def test_what_was_given_goes_back_as_given(self, desk: Desk) -> None:
        desk.grant(3_000)
        desk.top_up(7_000)
        invoice = desk.invoice(10_000)

        first = desk.credit(invoice, {0: 7_000}, Destination.CREDIT)
        second = desk.credit(invoice, {0: 3_000}, Destination.CREDIT)

        assert (first.promo_minor, second.promo_minor) == (0, 3_000)
        assert desk.lots() == [("promo", 0), ("paid", 0), ("paid", 7_000), ("promo", 3_000)]
        assert desk.broken() == []

    def test_never_more_than_was_paid(self, desk: Desk) -> None:
        desk.top_up(4_000)
        invoice = desk.invoice(10_000)

        with pytest.raises(CreditTooLarge) as no:
            desk.ask_credit(invoice, {0: 4_001}, Destination.CREDIT)
        assert no.value.facts == {"most_minor": 4_000}


class TestRefunds:
    def test_go_back_to_the_card_once(self, world: World, desk: Desk) -> None:
        invoice = paid_by_card(world)
        note = desk.credit(invoice, {0: 9_800}, Destination.REFUND)
        assert (note.state, world.balance(Book.REFUND_PAYABLE)) == (CreditNoteState.ISSUED, -9_800)
        assert desk.broken() == []

        send(desk, note)
        send(desk, note)
        world.hear()

        assert desk.again(note).state == CreditNoteState.REFUNDED
        assert world.balance(Book.CLEARING_STRIPE) == 29_800 - 9_800
        assert desk.again(invoice).state == InvoiceState.PAID
        assert desk.broken() == []

    def test_never_more_than_the_card_paid(self, world: World, desk: Desk) -> None:
        desk.top_up(10_000)
        invoice = paid_by_card(world, due=19_800)

        with pytest.raises(CreditTooLarge) as no:
            desk.ask_credit(invoice, {0: 19_801}, Destination.REFUND)
        assert no.value.facts == {"most_minor": 19_800}

    def test_that_the_bank_takes_back_are_owed_again_and_can_go_to_the_wallet(self, world: World, desk: Desk) -> None:
        note = desk.credit(paid_by_card(world, REFUND_FAILS_LATER), {0: 9_800}, Destination.REFUND)
        send(desk, note)
        world.hear()
        with in_control(), pytest.raises(RefundNotFailed):
            retry_refund(credit_note_id=note.pk, by=MAKER, now=world.now)
        world.move(world.now + timedelta(minutes=5))
        world.hear()
        assert (desk.again(note).state, world.balance(Book.REFUND_PAYABLE)) == (CreditNoteState.ISSUED, -9_800)
        assert desk.broken() == []

        with in_control():
            refund_to_wallet(credit_note_id=note.pk, by=MAKER, now=world.now)

        assert (desk.lots(), world.balance(Book.REFUND_PAYABLE)) == ([("paid", 9_800)], 0)
        assert desk.broken() == []

    def test_without_an_answer_are_asked_about_and_sent_once(self, world: World, desk: Desk) -> None:
        note = desk.credit(paid_by_card(world), {0: 9_800}, Destination.REFUND)
        world.move(world.now + timedelta(minutes=1))

        with in_control():
            assert look_after_refunds(now=world.now) == 1
            assert [refund.state for refund in note.refunds.all()] == [RefundState.SUCCEEDED]
        assert desk.broken() == []


class TestBadInput:
    @pytest.mark.parametrize("amounts", [{}, {0: 0}, {0: -1}])
    def test_nothing_or_less_is_refused(self, desk: Desk, amounts: dict[int, int]) -> None:
        with pytest.raises(CreditEmpty):
            desk.ask_credit(desk.invoice(10_000), amounts, Destination.OFFSET)

    def test_more_than_the_line_is_refused_by_the_story_and_by_the_database(self, desk: Desk) -> None:
        invoice = desk.invoice(1_000, 9_000)
        with pytest.raises(CreditTooLarge):
            desk.ask_credit(invoice, {0: 1_001}, Destination.OFFSET)
        note = desk.ask_credit(invoice, {0: 1_000}, Destination.OFFSET)
        with in_control():
            line = note.lines.get()
            line.pk, line.credit_note_id, line._state.adding = (
                new_id(),
                desk.ask_credit(invoice, {1: 1}, Destination.OFFSET).pk,
                True,
            )
            with pytest.raises(DatabaseError, match="more than the line"), transaction.atomic():
                line.save(force_insert=True)

    def test_lines_of_another_invoice_and_strangers_are_missing(self, desk: Desk) -> None:
        one, other = desk.invoice(1_000), desk.invoice(1_000, boundary=desk.world.now + timedelta(days=1))
        wish: dict[str, Any] = {"destination": Destination.OFFSET, "reason": "x", "by": MAKER, "now": desk.world.now}
        with in_control():
            foreign = {other.lines.get().pk: 100}
            with pytest.raises(NoSuchInvoice):
                request_credit(invoice_id=one.pk, amounts=foreign, key=new_id(), **wish)
            with pytest.raises(NoSuchInvoice):
                request_credit(invoice_id=new_id(), amounts=foreign, key=new_id(), **wish)
            with pytest.raises(NoSuchCreditNote):
                approve_credit(credit_note_id=new_id(), by=CHECKER, now=desk.world.now)

    def test_a_double_click_asks_once(self, desk: Desk) -> None:
        invoice, key = desk.invoice(1_000), new_id()

        first = desk.ask_credit(invoice, {0: 600}, Destination.OFFSET, key=key)

        assert desk.ask_credit(invoice, {0: 600}, Destination.OFFSET, key=key).pk == first.pk

    def test_an_issued_note_is_final(self, desk: Desk) -> None:
        note = desk.credit(desk.invoice(1_000), {0: 600}, Destination.OFFSET)
        with in_control(), pytest.raises(DatabaseError, match="is final"), transaction.atomic():
            CreditNote.objects.filter(pk=note.pk).update(gross_minor=1, net_minor=1, tax_minor=0)
