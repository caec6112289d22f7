"""The operator's documents: credit notes by two people, gifts, the 发票 queue."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models.credits import CreditNote, Destination
from billing.models.wallet import PromoGrant
from control.people.services import register_person
from kit import clock
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.documents import PDF
from tests.billing.documents import Desk as Documents
from tests.billing.world import World
from tests.control.console.conftest import PASSWORD

NUMBER = "26312000000000000001"


@pytest.fixture
def papers(world: World) -> Documents:
    return Documents(world)


@pytest.fixture
def second(world: World, at_console: Client) -> Iterator[Client]:
    """Another operator's browser."""
    with in_control():
        person = register_person(
            email="ops2@linli.test", phone="13900000001", password=PASSWORD, name="小营", now=world.now
        )
        person.is_operator = True
        person.save()
    client = Client(headers={"host": "linli.test"})
    with clock.at(world.now):
        client.post("/console/login", {"email": person.email, "password": PASSWORD})
        yield client


@pytest.mark.parametrize("page", ["credits", "fapiao"])
def test_lists_are_there_before_anything_happened(at_console: Client, page: str) -> None:
    assert at_console.get(f"/console/{page}", {"state": "draft", "q": "x"}).status_code == 200
    assert Client(headers={"host": "linli.test"}).get(f"/console/{page}").status_code == 302


class TestCredits:
    def test_one_asks_another_approves(
        self, world: World, papers: Documents, at_console: Client, second: Client
    ) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        invoice = world.invoices()[0]
        form = {"line_0": "98", "destination": "refund", "reason": "服务中断两天", "key": str(new_id())}
        assert "可原卡退回" in at_console.get(f"/console/invoices/{invoice.pk}/credit").content.decode()

        asked = at_console.post(f"/console/invoices/{invoice.pk}/credit", form)
        here = asked["Location"]
        assert "请另一位运营人员来批准" in at_console.get(here).content.decode()
        assert at_console.post(f"{here}/approval").status_code == 403
        assert "批准" in second.get(here).content.decode()
        assert second.post(f"{here}/approval").status_code == 303

        assert "CN2026-000001" in second.get("/console/credits").content.decode()
        assert "已退款" in second.get(here).content.decode()
        assert here in second.get(f"/console/invoices/{invoice.pk}").content.decode()
        assert second.get(f"{here}/paper").content.startswith(b"%PDF-")
        assert papers.broken() == []

    @pytest.mark.parametrize("amount", ["", "0", "-1", "298.01", "abc"])
    def test_odd_amounts_are_told(self, world: World, papers: Documents, at_console: Client, amount: str) -> None:
        invoice = papers.invoice(29_800)
        form = {"line_0": amount, "destination": "offset", "reason": "x", "key": str(new_id())}

        assert at_console.post(f"/console/invoices/{invoice.pk}/credit", form).status_code == 422
        with in_control():
            assert CreditNote.objects.count() == 0

    def test_too_much_is_told_with_what_is_left(self, papers: Documents, at_console: Client) -> None:
        invoice = papers.invoice(29_800)
        form = {"line_0": "100", "destination": "refund", "reason": "x", "key": str(new_id())}

        answer = at_console.post(f"/console/invoices/{invoice.pk}/credit", form)

        assert answer.status_code == 409
        assert "原卡退回最多还能 ¥0.00" in answer.content.decode()

    def test_a_draft_has_no_paper_and_can_be_withdrawn(self, papers: Documents, at_console: Client) -> None:
        note = papers.ask_credit(papers.invoice(1_000), {0: 100}, Destination.OFFSET)

        assert at_console.get(f"/console/credits/{note.pk}/paper").status_code == 404
        assert at_console.post(f"/console/credits/{note.pk}/withdrawal").status_code == 303
        assert at_console.post(f"/console/credits/{note.pk}/approval").status_code == 409
        assert at_console.get(f"/console/credits/{new_id()}").status_code == 404


class TestGifts:
    def test_large_ones_wait_for_the_second(
        self, world: World, papers: Documents, at_console: Client, second: Client
    ) -> None:
        here = f"/console/stores/{world.store.merchant_id}/wallet"
        form = {"amount": "800", "reason": "开业礼", "last_day": "2026-12-31", "key": str(new_id())}
        assert at_console.post(here, form).status_code == 303
        with in_control():
            grant = PromoGrant.objects.get()
        assert at_console.post(f"/console/grants/{grant.pk}/approval").status_code == 403
        assert "待批准" in second.get(here).content.decode()

        assert second.post(f"/console/grants/{grant.pk}/approval").status_code == 303

        assert papers.lots() == [("promo", 80_000)]
        assert "2027-01-01 00:00" in second.get(here).content.decode()

    @pytest.mark.parametrize(
        "wrong", [{"amount": "-1"}, {"last_day": "2020-01-01"}, {"last_day": "x"}, {"reason": " "}]
    )
    def test_odd_ones_are_told(
        self, world: World, papers: Documents, at_console: Client, wrong: dict[str, str]
    ) -> None:
        form = {"amount": "1", "reason": "x", "key": str(new_id()), **wrong}

        assert at_console.post(f"/console/stores/{world.store.merchant_id}/wallet", form).status_code == 422
        assert papers.lots() == []


class TestFapiao:
    def test_goes_from_the_queue_to_paper_to_red(self, papers: Documents, at_console: Client) -> None:
        papers.top_up(5_000)
        invoice = papers.invoice(2_000)
        asked = papers.ask_fapiao(invoice)
        here = f"/console/fapiao/{asked.pk}"
        assert "待开票" in at_console.get("/console/fapiao", {"state": "requested"}).content.decode()
        assert "91310000775785552L" in at_console.get(here).content.decode()
        assert at_console.post(here, {"number": NUMBER}).status_code == 422
        wrong = {"number": NUMBER, "paper": SimpleUploadedFile("x.pdf", b"<html>")}
        assert at_console.post(here, wrong).status_code == 422

        right = {"number": NUMBER, "paper": SimpleUploadedFile("x.pdf", PDF)}
        assert at_console.post(here, right).status_code == 303
        papers.credit(invoice, {0: 2_000}, Destination.CREDIT)
        assert "待红冲" in at_console.get("/console/fapiao", {"state": "red"}).content.decode()
        with in_control():
            red = asked.red_letters.get()
        paper = SimpleUploadedFile("r.pdf", PDF)
        assert (
            at_console.post(f"/console/red-letters/{red.pk}", {"number": NUMBER[:-1] + "2", "paper": paper}).status_code
            == 303
        )

        assert "已红冲" in at_console.get(here).content.decode()
        assert papers.broken() == []

    def test_is_rejected_with_a_reason(self, papers: Documents, at_console: Client) -> None:
        papers.top_up(5_000)
        asked = papers.ask_fapiao(papers.invoice(2_000))

        assert at_console.post(f"/console/fapiao/{asked.pk}/rejection", {"reason": ""}).status_code == 422
        assert at_console.post(f"/console/fapiao/{asked.pk}/rejection", {"reason": "抬头有误"}).status_code == 303
        assert "抬头有误" in at_console.get(f"/console/fapiao/{asked.pk}").content.decode()
