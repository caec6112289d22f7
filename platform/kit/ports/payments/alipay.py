"""Alipay through ``python-alipay-sdk`` (decision 0050). Amounts travel as yuan strings made of integers."""

import binascii
import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qsl

import requests
from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig
from Cryptodome.PublicKey import RSA
from urllib3.exceptions import HTTPError

from kit.ids import new_id
from kit.ports.payments.bills import CHINA, MOST_BYTES, alipay_lines, minor_of, yuan_of
from kit.ports.payments.keys import AlipayKeys, proven_key
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

HOST = "https://openapi.alipay.com/gateway.do"
# Alipay repeats a notice for 25 hours; ``notify_time`` is when the first was written
TOLERANCE = timedelta(hours=26)
_AHEAD = timedelta(minutes=5)
_CODE_LASTS = timedelta(minutes=110)  # Alipay's own two hours, less what it takes to get there
_TIMEOUT = 8
# The library's own word for the first product is none of Alipay's
_PAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "wap": ("alipay.trade.wap.pay", "QUICK_WAP_WAY", ("quit_url",)),
    "page": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", ()),
}
_GOOD = "10000"
_NOT_NOW = ("20000", "40005")  # not available, too many calls at once
_SYSTEM = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error"})
# The number was given to Alipay before: opened with other words, or paid
_USED_BEFORE = frozenset({"ACQ.TRADE_HAS_SUCCESS", "ACQ.CONTEXT_INCONSISTENT", "ACQ.TRADE_STATUS_ERROR"})
_NONE = frozenset({"ACQ.TRADE_NOT_EXIST"})
_STATES = {
    "TRADE_SUCCESS": ChargeState.SUCCEEDED,
    "TRADE_FINISHED": ChargeState.SUCCEEDED,
    "WAIT_BUYER_PAY": ChargeState.PROCESSING,
    "TRADE_CLOSED": ChargeState.CANCELLED,  # also after a full refund: then ``send_pay_date`` is there
}


