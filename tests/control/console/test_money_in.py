"""The operator's desk for money on its way in: chasing, transfers, disputes, the daily comparison, parked accounts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.books import check
from billing.models.agreements import BillingAccount
from billing.models.dunning import DunningCase
from billing.models.parking import ParkedAccount
from billing.models.reconciling import Difference
from billing.models.reversals import Dispute
from billing.models.transfers import BankTransfer
from billing.services.match_transfer import BadMatch, accept_transfer, match_transfer
from billing.services.park_account import SamePerson, release_account
from billing.services.submit_transfer import submit_transfer
from control.people.models import Person
from control.post.models import Letter
from kit.tenancy import in_control
from tests.billing.world import PAYS_NEVER, World, at


@pytest.fixture
def owing(world: World) -> World:
    world.save_card(PAYS_NEVER)
    world.choose("growth")
    world.hear()
    return world


def told(world: World, amount: int, reference: str = "ICBC-1") -> BankTransfer:
    return submit_transfer(
        store=world.store, amount_minor=amount, reference=reference, paid_on=date(2026, 11, 20), proof=b"%PDF-1.7",
        by="boss@acme.test", now=world.now,
    )  # fmt: skip


class TestDunning:
    def test_shows_who_owes_what_and_what_follows(self, owing: World, at_console: Client) -> None:
        page = at_console.get("/console/dunning").content.decode()

        assert "¥980.00" in page
        assert "2026-11-23 10:00" in page

    def test_takes_a_promise_with_its_reason(self, owing: World, at_console: Client) -> None:
        payer = owing.subscription().billing_account_id
        assert at_console.get(f"/console/dunning/{payer}/promise").status_code == 200
        assert at_console.post(f"/console/dunning/{payer}/promise", {"until": "2026-11-27"}).status_code == 422
        answer = at_console.post(f"/console/dunning/{payer}/promise", {"until": "2026-11-27", "reason": "下周付"})

        assert answer.status_code == 303
        with in_control():
            assert DunningCase.objects.get().shift_days == 7
        assert "下周付" in at_console.get("/console/dunning?state=promised").content.decode()

    def test_excludes_and_includes(self, owing: World, at_console: Client) -> None:
        payer = owing.subscription().billing_account_id
        at_console.post(f"/console/dunning/{payer}/exclusion", {"reason": "大客户"})
        assert owing.merchant().next_step_at is None
        at_console.post(f"/console/dunning/{payer}/inclusion")
        assert owing.merchant().next_step_at is not None

    def test_writes_off_with_a_reason(self, owing: World, at_console: Client) -> None:
        invoice = owing.invoices()[0]
        assert at_console.get(f"/console/invoices/{invoice.pk}/write-off").status_code == 200
        at_console.post(f"/console/invoices/{invoice.pk}/write-off", {"reason": "失联"})

        assert owing.invoices()[0].state == "uncollectible"
        assert (owing.balance("ar"), owing.balance("bad_debt")) == (0, 98_000)
        assert check(owing.now) == []

    def test_needs_few_queries_whatever_the_length(
        self, owing: World, at_console: Client, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        with django_assert_max_num_queries(18):  # type: ignore[attr-defined]
            at_console.get("/console/dunning")


class TestTransfers:
    def test_pay_the_invoice_and_leave_the_rest_as_credit(self, owing: World, at_console: Client) -> None:
        transfer, invoice = told(owing, 100_000), owing.invoices()[0]
        assert "980.00" in at_console.get(f"/console/transfers/{transfer.pk}").content.decode()
        answer = at_console.post(f"/console/transfers/{transfer.pk}", {"match": "1", f"part_{invoice.pk}": "980"})

        assert answer.status_code == 303
        assert (owing.invoices()[0].state, owing.merchant().state) == ("paid", "active")
        assert (owing.balance("bank"), owing.balance("merchant_credit")) == (100_000, -2_000)
        assert check(owing.now) == []
        assert at_console.get(f"/console/transfers/{transfer.pk}/proof")["Content-Type"] == "application/pdf"

    def test_may_pay_a_part(self, owing: World) -> None:
        transfer, invoice = told(owing, 50_000), owing.invoices()[0]
        with in_control():
            match_transfer(transfer_id=transfer.pk, parts={invoice.pk: 50_000}, by="ops@x", now=owing.now)

        assert (owing.invoices()[0].state, owing.invoices()[0].due_minor) == ("open", 48_000)
        assert owing.merchant().state == "past_due"
        assert check(owing.now) == []

    def test_above_the_limit_want_a_second_person(self, owing: World) -> None:
        transfer, invoice = told(owing, 600_000), owing.invoices()[0]
        with in_control():
            match_transfer(transfer_id=transfer.pk, parts={invoice.pk: 98_000}, by="ops@x", now=owing.now)
            assert owing.invoices()[0].state == "open"
            with pytest.raises(SamePerson):
                accept_transfer(transfer_id=transfer.pk, by="OPS@x", now=owing.now)
            for _again in range(2):
                accept_transfer(transfer_id=transfer.pk, by="ops2@x", now=owing.now)

        assert owing.invoices()[0].state == "paid"
        assert owing.balance("merchant_credit") == -502_000

    def test_never_pay_more_than_they_are_or_than_is_due(self, owing: World) -> None:
        transfer, invoice = told(owing, 50_000), owing.invoices()[0]
        with in_control():
            for parts in ({invoice.pk: 50_001}, {invoice.pk: 98_001}, {transfer.pk: 1}):
                with pytest.raises(BadMatch):
                    match_transfer(transfer_id=transfer.pk, parts=parts, by="ops@x", now=owing.now)

    def test_that_come_after_a_write_off_take_the_loss_back(self, owing: World, at_console: Client) -> None:
        invoice = owing.invoices()[0]
        at_console.post(f"/console/invoices/{invoice.pk}/write-off", {"reason": "失联"})
        transfer = told(owing, 98_000)
        at_console.post(f"/console/transfers/{transfer.pk}", {"match": "1", f"part_{invoice.pk}": "980"})

        assert (owing.balance("bad_debt"), owing.balance("bank")) == (0, 98_000)
        assert owing.invoices()[0].state == "paid"
        assert check(owing.now) == []

    def test_are_sent_back_with_a_reason(self, owing: World, at_console: Client) -> None:
        transfer = told(owing, 98_000)
        at_console.post(f"/console/transfers/{transfer.pk}/rejection", {"reason": "未到账"})
        with in_control():
            assert BankTransfer.objects.get().state == "rejected"
        assert "ICBC-1" in at_console.get("/console/transfers?state=rejected").content.decode()


class TestDisputes:
    def test_are_shown_and_answered(self, world: World, at_console: Client) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        with in_control():
            ref = world.invoices()[0].attempts.all()[0].gateway_ref
        world.fake.pull("disputes", payment_intent=ref)
        world.hear()
        with in_control():
            dispute = Dispute.objects.get()
        page = at_console.get("/console/disputes").content.decode()
        assert "待举证" in page
        assert "持卡人否认这笔交易" in page
        assert at_console.get(f"/console/disputes/{dispute.pk}").status_code == 200
        assert at_console.post(f"/console/disputes/{dispute.pk}", {"explanation": ""}).status_code == 422
        assert at_console.post(f"/console/disputes/{dispute.pk}", {"explanation": "有合同"}).status_code == 303
        assert "有合同" in at_console.get(f"/console/disputes/{dispute.pk}").content.decode()

    def test_a_file_is_handed_in_and_read_again(
        self, world: World, at_console: Client, settings: Any, tmp_path: Any
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        world.save_card()
        world.choose("starter")
        world.hear()
        with in_control():
            ref = world.invoices()[0].attempts.all()[0].gateway_ref
        world.fake.pull("disputes", payment_intent=ref)
        world.hear()
        with in_control():
            here = f"/console/disputes/{Dispute.objects.get().pk}"
        typed = {"explanation": "有合同"}

        wrong = SimpleUploadedFile("a.exe", b"MZ", content_type="application/pdf")
        answer = at_console.post(here, {**typed, "uncategorized_file": wrong})
        assert answer.status_code == 422
        assert "5 MB 以内的图片或 PDF" in answer.content.decode()
        good = SimpleUploadedFile("a.pdf", b"%PDF-1.7", content_type="application/pdf")
        assert at_console.post(here, {**typed, "service_documentation": good}).status_code == 303

        assert "服务凭证" in at_console.get(here).content.decode()
        assert at_console.get(f"{here}/evidence/service_documentation").content == b"%PDF-1.7"
        assert at_console.get(f"{here}/evidence/uncategorized_file").status_code == 404
        assert Client(headers={"host": "linli.test"}).get(f"{here}/evidence/service_documentation").status_code == 302


class TestReconciliation:
    def test_is_run_and_each_difference_explained(self, world: World, at_console: Client) -> None:
        assert "没有差异" in at_console.get("/console/reconciliation").content.decode()
        with in_control():
            row = Difference.objects.create(
                kind="missing_here", subject="txn_1", theirs_minor=100, currency="CNY", found_at=world.now
            )
        page = at_console.get("/console/reconciliation").content.decode()
        assert "txn_1" in page
        at_console.post(f"/console/reconciliation/differences/{row.pk}", {"what": "explain", "note": "测试扣款"})
        assert at_console.post("/console/reconciliation/run").status_code == 303

        assert "测试扣款" in at_console.get("/console/reconciliation?state=explained").content.decode()


class TestParking:
    def test_stops_a_runaway_and_tells_the_operator(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        monkeypatch.setattr("billing.services.issue_invoice.MOST_LINES_A_DAY", 0)
        world.move(at("2026-12-20 00:30"))
        ran = world.run()
        again = world.run()

        assert len(ran.parked) == 1
        assert (again.parked, again.stuck, again.closed) == ([], set(), 0)
        assert len(world.invoices()) == 1
        with in_control():
            assert ParkedAccount.objects.get().cause == "too_many_lines"
            assert Letter.objects.filter(subject="一个账户已暂停出账").count() == 1

    def test_is_lifted_by_two_people_and_the_next_run_makes_up(self, world: World, at_console: Client) -> None:
        world.save_card()
        world.choose("starter")
        world.hear()
        with in_control():
            BillingAccount.objects.update(legal_name=" ")
        world.move(at("2026-12-20 00:30"))
        world.run()
        with in_control():
            parked = ParkedAccount.objects.get()
            assert parked.cause == "no_payer"
            BillingAccount.objects.update(legal_name="绿家")
        assert "没有付款方" in at_console.get("/console/parked").content.decode()
        at_console.post(f"/console/parked/{parked.pk}/request", {"reason": "补全了"})
        assert at_console.post(f"/console/parked/{parked.pk}/release").status_code == 403
        with in_control():
            release_account(parked_id=parked.pk, by="ops2@linli.test", now=world.now)
        world.run()

        assert len(world.invoices()) == 2


def test_strangers_see_none_of_it(owing: World) -> None:
    for page in ("dunning", "transfers", "disputes", "reconciliation", "parked"):
        assert Client(headers={"host": "linli.test"}).get(f"/console/{page}").status_code == 302


def test_people_without_the_right_see_none_of_it(owing: World, operator: Person, at_console: Client) -> None:
    with in_control():
        Person.objects.filter(pk=operator.pk).update(is_operator=False)
    assert at_console.get("/console/dunning").status_code == 403
