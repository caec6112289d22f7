"""Alipay clause by clause: what each word of its answers means, who is believed, and what it asks of a request."""

from base64 import b64encode
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from Cryptodome.Hash import SHA, SHA256
from Cryptodome.PublicKey import RSA
from Cryptodome.Signature import PKCS1_v1_5

from kit.ports.payments.words import BadNotice, ChargeState, RefundState, Rejected, Unreachable
from tests.factories.times import NOW
from tests.kit.ports.payments.test_alipay import a_wish, refund_of
from tests.kit.ports.payments.test_wechat import KEY
from tests.simulators.companies import Companies, alipay_of, wechat_of
from tests.simulators.company import CHINA, PaidBack


def paid(companies: Companies) -> Any:
    alipay = alipay_of(companies)
    alipay.open_charge(a_wish())
    companies.alipay.pay(KEY)
    return alipay


class TestRequest:
    def test_is_signed_over_all_of_its_sorted_fields(self, companies: Companies) -> None:
        told = dict(parse_qsl(urlsplit(alipay_of(companies).open_charge(a_wish("wap")).redirect_url).query))
        signature = told.pop("sign")
        text = "&".join(f"{name}={told[name]}" for name in sorted(told))
        own = RSA.import_key(companies.app.private_key)
        assert b64encode(PKCS1_v1_5.new(own).sign(SHA256.new(text.encode()))).decode() == signature
        assert {"app_id", "method", "charset", "sign_type", "timestamp", "version", "notify_url", "return_url"} < set(
            told
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {"key": "261120000001-0123"},  # WeChat allows a hyphen, Alipay does not
            {"key": "订单261120000001"},
            {"key": "k" * 65},
            {"amount_minor": 0},
            {"amount_minor": -1},
            {"title": ""},
            {"notify_url": ""},
            {"expires_at": NOW - timedelta(seconds=1)},
        ],
    )
    def test_with_a_wrong_field_is_a_no(self, companies: Companies, wrong: dict[str, Any]) -> None:
        with pytest.raises(Rejected):
            alipay_of(companies).open_charge(a_wish(**wrong))

    def test_ends_at_the_same_moment_in_chinas_time(self, companies: Companies) -> None:
        alipay_of(companies).open_charge(a_wish())
        expected = (NOW + timedelta(minutes=15)).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
        assert companies.alipay.trades[KEY].expires_at == expected


class TestStates:
    @pytest.mark.parametrize(
        ("word", "state"),
        [
            ("WAIT_BUYER_PAY", ChargeState.PROCESSING),
            ("TRADE_SUCCESS", ChargeState.SUCCEEDED),
            ("TRADE_FINISHED", ChargeState.SUCCEEDED),
            ("TRADE_CLOSED", ChargeState.CANCELLED),
            ("A_WORD_OF_2030", ChargeState.PROCESSING),
        ],
    )
    def test_of_a_charge(self, companies: Companies, word: str, state: ChargeState) -> None:
        alipay = alipay_of(companies)
        alipay.open_charge(a_wish())
        companies.alipay.trades[KEY].state = word
        news = alipay.read_charge(key=KEY)
        assert news
        assert news.state is state

    def test_a_refund_is_done_when_alipay_says_so_and_not_before(self, companies: Companies) -> None:
        alipay = paid(companies)
        assert alipay.read_refund(key="r1", charge_key=KEY) is None
        companies.alipay.refunds["r1"] = PaidBack("r1", KEY, "1", 500, "", "done", "")
        news = alipay.refund(refund_of("r1", 500))  # "N": moved by a call before this one
        assert (news.state, news.amount_minor) == (RefundState.SUCCEEDED, 500)
        del companies.alipay.refunds["r1"]
        companies.alipay.fail_next("10000", "refund")
        # neither "moved" nor known: it is under way, and asked for again by the same number
        assert alipay.refund(refund_of("r1", 500)).state is RefundState.SENT


