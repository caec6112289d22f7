"""WeChat Pay clause by clause: what each word of its answers means, who is believed, and what it asks of a request."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from kit.ports.payments.wechat import WeChat
from kit.ports.payments.words import BadNotice, ChargeState, RefundState, Rejected, Unreachable
from tests.factories.times import NOW
from tests.kit.ports.payments.test_wechat import KEY, a_refund, a_wish
from tests.simulators.companies import Companies, wechat_of
from tests.simulators.company import PaidBack, public_pem_of
from tests.simulators.wechatpay.papers import certificate_of


def opened(companies: Companies, kind: str = "native") -> WeChat:
    wechat = wechat_of(companies)
    wechat.open_charge(a_wish(kind))
    return wechat


class TestCalling:
    """What the mini program is handed is signed as the WeChat client verifies it."""

    def test_pay_sign_is_over_the_four_lines_in_their_order(self, companies: Companies) -> None:
        told = wechat_of(companies).open_charge(a_wish("jsapi")).jsapi
        assert set(told) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
        assert told["signType"] == "RSA"
        assert 1 <= len(told["nonceStr"]) <= 32
        own = x509.load_pem_x509_certificate(companies.merchant.certificate.encode()).public_key()
        assert isinstance(own, RSAPublicKey)

        def verify(*lines: str) -> None:
            text = "".join(f"{line}\n" for line in lines).encode()
            own.verify(b64decode(told["paySign"]), text, PKCS1v15(), SHA256())

        verify(told["appId"], told["timeStamp"], told["nonceStr"], told["package"])
        with pytest.raises(InvalidSignature):
            verify(told["appId"], told["timeStamp"], told["nonceStr"], told["package"] + "0")


class TestRequest:
    """The simulator asks what WeChat asks, so these fail where a field of ours goes wrong."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"key": "short"},
            {"key": "k" * 33},
            {"key": "订单261120000001"},
            {"amount_minor": 0},
            {"amount_minor": -1},
            {"currency": "USD"},
            {"title": ""},
            {"notify_url": "/api/v1/webhooks/pay/x"},
            {"notify_url": "http://acme.linli.test/x?store=1"},
            {"notify_url": ""},
            {"expires_at": NOW},
        ],
    )
    def test_with_a_wrong_field_is_a_no_or_never_sent(self, companies: Companies, wrong: dict[str, Any]) -> None:
        with pytest.raises((Rejected, Unreachable)):
            wechat_of(companies).open_charge(a_wish(**wrong))
        assert companies.wechat.trades == {}

    @pytest.mark.parametrize("title", ["绿" * 60, "🍎" * 60, "x" * 300])
    def test_a_long_title_is_cut_within_its_bytes(self, companies: Companies, title: str) -> None:
        wechat_of(companies).open_charge(a_wish(title=title))
        kept = companies.wechat.trades[KEY].title
        assert title.startswith(kept)
        assert 120 < len(kept.encode()) <= 127

    def test_an_expiry_of_any_zone_is_the_same_moment(self, companies: Companies) -> None:
        moment = (NOW + timedelta(minutes=15)).astimezone(UTC)
        wechat_of(companies).open_charge(a_wish(expires_at=moment.replace(microsecond=1)))
        assert datetime.fromisoformat(companies.wechat.trades[KEY].expires_at) == moment


class TestStates:
    @pytest.mark.parametrize(
        ("word", "state"),
        [
            ("SUCCESS", ChargeState.SUCCEEDED),
            ("REFUND", ChargeState.SUCCEEDED),
            ("NOTPAY", ChargeState.PROCESSING),
            ("USERPAYING", ChargeState.PROCESSING),
            ("ACCEPT", ChargeState.PROCESSING),
            ("CLOSED", ChargeState.CANCELLED),
            ("REVOKED", ChargeState.CANCELLED),
            ("PAYERROR", ChargeState.FAILED),
            ("A_WORD_OF_2030", ChargeState.PROCESSING),
        ],
    )
    def test_of_a_charge(self, companies: Companies, word: str, state: ChargeState) -> None:
        wechat = opened(companies)
        companies.wechat.trades[KEY].state = word
        news = wechat.read_charge(key=KEY)
        assert news
        assert news.state is state

    @pytest.mark.parametrize(
        ("word", "state"),
        [("sent", RefundState.SENT), ("done", RefundState.SUCCEEDED), ("failed", RefundState.FAILED)],
    )
    def test_of_a_refund(self, companies: Companies, word: str, state: RefundState) -> None:
        wechat = opened(companies)
        companies.wechat.refunds["r1"] = PaidBack(
            key="r1", trade=KEY, number="50", amount=1, reason="", state=word, at=""
        )
        news = wechat.read_refund(key="r1", charge_key=KEY)
        assert news
        assert news.state is state


