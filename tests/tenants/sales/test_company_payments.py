"""Paying through WeChat Pay and Alipay: every order of news gives one result, and nothing forged moves anything."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from control.inbox.models import OutsideEvent
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Channel, Payment, PaymentState, Refund, RefundState
from tenants.payments.services import MoreThanPaid, NotPaid
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.look_into_payment import return_parked
from tenants.sales.services.refund_payment import refund_payment, refund_to_balance, retry_refund
from tenants.sales.services.start_payment import NotPayable, StartedPayment, StillPaying, UnknownMethod, start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.channels import a_wechat_channel, an_alipay_channel
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, later
from tests.simulators.companies import Companies
from tests.simulators.company import Company, Letter, new_private_key

WAYS = ["wechat_native", "alipay_qr"]
BOSS = Actor(kind="staff", name="老板")


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def channels(in_acme: StoreRef, companies: Companies) -> dict[str, Channel]:
    return {"wechat_native": a_wechat_channel(companies), "alipay_qr": an_alipay_channel(companies)}


def pay_by(order: Order, way: str, *, key: str = "", now: Any = NOW) -> StartedPayment:
    return start_payment(order_id=order.id, member=order.member, method=way, key=key or way, now=now)


def company_behind(companies: Companies, way: str) -> Company:
    return companies.wechat if way.startswith("wechat") else companies.alipay


def tell(letter: Letter, *, host: str = "acme.linli.test", **spoiled: Any) -> Any:
    body, headers = letter.pack(**spoiled)
    path = "/" + letter.url.split("/", 3)[3]
    kind = headers.get("Content-Type", "application/json")
    return Client(headers={"host": host}).post(path, body, content_type=kind, headers=headers)


def states(order: Order) -> tuple[str, int, int]:
    order.refresh_from_db()
    return order.state, order.paid_minor, order.refunded_minor


@pytest.mark.parametrize("way", WAYS)
class TestNotices:
    def test_every_order_of_arrival_with_repeats_gives_one_result(
        self, way: str, channels: Any, companies: Companies
    ) -> None:
        company = company_behind(companies, way)
        item = an_offer(in_stock=100)
        orders = set(permutations(["paid", "paid", "back-1", "back-2"]))
        assert len(orders) == 12
        for arrival in orders:
            order = a_pending_order(item)
            payment = pay_by(order, way).payment
            company.letters.clear()
            company.is_holding_refunds = True
            company.pay(payment.key)
            watch_payments(now=later(seconds=30))  # nobody has told us yet: the janitor finds the money
            for number, amount in (("1", 500), ("2", 300)):
                refund_payment(
                    payment_id=payment.pk,
                    amount_minor=amount,
                    reason="缺货",
                    key=number,
                    now=later(seconds=31),
                    actor=BOSS,
                )
            watch_payments(now=later(seconds=31))
            company.is_holding_refunds = False
            for refund in list(company.refunds.values()):
                if refund.trade == payment.key and refund.state == "sent":
                    company.finish_refund(refund.key)
            letters = {"paid": company.letters[0], "back-1": company.letters[-2], "back-2": company.letters[-1]}

            assert {tell(letters[name]).status_code for name in arrival} == {200}

            assert states(order) == (OrderState.PAID, 1290, 800), arrival
            assert balance_of(book=Book.ORDER, party_id=order.id) == -490

    def test_paid_in_two_ways_keeps_the_first_and_returns_the_second(
        self, way: str, channels: Any, companies: Companies
    ) -> None:
        other = next(one for one in WAYS if one != way)
        order = a_pending_order()
        first = pay_by(order, other).payment
        # Whoever scanned the first code may still pay it, though it was closed when he changed his mind
        second = pay_by(order, way).payment
        company_behind(companies, other).trades[first.key].state = "open"
        company_behind(companies, other).pay(first.key)
        company_behind(companies, way).pay(second.key)
        late, early = company_behind(companies, other).letters[-1], company_behind(companies, way).letters[-1]

        for letter in (early, late, early, late):
            assert tell(letter).status_code == 200
        watch_payments(now=later(seconds=1))
        watch_payments(now=later(minutes=5))

        assert states(order) == (OrderState.PAID, 2580, 1290)
        returned = Refund.objects.get()
        assert (returned.payment_id, returned.state) == (first.pk, RefundState.SUCCEEDED)

    def test_forged_stale_and_broken_ones_change_nothing(self, way: str, channels: Any, companies: Companies) -> None:
        order = a_pending_order()
        payment = pay_by(order, way).payment
        company_behind(companies, way).pay(payment.key)
        letter = company_behind(companies, way).letters[-1]
        forgery = {"seller_id": "2088000000000000"} if way == "alipay_qr" else {"mchid": "1600000000"}

        answers = [
            tell(letter, key=new_private_key()),
            tell(letter, at=NOW - timedelta(days=2)),
            tell(letter, **forgery),
            tell(Letter(letter.url, "", lambda: (b"", {}))),
            tell(Letter(letter.url, "", lambda: (b"\xff\x00{", {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"}))),
        ]

        assert {answer.status_code for answer in answers} == {403}
        assert states(order) == (OrderState.PENDING_PAYMENT, 0, 0)
        with in_control():
            assert not OutsideEvent.objects.exists()

    def test_for_another_stores_address_are_refused_and_pay_nothing(
        self, way: str, channels: Any, companies: Companies, rival: StoreRef
    ) -> None:
        order = a_pending_order()
        payment = pay_by(order, way).payment
        company_behind(companies, way).pay(payment.key)
        letter = company_behind(companies, way).letters[-1]

        assert tell(letter, host="rival.linli.test").status_code == 404
        with in_store(rival):
            merchant = companies.wechat.add_merchant("1611111111")
            given = {"mchid": merchant.mchid, "appid": merchant.appid, "serial_no": merchant.serial_no}
            given |= {"private_key": merchant.private_key, "api_v3_key": merchant.api_v3_key}
            own = a_wechat_channel(companies, **given) if way == "wechat_native" else None
        if own:
            moved = Letter(letter.url.rsplit("/", 1)[0] + f"/{own.endpoint}", "", letter.pack)
            assert tell(moved, host="rival.linli.test").status_code == 403
        assert states(order)[0] == OrderState.PENDING_PAYMENT

    def test_another_amount_is_parked_and_given_back_by_a_person(
        self, way: str, channels: Any, companies: Companies
    ) -> None:
        order = a_pending_order()
        payment = pay_by(order, way).payment
        company_behind(companies, way).pay(payment.key, amount=990)

        assert tell(company_behind(companies, way).letters[-1]).status_code == 200

        payment.refresh_from_db()
        assert payment.parked_at
        assert states(order)[0] == OrderState.PENDING_PAYMENT
        for _twice in range(2):
            assert return_parked(payment_id=payment.pk, actor=BOSS, now=NOW).state == PaymentState.CANCELLED
        company = company_behind(companies, way)
        assert company.paid_back(company.trades[payment.key]) == 990


@pytest.mark.parametrize("way", WAYS)
class TestStart:
    def test_cut_after_the_charge_was_opened_is_taken_up_again(
        self, way: str, channels: Any, companies: Companies
    ) -> None:
        order = a_pending_order()
        company_behind(companies, way).fail_next("cut_after")

        first = pay_by(order, way)
        again = pay_by(order, way)

        assert (first.payment.state, first.payment.opened) == (PaymentState.UNKNOWN, None)
        assert again.payment == first.payment
        assert (again.payment.opened or {})["qr"]
        assert len(company_behind(companies, way).trades) == 1

    def test_changing_the_way_closes_the_other_first(self, way: str, channels: Any, companies: Companies) -> None:
        other = next(one for one in WAYS if one != way)
        order = a_pending_order()
        first = pay_by(order, other).payment

        second = pay_by(order, way).payment

        first.refresh_from_db()
        assert (first.state, second.state) == (PaymentState.CANCELLED, PaymentState.PROCESSING)
        assert company_behind(companies, other).trades[first.key].state == "closed"

    def test_changing_the_way_after_it_was_paid_pays_the_order(
        self, way: str, channels: Any, companies: Companies
    ) -> None:
        other = next(one for one in WAYS if one != way)
        order = a_pending_order()
        first = pay_by(order, other).payment
        company_behind(companies, other).pay(first.key)

        with pytest.raises(NotPayable):
            pay_by(order, way)

        assert states(order) == (OrderState.PAID, 1290, 0)

    def test_does_not_change_while_the_other_is_silent(self, way: str, channels: Any, companies: Companies) -> None:
        other = next(one for one in WAYS if one != way)
        order = a_pending_order()
        pay_by(order, other)
        company_behind(companies, other).fail_next("500")
        company_behind(companies, other).fail_next("500")
        with pytest.raises(StillPaying):
            pay_by(order, way)

    def test_money_after_the_order_closed_opens_it_again(self, way: str, channels: Any, companies: Companies) -> None:
        order = a_pending_order()
        payment = pay_by(order, way).payment
        expire_orders(now=later(minutes=15))
        company_behind(companies, way).trades[payment.key].state = "open"
        company_behind(companies, way).pay(payment.key)
        with clock.at(later(minutes=16)):
            company_behind(companies, way).told_time = later(minutes=16)
            assert tell(company_behind(companies, way).letters[-1]).status_code == 200
        assert states(order) == (OrderState.PAID, 1290, 0)


class TestWayBack:
    """WeChat's page is open for five minutes and its other ways for two hours; the order waits longer."""

    @pytest.mark.parametrize(("way", "minutes"), [("wechat_h5", 4), ("wechat_native", 110), ("alipay_qr", 110)])
    def test_a_way_that_is_over_is_opened_again_for_the_same_charge(
        self, way: str, minutes: int, channels: Any, companies: Companies
    ) -> None:
        company = company_behind(companies, way)
        order = a_pending_order()
        Order.objects.filter(pk=order.pk).update(expires_at=later(days=1))
        order.refresh_from_db()
        first = pay_by(order, way, key="a").payment
        company.calls.clear()

        again = pay_by(order, way, key="b", now=later(minutes=minutes - 1)).payment
        assert (again, company.calls) == (first, [])
        renewed = pay_by(order, way, key="c", now=later(minutes=minutes)).payment

        assert renewed == first
        assert len(company.calls) == 1
        assert list(company.trades) == [first.key]
        assert renewed.state == PaymentState.PROCESSING
        assert (renewed.opened or {})["until"] > (first.opened or {})["until"]

    def test_paid_meanwhile_it_is_asked_about_and_never_failed(self, channels: Any, companies: Companies) -> None:
        order = a_pending_order()
        first = pay_by(order, "wechat_h5").payment
        companies.wechat.pay(first.key)  # and nobody told us

        Payment.objects.update(next_look_at=later(hours=1))
        again = pay_by(order, "wechat_h5", key="b", now=later(minutes=5)).payment
        assert (again, again.state) == (first, PaymentState.UNKNOWN)
        watch_payments(now=later(minutes=5, seconds=30))

        assert states(order) == (OrderState.PAID, 1290, 0)

    def test_what_was_paid_by_it_pays_the_order_though_the_way_was_opened_twice(
        self, channels: Any, companies: Companies
    ) -> None:
        order = a_pending_order()
        for minutes in (0, 5, 10):
            payment = pay_by(order, "wechat_h5", key=str(minutes), now=later(minutes=minutes)).payment
        companies.wechat.pay(payment.key)
        assert tell(companies.wechat.letters[-1]).status_code == 200
        assert states(order) == (OrderState.PAID, 1290, 0)
        assert Payment.objects.count() == 1


