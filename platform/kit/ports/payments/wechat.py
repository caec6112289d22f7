"""WeChat Pay v3 through ``wechatpayv3``, with what the library lets through held back (decision 0050).

The library believes a day-old notice, downloads certificates for every unknown serial number a stranger writes into
a header, and raises bare exceptions for missing headers. Here the clock is looked at first, only serial numbers we
hold are tried, no notice ever makes us call anybody, and every trouble has one of our three names.
"""

import contextlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from kit.ids import new_id
from kit.ports.payments.bills import wechat_lines
from kit.ports.payments.keys import WeChatKeys, proven_key
from kit.ports.payments.words import (
    BadNotice,
    ChargeNews,
    ChargeState,
    ChargeWish,
    Check,
    ForeignNotice,
    Notice,
    Opened,
    RefundNews,
    RefundState,
    RefundWish,
    Rejected,
    StaleNotice,
    StatementLine,
    Unreachable,
)

HOST = "https://api.mch.weixin.qq.com"
LOGIN_HOST = "https://api.weixin.qq.com"
TOLERANCE = timedelta(minutes=5)
_PROBE = "WECHATPAY/SIGNTEST/"
# WeChat's own two hours and five minutes, less what it takes to get there
_LASTS, _PAGE_LASTS = timedelta(minutes=110), timedelta(minutes=4)
_MOST_TITLE = 127  # bytes
_TIMEOUT = (3, 8)  # seconds to connect, to answer
_MARKS = ("Signature", "Timestamp", "Nonce", "Serial", "Signature-Type")
_TYPES = {"jsapi": WeChatPayType.JSAPI, "h5": WeChatPayType.H5, "native": WeChatPayType.NATIVE}
_TRY_AGAIN = frozenset(
    {"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEED", "USERPAYING"}
)
# The number was given to WeChat before: opened with other words, or paid
_USED_BEFORE = frozenset({"ORDERPAID", "ORDER_PAID", "OUT_TRADE_NO_USED", "INVALID_REQUEST", "TRADE_ERROR"})
_NONE = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_STATES = {
    "SUCCESS": ChargeState.SUCCEEDED,
    "REFUND": ChargeState.SUCCEEDED,  # it was paid; what went back is a refund's own news
    "NOTPAY": ChargeState.PROCESSING,
    "USERPAYING": ChargeState.PROCESSING,
    "ACCEPT": ChargeState.PROCESSING,
    "CLOSED": ChargeState.CANCELLED,
    "REVOKED": ChargeState.CANCELLED,
    "PAYERROR": ChargeState.FAILED,
}
_REFUND_STATES = {
    "SUCCESS": RefundState.SUCCEEDED,
    "PROCESSING": RefundState.SENT,
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,
}
log = logging.getLogger(__name__)


