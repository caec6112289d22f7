"""Our books against the companies' statements: every planted difference is found, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kit.ports.payments.words import Rejected, StatementLine
from kit.tenancy import StoreRef
from tenants.journal.services import Actor
from tenants.payments.channels import company_of
from tenants.payments.models import (
    Channel,
    Difference,
    DifferenceKind,
    DifferenceState,
    Payment,
    Refund,
    RefundState,
    Statement,
)
from tenants.payments.news import RefundNews
from tenants.payments.selectors_desk import DifferenceMissing
from tenants.payments.setup import move_channel
from tenants.sales.services.reconcile_day import (
    explain_difference,
    reconcile_day,
    reconcile_due,
)
from tenants.sales.services.refund_payment import refund_payment
from tenants.sales.services.settle_refund import settle_refund
from tenants.sales.services.start_payment import start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.channels import a_wechat_channel, an_alipay_channel
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later
from tests.simulators.companies import Companies
from tests.simulators.company import Company

DAY = date(2026, 11, 20)
MORNING = later(days=1)  # noon of the next day: both statements are there


@pytest.fixture(params=["wechat_native", "alipay_qr"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def company(way: str, companies: Companies) -> Company:
    return companies.wechat if way == "wechat_native" else companies.alipay


@pytest.fixture
def channel(way: str, in_acme: StoreRef, companies: Companies) -> Channel:
    return a_wechat_channel(companies) if way == "wechat_native" else an_alipay_channel(companies)


def paid(way: str, company: Company, item: Any) -> Payment:
    order = a_pending_order(item)
    payment = start_payment(order_id=order.id, member=order.member, method=way, key="k", now=NOW).payment
    company.pay(payment.key)
    watch_payments(now=later(seconds=40))
    payment.refresh_from_db()
    return payment


def found() -> list[tuple[str, str, str]]:
    return sorted(Difference.objects.filter(state="open").values_list("subject", "kind", "key"))


class TestReconcile:
    def test_finds_nothing_where_everything_agrees(self, way: str, channel: Channel, company: Company) -> None:
        payment = paid(way, company, an_offer(in_stock=10))
        for key in ("1", "2"):
            refund_payment(
                payment_id=payment.pk, amount_minor=100, reason="", key=key, now=NOW, actor=Actor(kind="staff")
            )
        watch_payments(now=later(minutes=1))
        watch_payments(now=later(minutes=9))

        assert reconcile_due(now=MORNING) == 1

        assert found() == []
        read = Statement.objects.get()
        assert (read.day, read.charges, read.charged_minor, read.refunds, read.refunded_minor) == (DAY, 1, 1290, 2, 200)
        assert reconcile_due(now=MORNING) == 0

    def test_finds_each_planted_difference_and_no_other(self, way: str, channel: Channel, company: Company) -> None:
        item = an_offer(in_stock=50)
        payments = [paid(way, company, item) for _order in range(6)]
        untouched, unknown_here, unknown_there, other_amount, other_state, _also = payments
        refund_payment(payment_id=untouched.pk, amount_minor=90, reason="", key="r", now=NOW, actor=Actor(kind="staff"))
        watch_payments(now=later(minutes=1))
        watch_payments(now=later(minutes=9))
        lost = untouched.refunds.get().key
        # planted: each on one side only
        Payment.objects.filter(pk=unknown_here.pk).update(key="somebody-elses")
        del company.trades[unknown_there.key]
        company.trades[other_amount.key].amount = 1190
        Payment.objects.filter(pk=other_state.pk).update(state="failed")
        del company.refunds[lost]

        reconcile_day(channel=channel, day=DAY, now=MORNING)

        assert found() == sorted(
            [
                ("charge", "amount", other_amount.key),
                ("charge", "missing_here", unknown_here.key),
                ("charge", "missing_there", "somebody-elses"),
                ("charge", "missing_there", unknown_there.key),
                ("charge", "state", other_state.key),
                ("refund", "missing_there", lost),
            ]
        )
        # put right, it goes by itself; the books of this test are bent back too
        Payment.objects.filter(pk=unknown_here.pk).update(key=unknown_here.key)
        Payment.objects.filter(pk=other_state.pk).update(state="succeeded")
        company.trades[other_amount.key].amount = 1290
        reconcile_day(channel=channel, day=DAY, now=MORNING)
        assert found() == [("charge", "missing_there", unknown_there.key), ("refund", "missing_there", lost)]
        assert Difference.objects.filter(state=DifferenceState.GONE).count() == 4

    def test_a_row_written_twice_is_one_movement_and_a_second_movement_is_found(
        self, way: str, channel: Channel, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment = paid(way, company, an_offer())
        stranger = replace(company.trades[payment.key], key="", number="77", payment="77")
        company.trades["x"], company.trades["y"] = stranger, replace(stranger, number="78", payment="78")
        asked = type(company_of(channel)).read_statement
        more: list[StatementLine] = []

        def told_twice(self: Any, *, day: date) -> list[StatementLine]:
            lines: list[StatementLine] = asked(self, day=day)
            return [*lines, *lines, *more]

        monkeypatch.setattr(type(company_of(channel)), "read_statement", told_twice)
        reconcile_day(channel=channel, day=DAY, now=MORNING)

        read = Statement.objects.get()
        assert (read.charges, read.charged_minor) == (3, 3 * 1290)
        # two charges without a number of ours keep their own: each is somebody's money
        kinds = list(Difference.objects.order_by("key").values_list("kind", "theirs_minor"))
        assert kinds == [("missing_here", 1290)] * 2
        ours = next(line for line in asked(company_of(channel), day=DAY) if line.key == payment.key)
        more.append(replace(ours, provider_ref="again", at=ours.at + timedelta(seconds=9)))
        reconcile_day(channel=channel, day=DAY, now=MORNING)
        twice = Difference.objects.get(key=payment.key)
        assert (twice.kind, twice.ours_minor, twice.theirs_minor) == (DifferenceKind.AMOUNT, 1290, 2580)

    def test_what_stands_on_the_next_days_statement_goes_by_itself(
        self, way: str, channel: Channel, company: Company
    ) -> None:
        payment = paid(way, company, an_offer())
        company.trades[payment.key].paid_at = later(hours=12, seconds=2).isoformat()  # their clock: past midnight
        reconcile_due(now=MORNING)
        assert found() == [("charge", "missing_there", payment.key)]

        assert reconcile_due(now=later(days=2)) == 1
        reconcile_due(now=later(days=2, hours=1))

        assert found() == []
        assert Difference.objects.get().state == DifferenceState.GONE

    def test_what_we_learned_later_goes_by_itself_though_the_statement_was_read(
        self, way: str, channel: Channel, company: Company
    ) -> None:
        order = a_pending_order(an_offer())
        payment = start_payment(order_id=order.id, member=order.member, method=way, key="k", now=NOW).payment
        company.pay(payment.key)  # and nobody told us
        assert reconcile_due(now=MORNING) == 1
        assert found() == [("charge", "state", payment.key)]

        watch_payments(now=later(days=1, hours=1))
        assert reconcile_due(now=later(days=1, hours=2)) == 0

        assert found() == []

    def test_yesterday_is_read_though_the_owner_touched_the_channel_this_morning(
        self, way: str, channel: Channel, company: Company
    ) -> None:
        payment = paid(way, company, an_offer())
        del company.trades[payment.key]
        move_channel(provider=channel.provider, now=later(hours=21))  # nine in the morning, before the bill is there

        assert reconcile_due(now=MORNING) == 1

        assert found() == [("charge", "missing_there", payment.key)]

    def test_a_refund_the_bank_takes_its_time_for_is_none_until_nobody_asks_any_more(
        self, way: str, channel: Channel, company: Company
    ) -> None:
        payment = paid(way, company, an_offer())
        company.is_holding_refunds = True
        refund_payment(payment_id=payment.pk, amount_minor=100, reason="", key="1", now=NOW, actor=Actor(kind="staff"))
        watch_payments(now=later(minutes=1))
        reconcile_due(now=MORNING)
        assert found() == []
        if way == "alipay_qr":  # it pays back at once
            return
        Refund.objects.update(next_look_at=None)  # the janitor's last look is over
        Statement.objects.update(trouble="again")
        reconcile_due(now=later(days=1, hours=1))
        key = Refund.objects.get().key
        assert found() == [("refund", "state", key)]

        company.finish_refund(key)
        settle_refund(news=RefundNews(key, RefundState.SUCCEEDED, "50"), now=later(days=2, hours=3))
        reconcile_due(now=later(days=2, hours=4))
        reconcile_due(now=later(days=3))
        assert found() == []

    def test_another_currency_is_another_amount(self, way: str, channel: Channel, company: Company) -> None:
        payment = paid(way, company, an_offer())
        Payment.objects.filter(pk=payment.pk).update(currency="USD")
        reconcile_day(channel=channel, day=DAY, now=MORNING)
        assert found() == [("charge", "amount", payment.key)]
        Payment.objects.filter(pk=payment.pk).update(currency="CNY")

    def test_one_company_that_refuses_does_not_keep_the_others_from_being_read(
        self, way: str, channel: Channel, company: Company, companies: Companies, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid(way, company, an_offer())
        other = an_alipay_channel(companies) if way == "wechat_native" else a_wechat_channel(companies)
        move_channel(provider=other.provider, now=NOW)  # it comes first

        def refused(self: Any, *, day: date) -> list[StatementLine]:
            raise Rejected("misuse", "revoked")

        monkeypatch.setattr(type(company_of(other)), "read_statement", refused)

        assert reconcile_due(now=MORNING) == 1

        assert "revoked" in Statement.objects.get(provider=other.provider).trouble
        assert not Statement.objects.get(provider=channel.provider).trouble

    def test_compares_the_fee(self, way: str, channel: Channel, company: Company) -> None:
        payment = paid(way, company, an_offer())
        channel.fee_ppm = 3_800
        reconcile_day(channel=channel, day=DAY, now=MORNING)
        one = Difference.objects.get()
        assert (one.kind, one.key, one.ours_minor, one.theirs_minor) == (DifferenceKind.FEE, payment.key, 5, 8)

    def test_a_statement_that_cannot_be_read_is_tried_again(self, way: str, channel: Channel, company: Company) -> None:
        paid(way, company, an_offer())
        company.fail_next("500", "bill")
        assert reconcile_due(now=MORNING) == 0
        assert Statement.objects.get().trouble
        assert reconcile_due(now=MORNING) == 1
        assert not Statement.objects.get().trouble

    def test_a_person_explains(self, way: str, channel: Channel, company: Company) -> None:
        payment = paid(way, company, an_offer())
        del company.trades[payment.key]
        reconcile_day(channel=channel, day=DAY, now=MORNING)
        one = Difference.objects.get()

        explain_difference(difference_id=one.pk, note="线下核对过", by_name="老板", now=MORNING)
        reconcile_day(channel=channel, day=DAY, now=MORNING)

        one.refresh_from_db()
        assert (one.state, one.note, one.closed_by) == (DifferenceState.EXPLAINED, "线下核对过", "老板")
        with pytest.raises(DifferenceMissing):
            explain_difference(difference_id=one.pk, note="again", by_name="老板", now=MORNING)