class TestCodes:
    @pytest.mark.parametrize(
        "code",
        [
            "20000 isp.unknow-error",
            "20000 aop.unknow-error",
            "40004 ACQ.SYSTEM_ERROR",
            "40005 app-call-limited",
            "half",
        ],
    )
    def test_that_leave_it_open_are_never_a_no(self, companies: Companies, code: str) -> None:
        alipay = paid(companies)
        asks: list[Callable[[], Any]] = [
            lambda: alipay.open_charge(a_wish(key="another_key")),
            lambda: alipay.refund(refund_of("r1", 500)),
            lambda: alipay.read_charge(key=KEY),
        ]
        for ask in asks:
            companies.alipay.fail_next(code)
            with pytest.raises(Unreachable):
                ask()
            assert not companies.alipay.faults
        assert alipay.refund(refund_of("r1", 500)).state is RefundState.SUCCEEDED
        assert companies.alipay.paid_back(companies.alipay.trades[KEY]) == 500

    def test_a_no_to_a_question_tells_nothing_of_the_charge(self, companies: Companies) -> None:
        alipay = paid(companies)
        companies.alipay.fail_next("40006 isv.insufficient-isv-permissions")
        with pytest.raises(Unreachable):
            alipay.read_charge(key=KEY)

    def test_a_paid_number_asked_for_again_is_not_a_failed_payment(self, companies: Companies) -> None:
        alipay = paid(companies)
        with pytest.raises(Unreachable):
            alipay.open_charge(a_wish(amount_minor=1291))
        companies.alipay.fail_next("40004 ACQ.TRADE_HAS_SUCCESS", "precreate")
        with pytest.raises(Unreachable):
            alipay.open_charge(a_wish())

    def test_a_number_with_other_words_is_refused_only_when_nobody_can_pay_it(self, companies: Companies) -> None:
        alipay = alipay_of(companies)
        alipay.open_charge(a_wish())
        with pytest.raises(Rejected):
            alipay.open_charge(a_wish(amount_minor=1291))
        assert companies.alipay.trades[KEY].state == "closed"

    @pytest.mark.parametrize("way", ["native", "qr"])
    def test_a_bill_cut_on_its_way_is_not_read(self, companies: Companies, way: str) -> None:
        company, adapter = (
            (companies.wechat, wechat_of(companies)) if way == "native" else (companies.alipay, alipay_of(companies))
        )
        adapter.open_charge(a_wish(way))
        company.pay(KEY)
        company.fail_next("half", "/billdownload" if way == "native" else "/bill")
        with pytest.raises(Unreachable):
            adapter.read_statement(day=date(2026, 11, 20))
        assert len(adapter.read_statement(day=date(2026, 11, 20))) == 1


class TestNotice:
    @pytest.fixture
    def told(self, companies: Companies) -> dict[str, str]:
        paid(companies)
        body, _headers = companies.alipay.letters[-1].pack()
        return dict(parse_qsl(body.decode(), keep_blank_values=True))

    def test_is_believed_in_any_order_of_its_fields_with_empty_ones_too(
        self, companies: Companies, told: dict[str, str]
    ) -> None:
        alipay = alipay_of(companies)
        turned = urlencode(list(reversed(told.items()))).encode()
        assert alipay.verify_notice(body=turned, headers={}, now=NOW).key == KEY
        signed = {**told, "body": "", "subject": "a=b&c 中文+%"}
        assert alipay.verify_notice(body=sign(companies, signed), headers={}, now=NOW).key == KEY

    def test_of_another_kind_of_signature_or_charset_is_refused(
        self, companies: Companies, told: dict[str, str]
    ) -> None:
        alipay = alipay_of(companies)
        for body in (
            sign(companies, told, sign_type="RSA"),
            sign(companies, told, sign_type="RSA2", digest=SHA),
            sign(companies, {**told, "subject": "中文"}, charset="gbk"),
            urlencode({**told, "sign": ""}).encode(),
            urlencode({**told, "total_amount": "12.91"}).encode(),
            urlencode({**told, "extra": "1"}).encode(),
            urlencode([*told.items(), ("trade_status", "TRADE_CLOSED")]).encode(),
        ):
            with pytest.raises(BadNotice):
                alipay.verify_notice(body=body, headers={}, now=NOW)

    def test_without_a_number_or_a_time_is_refused(self, companies: Companies, told: dict[str, str]) -> None:
        for name in ("notify_id", "out_trade_no", "notify_time", "app_id"):
            body = sign(companies, {key: value for key, value in told.items() if key != name})
            with pytest.raises(BadNotice):
                alipay_of(companies).verify_notice(body=body, headers={}, now=NOW)


def sign(
    companies: Companies,
    told: dict[str, str],
    *,
    sign_type: str = "RSA2",
    digest: Any = None,
    charset: str = "utf-8",
) -> bytes:
    """Sign fields with Alipay's own key, as it would, or as somebody might who has an old one."""
    plain = {name: value for name, value in told.items() if name not in ("sign", "sign_type")}
    text = "&".join(f"{name}={plain[name]}" for name in sorted(plain)).encode(charset)
    kind = digest or (SHA if sign_type == "RSA" else SHA256)
    made = PKCS1_v1_5.new(RSA.import_key(companies.app.alipay_key)).sign(kind.new(text))
    fields = {**plain, "sign_type": sign_type, "sign": b64encode(made).decode()}
    return urlencode(fields, encoding=charset).encode()
