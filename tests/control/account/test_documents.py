"""The merchant's documents: the fee explorer, the wallet, 发票, statements, papers and files."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models.credits import Destination
from billing.models.fapiao import Fapiao
from billing.models.wallet import TopUp, Wallet
from billing.papers import check_url
from kit import clock
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.documents import TAX_NUMBER
from tests.billing.documents import Desk as Documents
from tests.billing.world import World, at
from tests.control.account.conftest import Desk

PAGES = ["fees", "wallet", "fapiao", "fapiao/titles", "statements", "invoices"]


def rows_of(answer: object) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def papers(world: World) -> Documents:
    return Documents(world)


@pytest.fixture
def billed(world: World) -> World:
    world.save_card()
    world.choose("starter", "year")
    world.hear()
    world.order_paid(29_990_000, at("2026-11-22 10:00"))
    world.order_paid(1_025_000, at("2026-11-22 11:00"))
    world.move(at("2026-12-20 00:30"))
    world.run()
    world.hear()
    return world


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_there_before_anything_happened(owner: Desk, page: str) -> None:
    assert owner.get(page)


class TestFeeExplorer:
    def test_shows_how_each_fee_came_about(self, billed: World, owner: Desk) -> None:
        page = owner.get("fees")

        assert "¥10,150.00 × 0.6%" in page
        assert "算上这单，本期累计成交 ¥310,150.00，累计服务费 ¥60.90；之前已计 ¥0.00" in page
        assert "没有符合条件的记录" in owner.get("fees", month="2026-12")
        assert "没有符合条件的记录" in owner.get("fees", q="没有这单")
        assert "¥60.90" in owner.get("fees", month="2026-11")

    @pytest.mark.parametrize("month", ["2026-13", "0000-00", "9999-12", "x", "2026-11' OR 1"])
    def test_a_month_that_is_none_is_no_filter(self, billed: World, owner: Desk, month: str) -> None:
        assert owner.ask("fees", month=month).status_code == 200

    def test_is_handed_out_as_csv_and_xlsx(self, billed: World, owner: Desk) -> None:
        rows = rows_of(owner.ask("fees/download", month="2026-11"))
        assert [row[4] for row in rows[1:]] == ["0.00", "60.90"]

        xlsx = owner.ask("fees/download", format="xlsx")
        assert zipfile.ZipFile(io.BytesIO(xlsx.content)).testzip() is None

    def test_takes_as_many_queries_for_two_fees_as_for_twenty(self, billed: World, owner: Desk) -> None:
        with CaptureQueriesContext(connection) as few:
            owner.get("fees")
        for minute in range(18):
            billed.order_paid(100, at("2026-12-20 00:10") + timedelta(seconds=minute))
        billed.collect()
        with CaptureQueriesContext(connection) as many:
            owner.get("fees")

        # only billing's own: the store's host is looked up anew every few seconds
        assert [sum("billing_ratedfee" in asked["sql"] for asked in each) for each in (few, many)] == [3, 3]


class TestFiles:
    def test_formulas_lose_their_power(self, world: World, owner: Desk, papers: Documents) -> None:
        order = world.order_paid(1_000, world.now)
        world.collect()
        with in_control(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE billing_usageevent SET payload = payload || '{\"order_number\": \"=HYPERLINK(1)\"}'"
                " WHERE event_key = %s", [f"order_paid:{order}"],
            )  # fmt: skip

        assert rows_of(owner.ask("fees/download"))[1][0] == "'=HYPERLINK(1)"

    def test_every_invoice_line_and_wallet_movement(self, owner: Desk, papers: Documents) -> None:
        papers.top_up(5_000)
        papers.invoice(2_000, 1_000)

        lines, movements = rows_of(owner.ask("invoices/lines")), rows_of(owner.ask("wallet/download"))

        assert [row[11] for row in lines[1:]] == ["20.00", "10.00"]
        assert [row[4] for row in movements[1:]] == ["50.00", "-30.00"]
        assert owner.ask("wallet/download", format="xlsx").status_code == 200
        assert owner.ask("invoices/lines", format="xlsx").status_code == 200


class TestPapers:
    def test_are_pdfs_in_both_languages(self, owner: Desk, papers: Documents) -> None:
        invoice = papers.invoice(2_000)
        note = papers.credit(invoice, {0: 100}, Destination.OFFSET)
        for path in (f"invoices/{invoice.pk}/paper", f"credit-notes/{note.pk}/paper", "statements/paper"):
            answers = [owner.ask(path, lang=language) for language in ("zh", "en", "xx")]
            assert [answer["Content-Type"] for answer in answers] == ["application/pdf"] * 3
            assert answers[0].content == answers[2].content != answers[1].content
        assert str(note.number) in owner.get(f"invoices/{invoice.pk}")

    def test_of_others_and_drafts_are_404(self, owner: Desk, papers: Documents) -> None:
        draft = papers.ask_credit(papers.invoice(2_000), {0: 100}, Destination.OFFSET)

        for path in (f"invoices/{new_id()}/paper", f"credit-notes/{draft.pk}/paper", f"fapiao/{new_id()}/paper"):
            assert owner.ask(path).status_code == 404

    def test_are_checked_by_whoever_holds_one(self, papers: Documents) -> None:
        papers.invoice(2_000)
        path = check_url("LL2026-000001").split("linli.test", 1)[1].removeprefix(":80")
        visitor = Client(headers={"host": "linli.test"})

        page = visitor.get(path).content.decode()

        assert "这是邻里开出的单据" in page
        assert "¥20.00" in page
        assert "绿家生鲜（上海）有限公司" not in page
        assert visitor.get(path[:-1] + "x").status_code == 404
        assert visitor.get(path.replace("000001", "000002")).status_code == 404


class TestWallet:
    def test_is_filled_by_the_saved_card_once_a_form(self, world: World, owner: Desk) -> None:
        assert "去绑卡" in owner.get("wallet")
        world.save_card()
        form = {"amount": "100", "key": str(new_id())}

        assert owner.post("wallet/top-ups", **form).status_code == 303
        assert owner.post("wallet/top-ups", **form).status_code == 303
        world.hear()

        with in_control():
            assert TopUp.objects.count() == 1
        assert "¥100.00" in owner.get("wallet")

    @pytest.mark.parametrize("amount", ["", "-5", "abc", "1.234", "9.99", "1e99"])
    def test_odd_amounts_are_told(self, world: World, owner: Desk, amount: str) -> None:
        world.save_card()
        assert owner.post("wallet/top-ups", amount=amount, key=str(new_id())).status_code == 422

    def test_rules_are_kept(self, world: World, owner: Desk) -> None:
        world.save_card()
        assert owner.post("wallet/rules", auto_below="50", auto_amount="200", alert_below="30").status_code == 303
        assert owner.post("wallet/rules", auto_below="50", auto_amount="").status_code == 422
        with in_control():
            kept = Wallet.objects.get()
        assert (kept.auto_below_minor, kept.auto_amount_minor, kept.alert_below_minor) == (5_000, 20_000, 3_000)

    def test_is_the_owners(self, world: World, clerk: Desk) -> None:
        assert "只有店主可以充值" in clerk.get("wallet")
        for path in ("wallet/top-ups", "wallet/rules", "fapiao/new", "fapiao/titles"):
            assert clerk.post(path).status_code == 403


class TestFapiao:
    def test_is_asked_for_and_taken_back(self, owner: Desk, papers: Documents) -> None:
        assert "先填一个发票抬头" in owner.get("fapiao/new")
        title = {"kind": "company", "name": "绿家生鲜（上海）有限公司", "tax_number": TAX_NUMBER}
        assert owner.post("fapiao/titles", **{**title, "tax_number": "123"}).status_code == 422
        assert owner.post("fapiao/titles", **title).status_code == 303
        assert "没有可以开票的账单" in owner.get("fapiao/new")
        papers.top_up(5_000)
        invoice = papers.invoice(2_000)
        assert "可开 ¥20.00" in owner.get("fapiao/new")

        kept = papers.title()
        wish = {"invoices": str(invoice.pk), "title": str(kept.pk), "type": "normal", "email": "a@b.cn"}
        assert owner.post("fapiao/new", key=str(new_id()), **{**wish, "type": "special"}).status_code == 422
        assert owner.post("fapiao/new", key=str(new_id()), **{**wish, "invoices": str(new_id())}).status_code == 422
        assert owner.post("fapiao/new", key=str(new_id()), **wish).status_code == 303
        assert "待开票" in owner.get("fapiao")

        with in_control():
            asked = Fapiao.objects.get()
        assert owner.post(f"fapiao/{asked.pk}/withdrawal").status_code == 303
        assert "已撤回" in owner.get("fapiao")
        assert owner.post(f"fapiao/titles/{kept.pk}/removal").status_code == 303

    def test_is_handed_out_when_issued(self, owner: Desk, papers: Documents) -> None:
        papers.top_up(5_000)
        issued = papers.issue_fapiao(papers.ask_fapiao(papers.invoice(2_000)))

        assert owner.ask(f"fapiao/{issued.pk}/paper").content.startswith(b"%PDF-")
        assert owner.ask(f"fapiao/{issued.pk}/paper", red="1").status_code == 404


class TestStatements:
    def test_show_the_month_asked_for(self, world: World, owner: Desk, papers: Documents) -> None:
        papers.top_up(5_000)
        papers.invoice(2_000)

        page = owner.get("statements", month="2026-11")

        assert "LL2026-000001" in page
        assert "+¥50.00" in page
        assert "¥30.00" in page
        with clock.at(world.now):
            assert owner.ask("statements", month="1999-01").status_code == 200
