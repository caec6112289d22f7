"""Alipay over the wire, with its real signatures, and everything it must not be believed."""

from datetime import date, timedelta
from typing import Any

import pytest
import requests

from kit.ports.payments.words import (
    BadNotice,
    ChargeState,
    ChargeWish,
    ForeignNotice,
    RefundState,
    RefundWish,
    Rejected,
    StaleNotice,
    Unreachable,
)
from tests.factories.times import NOW
from tests.kit.ports.payments.test_wechat import KEY, a_refund
from tests.kit.ports.payments.test_wechat import a_wish as a_wechat_wish
from tests.simulators.companies import Companies, alipay_of
from tests.simulators.company import new_private_key


def a_wish(kind: str = "qr", **changed: Any) -> ChargeWish:
    return a_wechat_wish(kind, **changed)


def refund_of(key: str, amount: int) -> RefundWish:
    return a_refund(key, amount)


class TestCharge:
    def test_opens_on_phone_desk_and_as_a_code(self, companies: Companies) -> None:
        alipay = alipay_of(companies)
        for kind in ("wap", "page"):
            page = alipay.open_charge(a_wish(kind, key=f"{KEY[:-4]}{kind}")).redirect_url
            assert "total_amount%22%3A%2212.90%22" in page
            assert requests.get(page, timeout=5).status_code == 200
        assert alipay.open_charge(a_wish("qr")).qr.startswith(companies.alipay.url)

    def test_exists_for_alipay_when_the_payer_opens_it(self, companies: Companies) -> None:
        alipay = alipay_of(companies)
        page = alipay.open_charge(a_wish("wap")).redirect_url
        assert alipay.read_charge(key=KEY) is None
        assert alipay.close_charge(key=KEY) is None

        opened = requests.get(page, timeout=5)
        requests.post(opened.url, timeout=5, allow_redirects=False)

        paid = alipay.close_charge(key=KEY)
        assert paid
        assert (paid.state, paid.amount_minor) == (ChargeState.SUCCEEDED, 1290)

    def test_is_closed_when_unpaid(self, companies: Companies) -> None:
        alipay = alipay_of(companies)
        alipay.open_charge(a_wish())
        closed = alipay.close_charge(key=KEY)
        assert closed
        assert closed.state is ChargeState.CANCELLED

    @pytest.mark.parametrize("fault", ["500", "cut", "500_after", "cut_after", "wrong_sign"])
    def test_trouble_on_the_way_is_never_a_no(self, companies: Companies, fault: str) -> None:
        alipay = alipay_of(companies)
        companies.alipay.fail_next(fault)
        with pytest.raises(Unreachable):
            alipay.open_charge(a_wish())
        assert alipay.open_charge(a_wish()).qr

    def test_words_with_braces_do_not_break_the_signature(self, companies: Companies) -> None:
        assert alipay_of(companies).open_charge(a_wish(title='苹果 {大} & "脆"')).qr


class TestRefund:
    def test_gives_back_in_parts_and_not_more(self, companies: Companies) -> None:
        alipay = alipay_of(companies)
        alipay.open_charge(a_wish())
        companies.alipay.pay(KEY)

        told = [alipay.refund(refund_of(*one)) for one in (("r1", 500), ("r1", 500), ("r2", 790))]

        assert {one.state for one in told} == {RefundState.SUCCEEDED}
        with pytest.raises(Rejected):
            alipay.refund(refund_of("r3", 1))
        assert alipay.read_refund(key="r3", charge_key=KEY) is None
        # all of it went back: it was paid all the same
        news = alipay.read_charge(key=KEY)
        assert news
        assert news.state is ChargeState.SUCCEEDED


class TestNotice:
    @pytest.fixture
    def pack(self, companies: Companies) -> Any:
        alipay_of(companies).open_charge(a_wish())
        companies.alipay.pay(KEY)
        return companies.alipay.letters[-1].pack

    def test_is_believed(self, companies: Companies, pack: Any) -> None:
        body, headers = pack()
        notice = alipay_of(companies).verify_notice(body=body, headers=headers, now=NOW)
        assert (notice.key, notice.kind, notice.refund_key) == (KEY, "TRADE_SUCCESS", "")

    def test_by_another_key_or_changed_is_refused(self, companies: Companies, pack: Any) -> None:
        alipay = alipay_of(companies)
        signed, _headers = pack()
        forged, _headers = pack(key=new_private_key())
        for body in (forged, signed.replace(b"12.90", b"0.01"), b"", b"\xff", b"sign=x", b"sign=%25&a=1", b"{}"):
            with pytest.raises(BadNotice):
                alipay.verify_notice(body=body, headers={}, now=NOW)

    def test_recorded_long_ago_is_refused(self, companies: Companies, pack: Any) -> None:
        alipay = alipay_of(companies)
        body, headers = pack(at=NOW - timedelta(hours=25))  # Alipay's last repeat
        assert alipay.verify_notice(body=body, headers=headers, now=NOW).key == KEY
        for at in (NOW - timedelta(hours=27), NOW + timedelta(minutes=10)):
            body, headers = pack(at=at)
            with pytest.raises(StaleNotice):
                alipay.verify_notice(body=body, headers=headers, now=NOW)

    def test_for_another_account_is_refused(self, companies: Companies, pack: Any) -> None:
        for changed in ({"app_id": "2021000000000000"}, {"seller_id": "2088000000000000"}):
            body, headers = pack(**changed)
            with pytest.raises(ForeignNotice):
                alipay_of(companies).verify_notice(body=body, headers=headers, now=NOW)


class TestStatement:
    def test_is_read_to_the_cent(self, companies: Companies) -> None:
        alipay = alipay_of(companies)
        alipay.open_charge(a_wish())
        companies.alipay.pay(KEY)
        alipay.refund(refund_of("r1", 500))

        charge, refund = alipay.read_statement(day=date(2026, 11, 20))

        assert (charge.kind, charge.key, charge.amount_minor, charge.fee_minor) == ("charge", KEY, 1290, 8)
        assert (refund.kind, refund.key, refund.amount_minor, refund.fee_minor) == ("refund", "r1", 500, -3)
        assert alipay.read_statement(day=date(2026, 11, 19)) == []


class TestCheck:
    def test_says_whether_the_keys_fit(self, companies: Companies) -> None:
        assert alipay_of(companies).check().is_good
        assert not alipay_of(companies, appid="2021000000000001").check().is_good
        foreign = companies.alipay.add_app("2021000000000009").alipay_public_key
        assert not alipay_of(companies, alipay_public_key=foreign).check().is_good