class TestCodes:
    @pytest.mark.parametrize(
        "code",
        [
            "500 SYSTEM_ERROR",
            "500 BANK_ERROR",
            "429 FREQUENCY_LIMITED",
            "403 RATELIMIT_EXCEED",
            "400 SYSTEM_ERROR",
            "202 USERPAYING",
            "200 SURPRISE",
        ],
    )
    def test_that_leave_it_open_are_never_a_no(self, companies: Companies, code: str) -> None:
        wechat = wechat_of(companies)
        companies.wechat.fail_next(code)
        with pytest.raises(Unreachable):
            wechat.open_charge(a_wish())
        companies.wechat.fail_next(code)
        with pytest.raises(Unreachable):
            wechat.refund(a_refund())

    @pytest.mark.parametrize("code", ["400 PARAM_ERROR", "401 SIGN_ERROR", "403 NO_AUTH", "403 NOT_ENOUGH"])
    def test_that_say_no_are_a_no(self, companies: Companies, code: str) -> None:
        wechat = wechat_of(companies)
        companies.wechat.fail_next(code)
        with pytest.raises(Rejected, match=code[4:]):
            wechat.open_charge(a_wish())
        # but a question that is refused tells nothing of the charge
        companies.wechat.fail_next(code)
        with pytest.raises(Unreachable):
            wechat.read_charge(key=KEY)
        companies.wechat.fail_next(code)
        with pytest.raises(Unreachable):
            wechat.read_refund(key="r1", charge_key=KEY)

    def test_a_paid_number_asked_for_again_is_not_a_failed_payment(self, companies: Companies) -> None:
        wechat = opened(companies)
        companies.wechat.pay(KEY)
        with pytest.raises(Unreachable):
            wechat.open_charge(a_wish())

    def test_a_number_with_other_words_is_refused_only_when_nobody_can_pay_it(self, companies: Companies) -> None:
        wechat = opened(companies)
        with pytest.raises(Rejected):
            wechat.open_charge(a_wish(amount_minor=1291))
        assert companies.wechat.trades[KEY].state == "closed"

    def test_an_answer_about_another_account_or_charge_is_not_believed(self, companies: Companies) -> None:
        wechat = opened(companies)
        companies.wechat.trades[KEY].key = "another_key"
        with pytest.raises(Unreachable):
            wechat.read_charge(key=KEY)


class TestWhoIsBelieved:
    def test_by_the_public_key_where_that_is_the_mode(self, companies: Companies) -> None:
        company = companies.wechat
        mode = {
            "public_key": public_pem_of(company.platform_key),
            "public_key_id": company.public_key_id,
            "certificates": (),
        }
        wechat = wechat_of(companies, **mode)
        assert wechat.open_charge(a_wish()).qr
        assert wechat.check().is_good
        company.pay(KEY)
        body, headers = company.letters[-1].pack(serial=company.public_key_id)
        assert wechat.verify_notice(body=body, headers=headers, now=NOW).key == KEY
        # the name of the key alone opens nothing
        stranger = wechat_of(companies, **{**mode, "public_key": companies.app.alipay_public_key})
        with pytest.raises(BadNotice):
            stranger.verify_notice(body=body, headers=headers, now=NOW)
        with pytest.raises(Unreachable):
            stranger.read_charge(key=KEY)

    def test_no_longer_by_a_certificate_that_is_over(self, companies: Companies) -> None:
        company = companies.wechat
        opened(companies)
        company.pay(KEY)
        short = certificate_of(company.platform_key, "Tenpay.com", days=1)
        ends_at = x509.load_pem_x509_certificate(short.encode()).not_valid_after_utc
        serial = f"{x509.load_pem_x509_certificate(short.encode()).serial_number:X}"
        wechat = wechat_of(companies, certificates=(short,))

        for now, is_good in ((ends_at - timedelta(seconds=1), True), (ends_at + timedelta(seconds=1), False)):
            body, headers = company.letters[-1].pack(serial=serial, at=now)
            if is_good:
                assert wechat.verify_notice(body=body, headers=headers, now=now).key == KEY
            else:
                with pytest.raises(BadNotice):
                    wechat.verify_notice(body=body, headers=headers, now=now)

    def test_not_when_what_is_beside_the_secret_was_changed(self, companies: Companies) -> None:
        opened(companies)
        company = companies.wechat
        company.pay(KEY)
        hidden = company._hidden

        def moved(*given: Any) -> dict[str, str]:
            return {**hidden(*given), "associated_data": "refund"}

        company._hidden = moved  # type: ignore[method-assign,assignment]
        try:
            body, headers = company.letters[-1].pack()
        finally:
            del company._hidden
        with pytest.raises(BadNotice):
            wechat_of(companies).verify_notice(body=body, headers=headers, now=NOW)