class Alipay:
    """One application at Alipay, collecting for one seller."""

    def __init__(self, keys: AlipayKeys, *, host: str = "") -> None:
        self.keys = keys
        self._client = _Client(
            appid=keys.appid,
            app_private_key_string=keys.private_key,
            alipay_public_key_string=keys.alipay_public_key,
            sign_type="RSA2",
            config=AliPayConfig(timeout=_TIMEOUT),
        )
        self._client._gateway = host or HOST

    def open_charge(self, wish: ChargeWish) -> Opened:
        """Open a charge on a phone ("wap"), on a desk ("page") or as a code to scan ("qr").

        The first two are signed addresses: Alipay learns of the trade when the payer opens one.
        """
        inside = {
            "subject": _plain(wish.title),
            "out_trade_no": wish.key,
            "total_amount": yuan_of(wish.amount_minor),
            "time_expire": wish.expires_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        }
        if wish.kind == "qr":
            try:
                told = self._ask("alipay.trade.precreate", inside, notify_url=wish.notify_url)
            except Rejected as refusal:
                if refusal.code in _USED_BEFORE:
                    self._end_what_was_opened(wish.key)
                raise
            with _trouble():
                return Opened(qr=told["qr_code"], lasts=_CODE_LASTS)
        method, product, more = _PAGES[wish.kind]
        inside |= {"product_code": product} | dict.fromkeys(more, wish.return_url)
        signed = self._client.client_api(method, inside, notify_url=wish.notify_url, return_url=wish.return_url)
        return Opened(redirect_url=f"{self._client._gateway}?{signed}")

    def read_charge(self, *, key: str, ref: str = "") -> ChargeNews | None:
        """Ask what became of a charge."""
        try:
            told = self._ask("alipay.trade.query", {"out_trade_no": key})
        except Rejected as refusal:
            if refusal.code in _NONE:
                return None
            raise Unreachable(str(refusal)) from refusal
        with _trouble():
            return _charge_news(told, key)

    def close_charge(self, *, key: str, ref: str = "") -> ChargeNews | None:
        """Close an unpaid charge, then ask again: it may have been paid at that very moment."""
        with contextlib.suppress(Rejected):
            self._ask("alipay.trade.close", {"out_trade_no": key})
        return self.read_charge(key=key)

    def refund(self, wish: RefundWish) -> RefundNews:
        """Give money back by the way it came; the same request number is paid back once."""
        told = self._ask(
            "alipay.trade.refund",
            {
                "out_trade_no": wish.charge_key,
                "out_request_no": wish.key,
                "refund_amount": yuan_of(wish.amount_minor),
                "refund_reason": _plain(wish.reason),
            },
        )
        # "N" says only that nothing moved by this call: it may have moved by the one before
        if told.get("fund_change") == "Y":
            return self._refunded(wish.key, wish.amount_minor)
        found = self.read_refund(key=wish.key, charge_key=wish.charge_key)
        return found or RefundNews(key=wish.key, state=RefundState.SENT)

    def read_refund(self, *, key: str, charge_key: str, ref: str = "") -> RefundNews | None:
        """Ask what became of a refund; Alipay answers an empty success for one it does not know."""
        try:
            told = self._ask("alipay.trade.fastpay.refund.query", {"out_trade_no": charge_key, "out_request_no": key})
        except Rejected as refusal:
            if refusal.code in _NONE:
                return None
            raise Unreachable(str(refusal)) from refusal
        if told.get("refund_status") != "REFUND_SUCCESS":
            return None
        return self._refunded(key, minor_of(told.get("refund_amount", "0")))

    def verify_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Believe a notice: signed by Alipay, recent, and about this very application and seller."""
        try:
            told = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True))
            signature = told.pop("sign")
            is_signed = self._client.verify(dict(told), signature)
        except (ValueError, KeyError, binascii.Error, AliPayException, UnicodeError) as error:
            raise BadNotice(reason=type(error).__name__) from error
        if not is_signed:
            raise BadNotice(reason="signature")
        said_at = _said_at(told)
        if not -TOLERANCE <= said_at - now <= _AHEAD:
            raise StaleNotice
        if told.get("app_id") != self.keys.appid or told.get("seller_id", self.keys.seller_id) != self.keys.seller_id:
            raise ForeignNotice
        if not told.get("notify_id") or not told.get("out_trade_no"):
            raise BadNotice(reason="no trade")
        return Notice(
            id=told["notify_id"],
            kind=told.get("trade_status", ""),
            key=told["out_trade_no"],
            refund_key=told.get("out_biz_no", "") if told.get("refund_fee") else "",
            said_at=said_at,
            payload=told,
        )

    def read_statement(self, *, day: date) -> list[StatementLine]:
        """Read the day's trades; Alipay has them from nine o'clock the next morning."""
        try:
            told = self._ask(
                "alipay.data.dataservice.bill.downloadurl.query",
                {"bill_type": "trade", "bill_date": day.isoformat()},
            )
        except Rejected as refusal:
            if refusal.code == "isp.bill_not_exist":
                return []
            raise Unreachable(str(refusal)) from refusal
        with _trouble(), requests.get(told["bill_download_url"], timeout=_TIMEOUT, stream=True) as answer:
            answer.raise_for_status()
            content = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        return alipay_lines(content)

    def check(self) -> Check:
        """Ask for a trade that does not exist: the answer is signed, and says no for that reason alone."""
        try:
            self.read_charge(key=f"linli_check_{new_id().hex[:19]}")
        except Unreachable as trouble:
            return Check(is_good=False, code="unreachable", said=str(trouble))
        return Check(is_good=True)

    def _end_what_was_opened(self, key: str) -> None:
        """Close what an earlier asking opened under a key that can be opened no more.

        :raises Unreachable: it was paid, or may still be: that is no failed payment.
        """
        news = self.close_charge(key=key)
        if news and news.state is not ChargeState.CANCELLED:
            raise Unreachable(f"the charge is {news.state.value}")

    def _refunded(self, key: str, amount_minor: int) -> RefundNews:
        # Alipay has no name of its own for a refund: the request's number is it
        return RefundNews(key=key, state=RefundState.SUCCEEDED, provider_ref=f"ali-{key}", amount_minor=amount_minor)

    def _ask(self, method: str, inside: dict[str, Any], **beside: Any) -> dict[str, Any]:
        with _trouble():
            told: dict[str, Any] = self._client.server_api(method, inside, **beside)
            if not isinstance(told, dict):
                raise Unreachable("no object")
        code, why = told.get("code", ""), told.get("sub_code", "")
        if code == _GOOD:
            return told
        if code in _NOT_NOW or why in _SYSTEM:
            raise Unreachable(why)
        raise Rejected(why or code, told.get("sub_msg") or told.get("msg", ""))


class _Client(AliPay):  # type: ignore[misc]  # the library has no types
    """The library's client, that does not prove a private key again at each call: that takes 40 ms."""

    def _load_key(self) -> None:
        own = proven_key(self._app_private_key_string).private_numbers()
        halves = (own.public_numbers.n, own.public_numbers.e, own.d, own.p, own.q)
        self._app_private_key = RSA.construct(halves, consistency_check=False)
        self._alipay_public_key = RSA.import_key(self._alipay_public_key_string)


def _charge_news(told: Mapping[str, Any], key: str) -> ChargeNews:
    if told["out_trade_no"] != key:
        raise Unreachable("the answer speaks of another trade")
    state = _STATES.get(told["trade_status"], ChargeState.PROCESSING)
    if state is ChargeState.CANCELLED and told.get("send_pay_date"):
        state = ChargeState.SUCCEEDED
    return ChargeNews(
        key=key,
        state=state,
        provider_ref=told.get("trade_no", ""),
        amount_minor=minor_of(told.get("total_amount", "0")),
        currency="CNY",
    )


def _said_at(told: Mapping[str, str]) -> datetime:
    try:
        return datetime.strptime(told["notify_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except (KeyError, ValueError):
        raise BadNotice(reason="no time") from None


def _plain(text: str) -> str:
    # The library finds the signed part of an answer by counting braces, also those inside our own words
    return "".join(letter for letter in text if letter not in "{}/=&")[:120]


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except AliPayValidationError as error:
        raise Unreachable("the answer is not signed by Alipay") from error
    except AliPayException as error:
        # Answers without a signature say what is wrong with ours; they prove nothing
        raise Unreachable(_sub_code(error)) from error
    except (requests.RequestException, HTTPException, HTTPError, OSError) as error:  # cut in the midst of an answer too
        raise Unreachable(type(error).__name__) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(type(error).__name__) from error


def _sub_code(error: AliPayException) -> str:
    try:
        told = json.loads(str(error).partition("message:")[2] or "{}")
        inside = next((part for part in told.values() if isinstance(part, dict)), {})
        return str(inside.get("sub_code") or inside.get("msg") or "unsigned")
    except ValueError:
        return "unsigned"
