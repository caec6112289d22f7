"""Papers: the same bytes for the same words, readable as text, in both languages; statements that close."""

from datetime import date, timedelta

import pypdfium2
import pytest

from billing.models.credits import Destination
from billing.models.invoices import Invoice
from billing.papers import LANGUAGES, check_url, credit_note_paper, invoice_paper, is_check_code, statement_paper
from billing.statements import Position, statement_months, statement_of
from kit.tenancy import in_control
from tests.billing.documents import Desk
from tests.billing.world import World, at


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def text_of(printed: bytes) -> str:
    document = pypdfium2.PdfDocument(printed)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def printed(desk: Desk, invoice: Invoice, language: str = "zh") -> bytes:
    with in_control():
        whole = Invoice.objects.select_related("billing_account__merchant").get(pk=invoice.pk)
        return invoice_paper(invoice=whole, language=language)


def test_an_invoice_says_everything_and_always_the_same(desk: Desk) -> None:
    desk.top_up(5_000)
    invoice = desk.invoice(29_800, 1_000)

    paper = printed(desk, invoice)
    text = text_of(paper)

    assert paper.startswith(b"%PDF-")
    assert printed(desk, invoice) == paper
    for words in (
        "账单",
        "LL2026-000001",
        "绿家生鲜（上海）有限公司",
        "¥281.13",
        "¥308.00",
        "-¥50.00",
        "¥258.00",
        "待支付",
    ):
        assert words in text, words
    assert check_url("LL2026-000001") in text


def test_in_english_and_over_several_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.services.issue_invoice.MOST_LINES_A_DAY", 60)
    invoice = desk.invoice(*[1_000] * 60)

    paper = printed(desk, invoice, "en")

    assert "2 / " in text_of(paper)
    assert "绿家生鲜" in text_of(paper)
    assert paper != printed(desk, invoice, "zh")


def test_words_that_look_like_markup_stay_words(desk: Desk) -> None:
    with in_control():
        payer = desk.payer
        payer.legal_name = '#panic("x") *粗* $1$ <a> \\ "引号"'
        payer.save()

    assert '#panic("x") *粗* $1$ <a> \\ "引号"' in text_of(printed(desk, desk.invoice(1_000)))


def test_a_credit_note_names_its_invoice_and_reason(desk: Desk) -> None:
    note = desk.credit(desk.invoice(1_000), {0: 333}, Destination.OFFSET)
    with in_control():
        note = type(note).objects.select_related("invoice__billing_account__merchant").get(pk=note.pk)
        text = text_of(credit_note_paper(note=note, language="zh"))

    for words in ("贷项单", "CN2026-000001", "LL2026-000001", "服务中断两天", "¥3.33", "抵扣这张账单"):
        assert words in text, words


def test_a_check_code_is_of_one_number() -> None:
    code = check_url("LL2026-000001").rsplit("/", 1)[1]

    assert is_check_code("LL2026-000001", code)
    assert not is_check_code("LL2026-000002", code)
    assert not is_check_code("LL2026-000001", "")


class TestStatements:
    def test_months_tile_and_add_up_to_the_books(self, desk: Desk) -> None:
        desk.grant(1_000, days=5)
        desk.top_up(2_000)
        first = desk.invoice(10_000)
        desk.credit(first, {0: 1_500}, Destination.OFFSET)
        desk.world.now = at("2026-12-03 09:00")
        desk.invoice(-200)
        desk.top_up(9_000)

        with in_control():
            november = statement_of(billing_account=desk.payer, month=date(2026, 11, 30))
            december = statement_of(billing_account=desk.payer, month=date(2026, 12, 1))

        assert november.opening == Position()
        assert december.opening == november.closing == Position(owed_minor=5_500)
        assert december.closing == Position(owed_minor=0, credit_minor=0, wallet_minor=3_700)
        assert [movement.number for movement in november.movements if movement.what == "invoice.issued"] == [
            first.number
        ]
        assert desk.broken() == []

    def test_list_the_months_since_the_account_was_opened(self, desk: Desk) -> None:
        with in_control():
            months = statement_months(billing_account=desk.payer, now=desk.world.now + timedelta(days=31))

        assert months == [date(2026, 12, 1), date(2026, 11, 1)]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_are_printed(self, desk: Desk, language: str) -> None:
        desk.invoice(10_000)
        with in_control():
            payer = desk.payer
            statement = statement_of(billing_account=payer, month=date(2026, 11, 1))
            paper = statement_paper(billing_account=payer, statement=statement, language=language, now=desk.world.now)

        assert "¥100.00" in text_of(paper)
        assert "2026-11-30" in text_of(paper)