class WeChat:
    """One merchant's account at WeChat Pay."""

    def __init__(self, keys: WeChatKeys, *, host: str = "", login_host: str = "") -> None:
        self.keys = keys
        self.login_host = login_host or LOGIN_HOST
        self._client = _Client(keys, host=host or HOST)

    def open_charge(self, wish: ChargeWish) -> Opened:
        """Open a charge for the WeChat client ("jsapi"), a phone's browser ("h5") or a code to scan ("native")."""
        asked: dict[str, Any] = {
            "description": wish.title.encode()[:_MOST_TITLE].decode(errors="ignore"),
            "out_trade_no": wish.key,
            "amount": {"total": wish.amount_minor, "currency": wish.currency},
            "time_expire": wish.expires_at.replace(microsecond=0).isoformat(),
            "notify_url": wish.notify_url,
            "pay_type": _TYPES[wish.kind],
        }
        if wish.kind == "jsapi":
            asked["payer"] = {"openid": wish.payer}
        if wish.kind == "h5":
            asked["scene_info"] = {"payer_client_ip": wish.payer_ip or "127.0.0.1", "h5_info": {"type": "Wap"}}
        try:
            told = self._ask(lambda: self._client.pay(**asked))
        except Rejected as refusal:
            if refusal.code in _USED_BEFORE:
                self._end_what_was_opened(wish.key)
            raise
        with _trouble():
            if wish.kind == "jsapi":
                return Opened(jsapi=self._for_the_client(told["prepay_id"]), lasts=_LASTS)
            if wish.kind == "h5":
                return Opened(redirect_url=told["h5_url"], lasts=_PAGE_LASTS)
            return Opened(qr=told["code_url"], lasts=_LASTS)

    def read_charge(self, *, key: str, ref: str = "") -> ChargeNews | None:
        """Ask what became of a charge."""
        try:
            told = self._ask(lambda: self._client.query(out_trade_no=key))
        except Rejected as refusal:
            if refusal.code in _NONE:
                return None
            raise Unreachable(str(refusal)) from refusal
        with _trouble():
            return self._charge_news(told, key)

    def close_charge(self, *, key: str, ref: str = "") -> ChargeNews | None:
        """Close an unpaid charge, then ask again: it may have been paid at that very moment."""
        with contextlib.suppress(Rejected):  # paid, closed before, or not there: the question below tells
            self._ask(lambda: self._client.close(out_trade_no=key))
        return self.read_charge(key=key)

    def refund(self, wish: RefundWish) -> RefundNews:
        """Give money back by the way it came."""
        told = self._ask(
            lambda: self._client.refund(
                out_refund_no=wish.key,
                out_trade_no=wish.charge_key,
                reason=wish.reason[:80],
                notify_url=wish.notify_url,
                amount={"refund": wish.amount_minor, "total": wish.charged_minor, "currency": wish.currency},
            )
        )
        return _refund_news(told, wish.key)

    def read_refund(self, *, key: str, charge_key: str, ref: str = "") -> RefundNews | None:
        """Ask what became of a refund."""
        try:
            return _refund_news(self._ask(lambda: self._client.query_refund(out_refund_no=key)), key)
        except Rejected as refusal:
            if refusal.code in _NONE:
                return None
            raise Unreachable(str(refusal)) from refusal

    def verify_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Believe a notice: fresh, signed by a key we hold, decrypted by ours, and about this very account."""
        marks = {f"Wechatpay-{mark}": headers.get(f"Wechatpay-{mark}", "") for mark in _MARKS}
        if marks["Wechatpay-Signature"].startswith(_PROBE):
            log.info("wechat probe refused")  # WeChat tries whether we look at signatures at all
            raise BadNotice(reason="probe")
        _look_at_the_clock(marks["Wechatpay-Timestamp"], now)
        if not self._client.knows(marks["Wechatpay-Serial"], now):
            raise BadNotice(reason="unknown serial")
        try:
            told = self._client.callback(marks, body)
        except Exception as error:  # the library raises whatever it stumbles over
            raise BadNotice(reason=type(error).__name__) from error
        if not told:
            raise BadNotice(reason="signature or key")
        return self._notice(told)

    def read_statement(self, *, day: date) -> list[StatementLine]:
        """Read the day's trades; WeChat has them from ten o'clock the next morning."""
        try:
            told = self._ask(lambda: self._client.trade_bill(bill_date=day.isoformat()))
        except Rejected as refusal:
            if refusal.code == "NO_STATEMENT_EXIST":
                return []
            raise Unreachable(str(refusal)) from refusal
        with _trouble():
            code, content = self._client.download_bill(told["download_url"])
        if code != 200 or not isinstance(content, bytes):
            raise Unreachable(f"statement {code}")
        return wechat_lines(content, sha1=told["hash_value"])

    def check(self) -> Check:
        """Download the platform's certificates and ask for a charge that does not exist."""
        try:
            certificates = self._client.refreshed() if not self.keys.public_key_id else ()
            self.read_charge(key=f"linli_check_{new_id().hex[:19]}")
        except Unreachable as trouble:
            return Check(is_good=False, code="unreachable", said=str(trouble))
        except Rejected as refusal:
            return Check(is_good=False, code=refusal.code, said=refusal.message)
        ends = [x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc for pem in certificates]
        return Check(is_good=True, expires_at=max(ends, default=None), keep={"certificates": list(certificates)})

    def openid_of(self, login_code: str) -> str:
        """Exchange the code of ``wx.login`` for the payer's name at this appid. :raises Rejected, Unreachable:"""
        asked = {
            "appid": self.keys.appid,
            "secret": self.keys.app_secret,
            "js_code": login_code,
            "grant_type": "authorization_code",
        }
        with _trouble():
            told = requests.get(f"{self.login_host}/sns/jscode2session", params=asked, timeout=_TIMEOUT).json()
        if not told.get("openid"):
            raise Rejected(str(told.get("errcode", "no_openid")), str(told.get("errmsg", "")))
        return str(told["openid"])

    def _end_what_was_opened(self, key: str) -> None:
        """Close what an earlier asking opened under a key that can be opened no more.

        :raises Unreachable: it was paid, or may still be: that is no failed payment.
        """
        news = self.close_charge(key=key)
        if news and news.state not in (ChargeState.CANCELLED, ChargeState.FAILED):
            raise Unreachable(f"the charge is {news.state.value}")

    def _charge_news(self, told: dict[str, Any], key: str) -> ChargeNews:
        if (told["mchid"], told["appid"], told["out_trade_no"]) != (self.keys.mchid, self.keys.appid, key):
            raise Unreachable("the answer speaks of another account")
        amount = told.get("amount") or {}
        return ChargeNews(
            key=key,
            state=_STATES.get(told["trade_state"], ChargeState.PROCESSING),
            provider_ref=told.get("transaction_id") or "",
            amount_minor=amount.get("total", 0),
            currency=amount.get("currency", "CNY"),
            failure=told.get("trade_state_desc", "")[:120] if told["trade_state"] == "PAYERROR" else "",
        )

    def _for_the_client(self, prepay_id: str) -> dict[str, str]:
        stamp, nonce, package = str(int(time.time())), new_id().hex, f"prepay_id={prepay_id}"
        return {
            "appId": self.keys.appid,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._client.sign([self.keys.appid, stamp, nonce, package]),
        }

    def _notice(self, told: dict[str, Any]) -> Notice:
        inside = told.get("resource")
        if not isinstance(inside, dict) or not told.get("id") or not inside.get("out_trade_no"):
            raise BadNotice(reason="no trade")
        if inside.get("mchid") != self.keys.mchid or inside.get("appid", self.keys.appid) != self.keys.appid:
            raise ForeignNotice
        try:
            said_at = datetime.fromisoformat(told["create_time"])
        except (KeyError, TypeError, ValueError):
            raise BadNotice(reason="no time") from None
        kind = str(told.get("event_type", ""))
        moved = inside.get("refund_id") or inside.get("transaction_id") or inside["out_trade_no"]
        return Notice(
            # A repeat has the same id; should WeChat ever number it anew, what it says is the same
            id=f"{moved}:{kind}",
            kind=kind,
            key=str(inside["out_trade_no"]),
            refund_key=str(inside.get("out_refund_no", "")),
            said_at=said_at,
            payload=inside,
        )

    def _ask(self, question: Any) -> dict[str, Any]:
        with _trouble():
            code, text = question()
            told = json.loads(text) if text else {}
            if not isinstance(told, dict):
                raise Unreachable(f"{code} and no object")
        if code >= 500 or code == 429 or told.get("code") in _TRY_AGAIN:
            raise Unreachable(f"{code} {told.get('code', '')}")
        if code >= 300:
            raise Rejected(str(told.get("code", code)), str(told.get("message", "")))
        answer: dict[str, Any] = told
        return answer


