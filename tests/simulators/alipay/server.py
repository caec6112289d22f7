"""The gateway: one address, the method in a parameter, everything signed over its sorted parameters."""

import json
import secrets
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from tests.simulators.alipay.bills import packed, trade_bill
from tests.simulators.alipay.rules import wrong_with_charge, wrong_with_frame, wrong_with_refund
from tests.simulators.company import (
    CHINA,
    Call,
    Company,
    Letter,
    PaidBack,
    Reply,
    Trade,
    key_of,
    new_private_key,
    pay_page,
    pem_of,
    public_pem_of,
)

_NOT_FOUND = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}
_SYSTEM = {
    "code": "20000",
    "msg": "Service Currently Unavailable",
    "sub_code": "isp.unknow-error",
    "sub_msg": "系统繁忙",
}
_WRONG = {"code": "40002", "msg": "Invalid Arguments"}
_GOOD = {"code": "10000", "msg": "Success"}


@dataclass
class App:
    """An application and its seller: what the owner would find in Alipay's own console."""

    appid: str
    seller_id: str
    private_key: str
    alipay_key: str  # Alipay's private half for this application

    @property
    def alipay_public_key(self) -> str:
        return public_pem_of(key_of(self.alipay_key))


class Alipay(Company):
    """The whole company."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.apps: dict[str, App] = {}
        told = self.load()
        self.apps = {one["appid"]: App(**one) for one in told.get("apps", [])}
        self.bills: dict[str, bytes] = {}
        self.wrong_key: RSAPrivateKey | None = None

    @property
    def gateway(self) -> str:
        return f"{self.url}/gateway.do"

    def add_app(self, appid: str = "") -> App:
        """Register an application; the same number is the same application."""
        if appid in self.apps:
            return self.apps[appid]
        made = App(
            appid=appid or f"2021{secrets.randbelow(10**12):012d}",
            seller_id=f"2088{secrets.randbelow(10**12):012d}",
            private_key=pem_of(new_private_key()),
            alipay_key=pem_of(new_private_key()),
        )
        self.apps[made.appid] = made
        self.save()
        return made

    def open_account(self, number: str) -> dict[str, Any]:
        app = self.add_app(number)
        return {**asdict(app), "alipay_public_key": app.alipay_public_key}

    def kept(self) -> dict[str, Any]:
        return {"apps": [asdict(one) for one in self.apps.values()]}

    def answer(self, call: Call) -> Reply:
        if call.path.startswith("/pay/"):
            trade = next((one for one in self.trades.values() if one.number == call.path[5:]), None)
            return pay_page(self, trade, call, name="支付宝") if trade else Reply(404)
        if call.path == "/bill":
            return Reply(200, self.bills[call.query["token"]], "application/zip")
        if call.path != "/gateway.do":
            return Reply(404)
        told = {**call.query, **dict(parse_qsl(call.body.decode()))}
        method = told.get("method", "")
        app = self.apps.get(told.get("app_id", ""))
        fault = self.take_fault(method)
        if fault in ("500", "cut"):
            return Reply(500) if fault == "500" else Reply(0)
        if app is None or not _is_signed(app, told):
            refusal = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature"}
            return Reply(200, json.dumps({"error_response": refusal}).encode())
        if wrong := wrong_with_frame(told, now=datetime.now(CHINA)):
            return self._signed(app, method, {**_WRONG, "sub_code": wrong}, is_wrong=False)
        inside = json.loads(told.get("biz_content", "{}"))
        if method in ("alipay.trade.wap.pay", "alipay.trade.page.pay"):
            return self._to_cashier(app, method, inside, told)
        if fault[:5].isdigit():  # "40004 ACQ.SYSTEM_ERROR": a refusal in Alipay's own words
            refusal = {"code": fault[:5], "msg": "", "sub_code": fault[6:]}
            return self._signed(app, method, refusal, is_wrong=False)
        answer = self._act(app, method, inside, told)
        if fault == "500_after":
            answer = _SYSTEM
        if fault == "cut_after":
            return Reply(0)
        return self._signed(app, method, answer, is_wrong=fault == "wrong_sign")

    def charge_letter(self, trade: Trade) -> Letter:
        return self._letter(trade, {"trade_status": "TRADE_SUCCESS"})

    def refund_letter(self, refund: PaidBack) -> Letter:
        trade = self.trades[refund.trade]
        is_all = self.paid_back(trade) == trade.amount
        return self._letter(
            trade,
            {
                "trade_status": "TRADE_CLOSED" if is_all else "TRADE_SUCCESS",
                "out_biz_no": refund.key,
                "refund_fee": _yuan(self.paid_back(trade)),
                "gmt_refund": self._stamp(),
            },
        )

    def is_thanked(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def _act(self, app: App, method: str, inside: dict[str, Any], told: dict[str, str]) -> dict[str, Any]:
        trade = self.trades.get(inside.get("out_trade_no", ""))
        if trade and trade.account != app.appid:
            trade = None
        match method:
            case "alipay.trade.precreate":
                made = self._open(app, "qr", inside, told)
                if isinstance(made, dict):
                    return made
                return {**_GOOD, "out_trade_no": made.key, "qr_code": f"{self.url}/pay/{made.number}"}
            case "alipay.trade.query":
                return self._queried(trade) if trade else _NOT_FOUND
            case "alipay.trade.close":
                return self._closed(trade) if trade else _NOT_FOUND
            case "alipay.trade.refund":
                return self._refund(trade, inside) if trade else _NOT_FOUND
            case "alipay.trade.fastpay.refund.query":
                return self._refund_query(inside)
            case "alipay.data.dataservice.bill.downloadurl.query":
                return self._bill(app, inside["bill_date"])
        return {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-method"}

    def _to_cashier(self, app: App, method: str, inside: dict[str, Any], told: dict[str, str]) -> Reply:
        made = self._open(app, "wap" if "wap" in method else "page", inside, told)
        if isinstance(made, dict):
            return Reply(400, json.dumps(made).encode())
        return Reply(302, headers={"Location": f"/pay/{made.number}"})

    def _open(self, app: App, kind: str, inside: dict[str, Any], told: dict[str, str]) -> Trade | dict[str, Any]:
        if wrong_with_charge(kind, inside, told, now=self.now()):
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.INVALID_PARAMETER"}
        amount = int(Decimal(inside["total_amount"]) * 100)
        known = self.trades.get(inside["out_trade_no"])
        if known:
            if known.account != app.appid or known.amount != amount:
                return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.CONTEXT_INCONSISTENT"}
            return known
        made = Trade(
            account=app.appid,
            key=inside["out_trade_no"],
            number=self.new_number("trade"),
            amount=amount,
            currency="CNY",
            title=inside["subject"],
            kind=kind,
            notify_url=told.get("notify_url", ""),
            return_url=told.get("return_url", ""),
            made_at=self.now().isoformat(),
            expires_at=inside.get("time_expire", ""),
        )
        self.trades[made.key] = made
        return made

    def _queried(self, trade: Trade) -> dict[str, Any]:
        is_back = trade.state == "paid" and self.paid_back(trade) == trade.amount
        # Any other word is Alipay's own: tests say it as it is
        words = {"open": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}
        state = words.get(trade.state, trade.state)
        told = {
            **_GOOD,
            "out_trade_no": trade.key,
            "trade_no": trade.number,
            "trade_status": "TRADE_CLOSED" if is_back else state,
            "total_amount": _yuan(trade.amount),
            "buyer_logon_id": "138****0000",
        }
        return told | {"send_pay_date": _china(trade.paid_at)} if trade.state == "paid" else told

    def _closed(self, trade: Trade) -> dict[str, Any]:
        if trade.state == "paid":
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REASON_TRADE_STATUS_INVALID"}
        trade.state, trade.closed_at = "closed", self.now().isoformat()
        return {**_GOOD, "out_trade_no": trade.key, "trade_no": trade.number}

    def _refund(self, trade: Trade, inside: dict[str, Any]) -> dict[str, Any]:
        if wrong_with_refund(inside):
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.INVALID_PARAMETER"}
        if trade.state != "paid":
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_STATUS_ERROR"}
        key, amount = inside["out_request_no"], int(Decimal(inside["refund_amount"]) * 100)
        known = self.refunds.get(key)
        if known and known.amount != amount:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"}
        if known is None:
            if self.paid_back(trade) + amount > trade.amount:
                return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}
            self.refunds[key] = PaidBack(
                key=key,
                trade=trade.key,
                number=trade.number,
                amount=amount,
                reason=inside.get("refund_reason", ""),
                state="sent",
                at=self.now().isoformat(),
                notify_url=trade.notify_url,
            )
            self.finish_refund(key)
        total = self.paid_back(trade)
        told = {**_GOOD, "out_trade_no": trade.key, "trade_no": trade.number, "refund_fee": _yuan(total)}
        return told | {"fund_change": "N" if known else "Y"}

    def _refund_query(self, inside: dict[str, Any]) -> dict[str, Any]:
        found = self.refunds.get(inside.get("out_request_no", ""))
        if found is None or found.trade != inside["out_trade_no"]:
            return dict(_GOOD)  # Alipay answers an empty success for a refund it does not know
        told = {**_GOOD, "out_trade_no": found.trade, "out_request_no": found.key, "trade_no": found.number}
        return told | {"refund_amount": _yuan(found.amount), "refund_status": "REFUND_SUCCESS"}

    def _bill(self, app: App, day: str) -> dict[str, Any]:
        trades = [one for one in self.trades.values() if one.account == app.appid]
        refunds = [one for one in self.refunds.values() if self.trades[one.trade].account == app.appid]
        text = trade_bill(trades, refunds, self.trades, day=day, seller=app.seller_id)
        if not text:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "isp.bill_not_exist"}
        token = secrets.token_hex(8)
        self.bills[token] = packed(text, day=day, seller=app.seller_id)
        return {**_GOOD, "bill_download_url": f"{self.url}/bill?token={token}"}

    def _letter(self, trade: Trade, beside: dict[str, str]) -> Letter:
        notify_id, app = secrets.token_hex(17), self.apps[trade.account]
        made_at = self.now()
        plain = {
            "notify_id": notify_id,
            "notify_type": "trade_status_sync",
            "charset": "utf-8",
            "version": "1.0",
            "app_id": app.appid,
            "auth_app_id": app.appid,
            "seller_id": app.seller_id,
            "out_trade_no": trade.key,
            "trade_no": trade.number,
            "subject": trade.title,
            "total_amount": _yuan(trade.amount),
            "receipt_amount": _yuan(trade.amount),
            "buyer_id": "2088000000000000",
            "gmt_create": _china(trade.made_at),
            "gmt_payment": _china(trade.paid_at),
            **beside,
        }

        def pack(
            *, at: datetime | None = None, key: RSAPrivateKey | None = None, **changed: Any
        ) -> tuple[bytes, dict[str, str]]:
            told = {**plain, "notify_time": f"{(at or made_at).astimezone(CHINA):%Y-%m-%d %H:%M:%S}", **changed}
            signature = _sign(key or key_of(app.alipay_key), _signable(told))
            body = urlencode({**told, "sign_type": "RSA2", "sign": signature}).encode()
            return body, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

        return Letter(url=trade.notify_url, about=beside.get("out_biz_no", trade.key), pack=pack)

    def _signed(self, app: App, method: str, told: dict[str, Any], *, is_wrong: bool) -> Reply:
        plain = json.dumps(told, ensure_ascii=False)
        if is_wrong and self.wrong_key is None:
            self.wrong_key = new_private_key()
        key = self.wrong_key if is_wrong and self.wrong_key else key_of(app.alipay_key)
        name = f"{method.replace('.', '_')}_response"
        text = f'{{"{name}":{plain},"sign":"{_sign(key, plain)}"}}'
        return Reply(200, text.encode(), "text/html;charset=utf-8")

    def _stamp(self) -> str:
        return f"{self.now().astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _is_signed(app: App, told: dict[str, str]) -> bool:
    text = _signable({name: value for name, value in told.items() if name != "sign"})
    try:
        public = key_of(app.private_key).public_key()
        public.verify(b64decode(told.get("sign", "")), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _signable(told: dict[str, str]) -> str:
    return "&".join(f"{name}={told[name]}" for name in sorted(told) if told[name] != "")


def _sign(key: RSAPrivateKey, text: str) -> str:
    return b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _china(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if moment else ""
