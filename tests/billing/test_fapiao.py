"""发票: never above what was paid in money and kept; reversed in red when we credit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models.credits import Destination
from billing.models.fapiao import Fapiao, FapiaoPaper, FapiaoState, FapiaoType, RedLetter, TitleKind
from billing.models.invoices import Invoice
from billing.services.issue_fapiao import (
    NotAPaper,
    WrongFapiaoNumber,
    issue_fapiao,
    issue_red_letter,
    reject_fapiao,
)
from billing.services.keep_titles import NoSuchTitle, TitleNameMissing, WrongTaxNumber, remove_title
from billing.services.request_fapiao import (
    FapiaoInvoiceMissing,
    FapiaoMovedOn,
    NoSuchFapiao,
    NotForSpecial,
    NothingToInvoice,
    withdraw_fapiao,
)
from billing.tax_numbers import check_character, clean_tax_number, is_tax_number
from kit.ids import new_id
from kit.tenancy import StoreRef, in_control
from tests.billing.documents import MAKER, PDF, Desk
from tests.billing.world import World

NUMBER, RED = "26312000000000000001", "26312000000000000002"
_FIRST = st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture
def paid(desk: Desk) -> Invoice:
    """100 yuan, of which 30 were given and 70 paid in."""
    desk.grant(3_000)
    desk.top_up(7_000)
    return desk.invoice(10_000)


class TestAmount:
    def test_is_what_was_paid_in_money(self, desk: Desk, paid: Invoice) -> None:
        assert desk.ask_fapiao(paid).amount_minor == 7_000
        assert desk.broken() == []

    def test_is_asked_for_once(self, desk: Desk, paid: Invoice) -> None:
        desk.ask_fapiao(paid)
        with pytest.raises(NothingToInvoice):
            desk.ask_fapiao(paid)

    def test_is_free_again_after_a_no(self, desk: Desk, paid: Invoice) -> None:
        first = desk.ask_fapiao(paid)
        with in_control():
            reject_fapiao(fapiao_id=first.pk, reason="抬头和营业执照不一致", by=MAKER, now=desk.world.now)

        assert desk.ask_fapiao(paid).amount_minor == 7_000

    def test_of_an_open_invoice_is_nothing(self, desk: Desk) -> None:
        with pytest.raises(NothingToInvoice):
            desk.ask_fapiao(desk.invoice(10_000))

    def test_a_double_click_asks_once(self, desk: Desk, paid: Invoice) -> None:
        key = new_id()
        assert desk.ask_fapiao(paid, key=key).pk == desk.ask_fapiao(paid, key=key).pk


class TestIssuing:
    def test_keeps_number_and_paper(self, desk: Desk, paid: Invoice) -> None:
        issued = desk.issue_fapiao(desk.ask_fapiao(paid))

        assert (issued.state, issued.number) == (FapiaoState.ISSUED, NUMBER)
        with in_control():
            assert bytes(FapiaoPaper.objects.get().content) == PDF
            with pytest.raises(FapiaoMovedOn):
                withdraw_fapiao(
                    merchant_id=desk.world.store.merchant_id, fapiao_id=issued.pk, by="x", now=desk.world.now
                )
        assert desk.issue_fapiao(issued).pk == issued.pk

    @pytest.mark.parametrize("number", ["", "123", "2631200000000000000A", "２" * 20])
    def test_refuses_what_is_no_number(self, desk: Desk, paid: Invoice, number: str) -> None:
        with pytest.raises(WrongFapiaoNumber):
            desk.issue_fapiao(desk.ask_fapiao(paid), number)

    def test_refuses_what_is_no_pdf(self, desk: Desk, paid: Invoice) -> None:
        asked = desk.ask_fapiao(paid)
        with in_control(), pytest.raises(NotAPaper):
            issue_fapiao(fapiao_id=asked.pk, number=NUMBER, paper=b"<html>", by=MAKER, now=desk.world.now)

    def test_special_needs_all_of_a_companys_words(self, desk: Desk, paid: Invoice) -> None:
        with pytest.raises(NotForSpecial):
            desk.ask_fapiao(paid, type=FapiaoType.SPECIAL)


class TestReversal:
    def test_a_credit_note_makes_a_red_letter_necessary(self, desk: Desk, paid: Invoice) -> None:
        issued = desk.issue_fapiao(desk.ask_fapiao(paid))
        desk.credit(paid, {0: 2_000}, Destination.CREDIT)
        with in_control():
            red = RedLetter.objects.get()
            assert (red.state, red.amount_minor) == ("needed", 2_000)
            issue_red_letter(red_letter_id=red.pk, number=RED, paper=PDF, by=MAKER, now=desk.world.now)
            assert Fapiao.objects.get().state == FapiaoState.ISSUED
        desk.credit(paid, {0: 5_000}, Destination.CREDIT)
        with in_control():
            second = RedLetter.objects.get(state="needed")
            with pytest.raises(WrongFapiaoNumber):
                issue_red_letter(red_letter_id=second.pk, number=RED, paper=PDF, by=MAKER, now=desk.world.now)
            issue_red_letter(red_letter_id=second.pk, number=RED[:-1] + "3", paper=PDF, by=MAKER, now=desk.world.now)

        assert desk.again(issued).state == FapiaoState.REVERSED
        assert desk.broken() == []

    def test_giving_back_what_was_given_reverses_nothing(self, desk: Desk, paid: Invoice) -> None:
        desk.issue_fapiao(desk.ask_fapiao(paid))
        desk.credit(paid, {0: 7_000}, Destination.CREDIT)
        desk.credit(paid, {0: 3_000}, Destination.CREDIT)

        with in_control():
            assert [red.amount_minor for red in RedLetter.objects.all()] == [7_000]

    def test_a_request_that_waits_is_made_smaller_or_falls_away(self, desk: Desk, paid: Invoice) -> None:
        asked = desk.ask_fapiao(paid)
        desk.credit(paid, {0: 2_000}, Destination.CREDIT)
        assert (desk.again(asked).amount_minor, desk.again(asked).state) == (5_000, FapiaoState.REQUESTED)

        desk.credit(paid, {0: 5_000}, Destination.CREDIT)
        assert desk.again(asked).state == FapiaoState.WITHDRAWN
        assert desk.broken() == []


class TestTitles:
    def test_are_kept_once_and_taken_off(self, desk: Desk) -> None:
        first = desk.title(tax_number=" 9131 0000-775785552l ")
        assert desk.title().pk == first.pk
        with in_control():
            remove_title(merchant_id=desk.world.store.merchant_id, title_id=first.pk, actor="x", now=desk.world.now)
            with pytest.raises(NoSuchTitle):
                remove_title(merchant_id=desk.world.store.merchant_id, title_id=first.pk, actor="x", now=desk.world.now)

    @pytest.mark.parametrize("number", ["", "91310000775785552M", "91310000775785552", "9131000077578555IL"])
    def test_of_a_company_need_a_true_tax_number(self, desk: Desk, number: str) -> None:
        with pytest.raises(WrongTaxNumber):
            desk.title(tax_number=number)

    def test_of_a_person_need_a_name_only(self, desk: Desk) -> None:
        assert desk.title(kind=TitleKind.PERSONAL, name="王小明", tax_number="").tax_number == ""
        with pytest.raises(TitleNameMissing):
            desk.title(kind=TitleKind.PERSONAL, name=" ")


def test_another_merchants_is_missing(desk: Desk, paid: Invoice, rival: StoreRef) -> None:
    asked = desk.ask_fapiao(paid)
    with in_control(), pytest.raises(NoSuchFapiao):
        withdraw_fapiao(merchant_id=rival.merchant_id, fapiao_id=asked.pk, by="x", now=desk.world.now)
    paid.pk = new_id()
    with pytest.raises(FapiaoInvoiceMissing):
        desk.ask_fapiao(paid)


@given(_FIRST)
def test_one_character_proves_the_other_seventeen(first: str) -> None:
    number = first + check_character(first)

    assert is_tax_number(number)
    assert clean_tax_number(number.lower()) == number
    others = [other for other in "0123456789ABCDEFGHJKLMNPQRTUWXY" if other != first[0]]
    assert not any(is_tax_number(other + number[1:]) for other in others)