class TestOffer:
    def test_the_sandbox_goes_when_a_company_comes(self, channels: Any) -> None:
        with pytest.raises(UnknownMethod):
            pay_by(a_pending_order(), "sandbox")

    def test_jsapi_pays_by_the_login_code(self, channels: Any, companies: Companies) -> None:
        order = a_pending_order()
        asked: dict[str, Any] = {
            "order_id": order.id,
            "member": order.member,
            "method": "wechat_jsapi",
            "key": "j",
            "now": NOW,
        }
        started = start_payment(**asked, payer_code="code1")
        assert (started.payment.opened or {})["jsapi"]["package"].startswith("prepay_id=")
        assert companies.wechat.trades[started.payment.key].payer.startswith("ocode1")

    def test_a_clear_no_is_a_failed_payment(self, channels: Any, companies: Companies) -> None:
        order = a_pending_order()
        asked: dict[str, Any] = {
            "order_id": order.id,
            "member": order.member,
            "method": "wechat_jsapi",
            "key": "j",
            "now": NOW,
        }
        failed = start_payment(**asked, payer_code="bad").payment
        assert (failed.state, failed.failure) == (PaymentState.FAILED, "40029 invalid code")


@pytest.mark.parametrize("way", WAYS)
class TestRefunds:
    @pytest.fixture
    def paid(self, way: str, channels: Any, companies: Companies) -> Payment:
        payment = pay_by(a_pending_order(), way).payment
        company_behind(companies, way).pay(payment.key)
        tell(company_behind(companies, way).letters[-1])
        payment.refresh_from_db()
        return payment

    @pytest.fixture
    def refund(self, paid: Payment) -> Callable[..., Refund]:
        def ask(amount: int, key: str = "1") -> Refund:
            return refund_payment(payment_id=paid.pk, amount_minor=amount, reason="缺货", key=key, now=NOW, actor=BOSS)

        return ask

    def test_never_exceed_the_payment(self, way: str, paid: Payment, refund: Callable[..., Refund]) -> None:
        assert refund(1000) == refund(1000)
        with pytest.raises(MoreThanPaid):
            refund(291, "2")
        refund(290, "3")
        with pytest.raises(MoreThanPaid):
            refund(1, "4")
        watch_payments(now=later(minutes=1))
        watch_payments(now=later(minutes=5))
        assert states(Order.objects.get(payments=paid))[1:] == (1290, 1290)

    def test_of_an_unpaid_payment_is_refused(self, way: str, channels: Any) -> None:
        payment = pay_by(a_pending_order(), way).payment
        with pytest.raises(NotPaid):
            refund_payment(payment_id=payment.pk, amount_minor=1, reason="", key="1", now=NOW, actor=BOSS)

    @pytest.mark.parametrize("fault", ["cut", "cut_after", "500_after"])
    def test_silence_is_unknown_and_pays_back_once(
        self, way: str, fault: str, refund: Callable[..., Refund], companies: Companies
    ) -> None:
        asked = refund(500)
        company_behind(companies, way).fail_next(fault, "refund")
        watch_payments(now=later(minutes=1))
        asked.refresh_from_db()
        assert asked.state == RefundState.UNKNOWN

        watch_payments(now=later(hours=1))
        watch_payments(now=later(hours=12))

        asked.refresh_from_db()
        assert asked.state == RefundState.SUCCEEDED
        company = company_behind(companies, way)
        assert company.paid_back(company.trades[asked.payment.key]) == 500

    def test_a_refused_one_is_tried_again_or_goes_to_the_balance(
        self, way: str, paid: Payment, refund: Callable[..., Refund], companies: Companies
    ) -> None:
        asked = refund(500)
        trade = company_behind(companies, way).trades[paid.key]
        trade.state = "closed"  # the company will not pay back what it thinks was never paid
        watch_payments(now=later(minutes=1))
        asked.refresh_from_db()
        assert asked.state == RefundState.FAILED
        assert asked.failure

        retry_refund(refund_id=asked.pk, actor=BOSS, now=later(minutes=2))
        watch_payments(now=later(minutes=2))
        asked.refresh_from_db()
        assert asked.state == RefundState.FAILED

        refund_to_balance(refund_id=asked.pk, actor=BOSS, now=later(minutes=3))
        watch_payments(now=later(minutes=3))
        member_id = Order.objects.get(payments=paid).member_id
        assert balance_of(book=Book.MEMBER_BALANCE, party_id=member_id) == -500
        assert states(Order.objects.get(payments=paid))[1:] == (1290, 500)