class _Core(Core):  # type: ignore[misc]  # the library has no types
    """The library's core, pointed where the settings say, that downloads certificates only when told to."""

    def __init__(self, keys: WeChatKeys, *, host: str) -> None:
        super().__init__(
            mchid=keys.mchid,
            cert_serial_no=keys.serial_no,
            private_key="",
            apiv3_key=keys.api_v3_key,
            timeout=_TIMEOUT,
            public_key=keys.public_key or None,
            public_key_id=keys.public_key_id or None,
        )
        self._private_key = proven_key(keys.private_key)  # the library would prove it at each call: 40 ms
        self._gate_way = host
        self._certificates = [x509.load_pem_x509_certificate(pem.encode()) for pem in keys.certificates]

    def _init_certificates(self) -> None:
        """Download nothing while being made."""

    def _update_certificates(self) -> None:
        """Download nothing for a serial number somebody wrote: that would be one call of ours for each of theirs."""

    def refresh(self) -> None:
        """Download the platform's certificates; each comes encrypted with our API v3 key."""
        super()._update_certificates()


class _Client(WeChatPay):  # type: ignore[misc]  # the library has no types
    """The library's client around our core; its own constructor would download at once."""

    def __init__(self, keys: WeChatKeys, *, host: str) -> None:
        self._type, self._mchid, self._appid = WeChatPayType.JSAPI, keys.mchid, keys.appid
        self._notify_url, self._partner_mode = None, False
        self._public_key_id = keys.public_key_id
        self._core = _Core(keys, host=host)

    def knows(self, serial: str, now: datetime) -> bool:
        """Say whether a serial number is one of those we hold, its certificate not being over."""
        if self._public_key_id and serial == self._public_key_id:
            return True
        held = [one for one in self._core._certificates if one.not_valid_after_utc > now]
        return serial.upper().lstrip("0") in {f"{one.serial_number:X}" for one in held}

    def refreshed(self) -> tuple[str, ...]:
        """Return the platform's certificates of today as PEM. :raises Unreachable, Rejected:"""
        with _trouble():
            code, text = self._core.request("/v3/certificates", skip_verify=True)
        told = json.loads(text) if text else {}
        if code >= 500:
            raise Unreachable(str(code))
        if code != 200:
            raise Rejected(str(told.get("code", code)), str(told.get("message", "")))
        with _trouble():
            self._core.refresh()
        if not self._core._certificates:
            raise Rejected("API_V3_KEY", "the certificates cannot be decrypted with this API v3 key")
        return tuple(_pem(held) for held in self._core._certificates)


def _pem(held: x509.Certificate) -> str:
    return held.public_bytes(Encoding.PEM).decode()


def _look_at_the_clock(stamp: str, now: datetime) -> None:
    try:
        signed_at = datetime.fromtimestamp(int(stamp), tz=now.tzinfo)
    except (ValueError, OverflowError, OSError):
        raise BadNotice(reason="no timestamp") from None
    if abs(now - signed_at) > TOLERANCE:
        raise StaleNotice


def _refund_news(told: dict[str, Any], key: str) -> RefundNews:
    with _trouble():
        if told["out_refund_no"] != key:
            raise Unreachable("the answer speaks of another refund")
        state = _REFUND_STATES.get(told["status"], RefundState.SENT)
        return RefundNews(
            key=key,
            state=state,
            provider_ref=told.get("refund_id") or "",
            amount_minor=(told.get("amount") or {}).get("refund", 0),
            failure=told["status"] if state is RefundState.FAILED else "",
        )


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(type(error).__name__) from error
    except (Unreachable, Rejected):
        raise
    except Exception as error:  # "failed to verify the signature" is a bare Exception in the library
        raise Unreachable(str(error)) from error
