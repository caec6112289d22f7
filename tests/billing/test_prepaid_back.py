"""Prepaid by WeChat Pay and Alipay: back the way it came by two people, compared with the daily statements."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from billing.collecting import company_called
from billing.models.ledger import Book
from billing.models.prepay import CompanyCharge, PrepayRefund, PrepayRefundState, PrepayWay
from billing.models.reconciling import CompanyStatement, Difference
from billing.refund_papers import prepay_refund_paper
from billing.services.grant_promo import NotWaiting, SamePerson
from billing.services.prepay import look_at_prepay
from billing.services.reconcile import reconcile
from billing.services.reconcile_company import reconcile_companies
from billing.services.refund_prepay import (
    PrepayMissing,
    PrepayRefundTooLarge,
    approve_prepay_refund,
    look_after_prepay_refunds,
    request_prepay_refund,
    withdraw_prepay_refund,
)
from kit.ids import new_id
from kit.ports.payments.words import Rejected, StatementLine
from kit.tenancy import in_control
from tests.billing.documents import CHECKER, MAKER
from tests.billing.documents import Desk as Papers
from tests.billing.test_prepay import ALIPAY, WECHAT, Till, till
from tests.simulators.companies import _companies, companies

__all__ = ["_companies", "companies", "till"]


def paid(till: Till, way: PrepayWay = WECHAT, amount: int = 50_000) -> CompanyCharge:
    charge = till.prepay(way, amount)
    till.company(charge).pay(charge.key)
    assert till.letter(charge) == [200]
    till.act()
    return charge


def ask(till: Till, charge: CompanyCharge, amount: int = 20_000, **given: Any) -> PrepayRefund:
    with in_control():
        return request_prepay_refund(
            **{
                "charge_id": charge.pk, "amount_minor": amount, "reason": "多充了", "key": new_id(), "by": MAKER,
                "now": till.world.now, **given,
            }
        )  # fmt: skip


def approve(till: Till, refund: PrepayRefund, by: str = CHECKER) -> PrepayRefund:
    with in_control(), till.world.committing(execute=True):
        approve_prepay_refund(refund_id=refund.pk, by=by, now=till.world.now)
    return fresh(refund)


def fresh(refund: PrepayRefund) -> PrepayRefund:
    with in_control():
        refunds = PrepayRefund.objects.select_related("charge__top_up__wallet__billing_account__merchant")
        found: PrepayRefund = refunds.get(pk=refund.pk)
    return found


def later(till: Till, **step: int) -> None:
    till.tell_time(till.world.now + timedelta(**step))
    with in_control():
        look_after_prepay_refunds(now=till.world.now)


@pytest.mark.parametrize("way", [WECHAT, ALIPAY])
def test_money_goes_back_by_two_people_and_the_books_agree(till: Till, way: PrepayWay) -> None:
    charge = paid(till, way)
    refund = ask(till, charge)
    papers = Papers(till.world)
    assert papers.lots() == [("paid", 50_000)]  # nothing moves on one word

    with in_control(), pytest.raises(SamePerson):
        approve_prepay_refund(refund_id=refund.pk, by=MAKER, now=till.world.now)
    refund = approve(till, refund)
    company = till.company(charge)
    if refund.state == PrepayRefundState.SENT:
        company.finish_refund(refund.company_key)
        later(till, minutes=2)
        refund = fresh(refund)

    assert (refund.state, refund.number) == (PrepayRefundState.DONE, "PR2026-000001")
    assert papers.lots() == [("paid", 30_000)]
    book = Book.CLEARING_WECHAT if way == WECHAT else Book.CLEARING_ALIPAY
    assert (till.world.balance(book), till.world.balance(Book.REFUND_PAYABLE)) == (30_000, 0)
    assert papers.broken() == []
    assert prepay_refund_paper(refund=refund, language="zh").startswith(b"%PDF")
    assert prepay_refund_paper(refund=refund, language="en").startswith(b"%PDF")
    with in_control(), pytest.raises(NotWaiting):
        approve_prepay_refund(refund_id=refund.pk, by=CHECKER, now=till.world.now)


class TestUnknownEnds:
    @pytest.mark.parametrize("fault", ["cut", "cut_after"])
    def test_a_silence_is_looked_into_and_nothing_goes_twice(self, till: Till, fault: str) -> None:
        charge = paid(till)
        company = till.company(charge)
        refund = ask(till, charge)
        company.fail_next(fault)

        refund = approve(till, refund)
        assert refund.state == PrepayRefundState.SENT
        assert Papers(till.world).broken() == []
        later(till, minutes=2)
        if company.refunds[refund.company_key].state == "sent":
            company.finish_refund(refund.company_key)
        later(till, minutes=10)

        assert fresh(refund).state == PrepayRefundState.DONE
        assert len(company.refunds) == 1
        assert Papers(till.world).broken() == []

    def test_a_no_puts_the_money_into_the_wallet_again(self, till: Till) -> None:
        charge = paid(till)
        refund = approve(till, ask(till, charge))
        till.company(charge).finish_refund(refund.company_key, "failed")
        later(till, minutes=2)

        assert fresh(refund).state == PrepayRefundState.FAILED
        papers = Papers(till.world)
        assert papers.lots() == [("paid", 50_000)]
        assert till.world.balance(Book.REFUND_PAYABLE) == 0
        assert papers.broken() == []

    def test_a_letter_ends_it_before_anybody_looks(self, till: Till) -> None:
        charge = paid(till)
        refund = approve(till, ask(till, charge))
        till.company(charge).finish_refund(refund.company_key)
        till.letter(charge, times=2)
        till.act()

        assert fresh(refund).state == PrepayRefundState.DONE
        assert Papers(till.world).broken() == []


class TestWhatIsRefused:
    def test_more_than_is_left_also_with_what_waits(self, till: Till) -> None:
        charge = paid(till)
        ask(till, charge, 40_000)
        for amount in (10_001, 0, -1):
            with pytest.raises(PrepayRefundTooLarge):
                ask(till, charge, amount)

    def test_what_the_merchant_spent_meanwhile(self, till: Till) -> None:
        charge = paid(till)
        refund = ask(till, charge, 50_000)
        Papers(till.world).invoice(11_700)

        with in_control(), pytest.raises(PrepayRefundTooLarge):
            approve_prepay_refund(refund_id=refund.pk, by=CHECKER, now=till.world.now)
        assert fresh(refund).state == PrepayRefundState.ASKED
        assert Papers(till.world).broken() == []

    def test_money_that_has_not_come(self, till: Till) -> None:
        with pytest.raises(PrepayMissing):
            ask(till, till.prepay())

    def test_the_same_form_asks_once_and_a_wish_may_be_taken_back(self, till: Till) -> None:
        charge, key = paid(till), new_id()
        refund = ask(till, charge, key=key)
        assert ask(till, charge, key=key).pk == refund.pk
        with in_control():
            withdraw_prepay_refund(refund_id=refund.pk, by=MAKER, now=till.world.now)
            with pytest.raises(NotWaiting):
                approve_prepay_refund(refund_id=refund.pk, by=CHECKER, now=till.world.now)
        assert Papers(till.world).lots() == [("paid", 50_000)]


def compare(till: Till, **step: int) -> list[tuple[str, str, int | None, int | None, str]]:
    till.tell_time(till.world.now + timedelta(**step))
    with in_control():
        reconcile_companies(now=till.world.now)
        rows = Difference.objects.exclude(company="stripe").order_by("found_at", "subject")
        return [(row.company, row.kind, row.ours_minor, row.theirs_minor, row.state) for row in rows]


class TestStatements:
    @pytest.mark.parametrize("way", [WECHAT, ALIPAY])
    def test_of_what_we_know_make_no_difference_and_post_the_fees_once(self, till: Till, way: PrepayWay) -> None:
        charge = paid(till, way)
        refund = approve(till, ask(till, charge))
        if refund.state == PrepayRefundState.SENT:
            till.company(charge).finish_refund(refund.company_key)
            later(till, minutes=2)

        assert compare(till, days=1) == []
        assert compare(till, hours=1) == []
        book = Book.CLEARING_WECHAT if way == WECHAT else Book.CLEARING_ALIPAY
        fee = till.world.balance(Book.PSP_FEE)
        assert fee > 0
        assert till.world.balance(book) == 30_000 - fee
        with in_control():
            assert CompanyStatement.objects.filter(lines_read=2).count() == 1
        assert Papers(till.world).broken() == []

    def test_money_we_never_heard_of_is_shown_and_closes_itself_when_it_is_booked(self, till: Till) -> None:
        charge = till.prepay()
        till.company(charge).pay(charge.key)

        assert compare(till, days=1) == [("wechat", "missing_here", None, 50_000, "open")]
        till.act()
        with in_control():
            look_at_prepay(charge=CompanyCharge.objects.select_related("top_up").get(), now=till.world.now)
        assert compare(till, hours=1)[0][4] == "resolved"

    def test_money_the_company_does_not_list_is_shown(self, till: Till) -> None:
        charge = paid(till)
        till.company(charge).trades.clear()

        assert compare(till, days=1) == [("wechat", "missing_there", 50_000, None, "open")]

    def test_another_amount_is_shown(self, till: Till) -> None:
        charge = paid(till)
        next(iter(till.company(charge).trades.values())).amount = 49_999

        assert compare(till, days=1) == [("wechat", "amount_mismatch", 50_000, 49_999, "open")]

    def test_a_company_that_is_silent_is_asked_again_and_holds_up_no_other(self, till: Till) -> None:
        paid(till, ALIPAY)
        till.companies.wechat.fail_next("500", "/v3/bill")

        compare(till, days=1)
        with in_control():
            troubled = CompanyStatement.objects.exclude(trouble="")
            assert [row.company for row in troubled] == ["wechat"]
            assert CompanyStatement.objects.filter(company="alipay", lines_read=1).exists()
        compare(till, hours=1)
        with in_control():
            assert not CompanyStatement.objects.exclude(trouble="").exists()

    def test_stripes_run_resolves_none_of_theirs(self, till: Till) -> None:
        charge = paid(till)
        next(iter(till.company(charge).trades.values())).amount = 49_999
        compare(till, days=1)
        with in_control():
            reconcile(now=till.world.now)
            assert Difference.objects.get(company="wechat").state == "open"

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            (lambda line: [line, line], []),
            (
                lambda line: [line, replace(line, provider_ref="another", amount_minor=10)],
                [("wechat", "missing_here", None, 10, "open")],
            ),
            (
                lambda line: [line, *(replace(line, key="", provider_ref=ref, amount_minor=7) for ref in "ab")],
                [("wechat", "missing_here", None, 7, "open")] * 2,
            ),
            (lambda line: [replace(line, currency="USD")], [("wechat", "amount_mismatch", 50_000, 50_000, "open")]),
        ],
        ids=["one row twice", "two under one number", "two without our number", "another currency"],
    )
    def test_each_row_of_a_strange_statement_is_one_movement(
        self, till: Till, monkeypatch: pytest.MonkeyPatch, change: Callable[[StatementLine], list[StatementLine]],
        found: list[tuple[str, str, int | None, int, str]],
    ) -> None:  # fmt: skip
        paid(till)

        def strange(provider: str) -> Any:
            real = company_called(provider)
            return SimpleNamespace(
                read_statement=lambda *, day: [row for line in real.read_statement(day=day) for row in change(line)]
            )

        monkeypatch.setattr("billing.services.reconcile_company.company_called", strange)
        assert compare(till, days=1) == found
        assert compare(till, hours=1) == found

    def test_a_company_that_knows_our_key_no_more_holds_up_no_other(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid(till, ALIPAY)

        def refuses(provider: str) -> Any:
            if provider == "wechat":
                return SimpleNamespace(read_statement=_refused)
            return company_called(provider)

        monkeypatch.setattr("billing.services.reconcile_company.company_called", refuses)
        compare(till, days=1)
        with in_control():
            assert CompanyStatement.objects.filter(company="wechat", trouble__contains="SIGN_ERROR").exists()
            assert CompanyStatement.objects.filter(company="alipay", lines_read=1).exists()


def _refused(*, day: object) -> Any:
    raise Rejected("SIGN_ERROR", "签名错误")
