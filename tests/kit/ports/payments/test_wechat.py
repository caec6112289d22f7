"""WeChat Pay over the wire, with its real signatures, and everything it must not be believed."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from kit.ports.payments.wechat import TOLERANCE
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
from tests.simulators.companies import Companies, wechat_of
from tests.simulators.company import new_private_key

KEY = "261120000001_0123456789abcdef012"


def a_wish(kind: str = "native", **changed: Any) -> ChargeWish:
    given: dict[str, Any] = {
        "key": KEY,
        "amount_minor": 1290,
        "currency": "CNY",
        "title": "绿家生鲜 订单 261120000001",
        "kind": kind,
        "expires_at": NOW + timedelta(minutes=15),
        "notify_url": "http://acme.linli.test/api/v1/webhooks/pay/x",
        "return_url": "http://acme.linli.test/m/",
        "payer": "oPayer" if kind == "jsapi" else "",
        "payer_ip": "203.0.113.7",
    }
    return ChargeWish(**(given | changed))


def a_refund(key: str = "refund_1", amount: int = 500) -> RefundWish:
    return RefundWish(
        key=key,
        charge_key=KEY,
        charge_ref="",
        amount_minor=amount,
        charged_minor=1290,
        currency="CNY",
        reason="缺货",
        notify_url="http://acme.linli.test/api/v1/webhooks/pay/x",
    )


class TestCharge:
    def test_opens_in_each_of_the_three_ways(self, companies: Companies) -> None:
        wechat = wechat_of(companies)

        assert wechat.open_charge(a_wish("native", key=KEY[:-1] + "n")).qr.startswith("weixin://wxpay/bizpayurl?pr=")
        assert wechat.open_charge(a_wish("h5", key=KEY[:-1] + "h")).redirect_url.startswith(companies.wechat.url)
        called = wechat.open_charge(a_wish("jsapi", key=KEY[:-1] + "j")).jsapi
        assert called["appId"] == companies.merchant.appid
        assert called["package"].startswith("prepay_id=wx")
        assert called["paySign"]

    def test_is_opened_once_a_key(self, companies: Companies) -> None:
        wechat = wechat_of(companies)
        assert wechat.open_charge(a_wish()) == wechat.open_charge(a_wish())
        with pytest.raises(Rejected):
            wechat.open_charge(a_wish(amount_minor=1291))

    def test_is_read_paid_and_closed(self, companies: Companies) -> None:
        wechat = wechat_of(companies)
        assert wechat.read_charge(key=KEY) is None
        page = wechat.open_charge(a_wish("h5")).redirect_url
        news = wechat.read_charge(key=KEY)
        assert news
        assert news.state is ChargeState.PROCESSING

        requests.post(page, timeout=5, allow_redirects=False)

        paid = wechat.close_charge(key=KEY)  # too late to close: it was paid
        assert paid
        assert (paid.state, paid.amount_minor, paid.currency) == (ChargeState.SUCCEEDED, 1290, "CNY")
        assert paid.provider_ref.startswith("42")

    def test_is_closed_when_unpaid(self, companies: Companies) -> None:
        wechat = wechat_of(companies)
        wechat.open_charge(a_wish())
        closed = wechat.close_charge(key=KEY)
        assert closed
        assert closed.state is ChargeState.CANCELLED

    @pytest.mark.parametrize("fault", ["500", "cut", "500_after", "cut_after", "wrong_sign"])
    def test_trouble_on_the_way_is_never_a_no(self, companies: Companies, fault: str) -> None:
        wechat = wechat_of(companies)
        companies.wechat.fail_next(fault)
        with pytest.raises(Unreachable):
            wechat.open_charge(a_wish())
        assert wechat.open_charge(a_wish()).qr  # and asking again with the key is safe

    def test_a_wrong_key_is_a_clear_no(self, companies: Companies) -> None:
        stranger = wechat_of(companies, serial_no="ABCDEF0123456789")
        with pytest.raises(Rejected, match="SIGN_ERROR"):
            stranger.open_charge(a_wish())


class TestRefund:
    def test_gives_back_in_parts_and_not_more(self, companies: Companies) -> None:
        wechat = wechat_of(companies)
        wechat.open_charge(a_wish())
        companies.wechat.pay(KEY)

        first = wechat.refund(a_refund("refund_1", 500))
        again = wechat.refund(a_refund("refund_1", 500))
        second = wechat.refund(a_refund("refund_2", 790))

        assert (first.state, again.state, second.state) == (
            RefundState.SENT,
            RefundState.SUCCEEDED,
            RefundState.SENT,
        )
        read = wechat.read_refund(key="refund_1", charge_key=KEY)
        assert read
        assert (read.state, read.amount_minor) == (RefundState.SUCCEEDED, 500)
        with pytest.raises(Rejected):
            wechat.refund(a_refund("refund_3", 1))
        assert wechat.read_refund(key="refund_3", charge_key=KEY) is None


class TestNotice:
    @pytest.fixture
    def pack(self, companies: Companies) -> Any:
        wechat_of(companies).open_charge(a_wish())
        companies.wechat.pay(KEY)
        return companies.wechat.letters[-1].pack

    def test_is_believed_with_the_charge_it_speaks_of(self, companies: Companies, pack: Any) -> None:
        body, headers = pack()
        notice = wechat_of(companies).verify_notice(body=body, headers=headers, now=NOW)
        assert (notice.key, notice.kind, notice.refund_key) == (KEY, "TRANSACTION.SUCCESS", "")
        assert notice.payload["amount"]["total"] == 1290

    def test_of_yesterday_is_refused_though_well_signed(self, companies: Companies, pack: Any) -> None:
        body, headers = pack(at=NOW - timedelta(days=1))
        with pytest.raises(StaleNotice):
            wechat_of(companies).verify_notice(body=body, headers=headers, now=NOW)
        late = NOW + TOLERANCE + timedelta(seconds=1)
        with pytest.raises(StaleNotice):
            wechat_of(companies).verify_notice(body=body, headers=pack()[1], now=late)

    def test_by_another_key_or_changed_is_refused(self, companies: Companies, pack: Any) -> None:
        wechat = wechat_of(companies)
        body, headers = pack(key=new_private_key())
        with pytest.raises(BadNotice):
            wechat.verify_notice(body=body, headers=headers, now=NOW)
        body, headers = pack()
        with pytest.raises(BadNotice):
            wechat.verify_notice(body=body.replace(b"SUCCESS", b"SUCCESs"), headers=headers, now=NOW)

    def test_with_an_unknown_serial_asks_nobody(self, companies: Companies, pack: Any) -> None:
        wechat = wechat_of(companies)
        companies.wechat.calls.clear()
        for serial in ("DEADBEEF", "PUB_KEY_ID_0", "", "é", "0x"):
            body, headers = pack(serial=serial or "0")
            with pytest.raises(BadNotice):
                wechat.verify_notice(body=body, headers=headers | {"Wechatpay-Serial": serial}, now=NOW)
        assert companies.wechat.calls == []

    @pytest.mark.parametrize(
        "missing",
        [
            "Wechatpay-Signature",
            "Wechatpay-Timestamp",
            "Wechatpay-Nonce",
            "Wechatpay-Serial",
            "Wechatpay-Signature-Type",
        ],
    )
    def test_without_a_header_is_refused(self, companies: Companies, pack: Any, missing: str) -> None:
        body, headers = pack()
        del headers[missing]
        with pytest.raises(BadNotice):
            wechat_of(companies).verify_notice(body=body, headers=headers, now=NOW)

    def test_a_probe_is_refused(self, companies: Companies, pack: Any) -> None:
        body, headers = pack()
        probe = headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}
        with pytest.raises(BadNotice):
            wechat_of(companies).verify_notice(body=body, headers=probe, now=NOW)

    def test_for_another_account_is_refused(self, companies: Companies, pack: Any) -> None:
        for changed in ({"mchid": "1600000000"}, {"appid": "wx0000000000000000"}):
            body, headers = pack(**changed)
            with pytest.raises(ForeignNotice):
                wechat_of(companies).verify_notice(body=body, headers=headers, now=NOW)

    def test_encrypted_for_somebody_else_is_refused(self, companies: Companies, pack: Any) -> None:
        body, headers = pack()
        with pytest.raises(BadNotice):
            wechat_of(companies, api_v3_key="0" * 32).verify_notice(body=body, headers=headers, now=NOW)


class TestStatement:
    def test_is_read_to_the_cent(self, companies: Companies) -> None:
        wechat = wechat_of(companies)
        wechat.open_charge(a_wish())
        companies.wechat.pay(KEY)
        wechat.refund(a_refund("refund_1", 500))

        charge, refund = wechat.read_statement(day=date(2026, 11, 20))

        assert (charge.kind, charge.key, charge.amount_minor, charge.fee_minor) == ("charge", KEY, 1290, 8)
        assert (refund.kind, refund.key, refund.amount_minor, refund.fee_minor) == ("refund", "refund_1", 500, -3)
        assert wechat.read_statement(day=date(2026, 11, 19)) == []


class TestCheck:
    def test_brings_the_platforms_certificates(self, companies: Companies) -> None:
        checked = wechat_of(companies, certificates=()).check()
        assert checked.is_good
        assert checked.keep["certificates"] == [companies.wechat.platform_certificate]
        assert checked.expires_at

    def test_says_what_is_wrong(self, companies: Companies) -> None:
        assert wechat_of(companies, api_v3_key="0" * 32).check().code == "API_V3_KEY"
        assert wechat_of(companies, mchid="1600000009").check().code == "SIGN_ERROR"
        companies.wechat.fail_next("cut")
        assert wechat_of(companies).check().code == "unreachable"

    def test_learns_the_payers_name_from_the_login_code(self, companies: Companies) -> None:
        assert re.match(r"o.{27}\Z", wechat_of(companies).openid_of("code123"))
        with pytest.raises(Rejected):
            wechat_of(companies).openid_of("bad")
