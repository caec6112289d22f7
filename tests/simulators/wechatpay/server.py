"""The API: requests verified by the merchant's key, answers signed by the platform's."""

import json
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

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
from tests.simulators.wechatpay.bills import fund_bill, packed, trade_bill
from tests.simulators.wechatpay.papers import certificate_of, error
from tests.simulators.wechatpay.rules import wrong_with_charge, wrong_with_refund

_AUTH = re.compile(r'(\w+)="([^"]*)"')
_OFF_BY = 300  # seconds


@dataclass
class Merchant:
    """A merchant's account: what the owner would find in WeChat's own console."""

    mchid: str
    appid: str
    app_secret: str
    api_v3_key: str
    private_key: str
    serial_no: str
    certificate: str


class WeChatPay(Company):
    """The whole company."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.merchants: dict[str, Merchant] = {}
        told = self.load()
        self.merchants = {one["mchid"]: Merchant(**one) for one in told.get("merchants", [])}
        self.platform_key = key_of(told["platform_key"]) if told else new_private_key()
        self.platform_certificate = told.get("platform_certificate") or certificate_of(self.platform_key, "Tenpay.com")
        self.wrong_key: RSAPrivateKey | None = None
        self.packed_bills: dict[str, bytes] = {}
        self.older_certificates: list[str] = []
        self.public_key_id = "PUB_KEY_ID_0116" + "0" * 20
        self.nonces: set[tuple[str, str]] = set()

    @property
    def serial(self) -> str:
        return f"{x509.load_pem_x509_certificate(self.platform_certificate.encode()).serial_number:X}"

    def add_merchant(self, mchid: str = "", *, days: int = 1825) -> Merchant:
        """Open an account for a merchant; the same number is the same account."""
        if mchid in self.merchants:
            return self.merchants[mchid]
        key = new_private_key()
        certificate = certificate_of(key, mchid, days=days)
        made = Merchant(
            mchid=mchid or f"16{secrets.randbelow(10**8):08d}",
            appid="wx" + secrets.token_hex(8),
            app_secret=secrets.token_hex(16),
            api_v3_key=secrets.token_hex(16),
            private_key=pem_of(key),
            serial_no=f"{x509.load_pem_x509_certificate(certificate.encode()).serial_number:X}",
            certificate=certificate,
        )
        self.merchants[made.mchid] = made
        self.save()
        return made

    def change_certificate(self, *, days: int = 1825) -> None:
        """Sign by a new certificate from now on; for some days both are to be had."""
        self.older_certificates.append(self.platform_certificate)
        self.platform_key = new_private_key()
        self.platform_certificate = certificate_of(self.platform_key, "Tenpay.com", days=days)

    def open_account(self, number: str) -> dict[str, Any]:
        return asdict(self.add_merchant(number))

    def kept(self) -> dict[str, Any]:
        return {
            "merchants": [asdict(one) for one in self.merchants.values()],
            "platform_key": pem_of(self.platform_key),
            "platform_certificate": self.platform_certificate,
            "public_key": public_pem_of(self.platform_key),
        }

    def answer(self, call: Call) -> Reply:
        if call.path.startswith("/pay/"):
            trade = next((one for one in self.trades.values() if one.number == call.path[5:]), None)
            return pay_page(self, trade, call, name="微信支付") if trade else Reply(404)
        if call.path == "/sns/jscode2session":
            return self._openid(call)
        fault = self.take_fault(call.path)
        if fault in ("500", "cut"):
            return self._signed(500, error("SYSTEM_ERROR", "系统异常")) if fault == "500" else Reply(0)
        if fault[:3].isdigit() and " " in fault:  # "403 NOT_ENOUGH": a refusal in WeChat's own words
            return self._signed(int(fault[:3]), error(fault[4:], "测试"), call=call)
        if call.path == "/v3/billdownload/file":
            return Reply(200, self.packed_bills[call.query["token"]], "application/x-gzip")
        merchant = self._merchant_of(call)
        if merchant is None:
            return Reply(401, json.dumps(error("SIGN_ERROR", "签名错误")).encode())
        status, told = self._act(call, merchant, json.loads(call.body or b"{}"))
        if fault == "500_after":
            status, told = 500, error("SYSTEM_ERROR", "系统异常")
        if fault == "cut_after":
            return Reply(0)
        return self._signed(status, told, call=call, is_wrong=fault == "wrong_sign")

    def charge_letter(self, trade: Trade) -> Letter:
        return self._letter(trade.notify_url, trade.account, trade.key, "TRANSACTION.SUCCESS", self._transaction(trade))

    def refund_letter(self, refund: PaidBack) -> Letter:
        trade = self.trades[refund.trade]
        inside = {
            "mchid": trade.account,
            "out_trade_no": trade.key,
            "transaction_id": trade.payment,
            "out_refund_no": refund.key,
            "refund_id": refund.number,
            "refund_status": {"done": "SUCCESS", "failed": "ABNORMAL"}[refund.state],
            "success_time": self._stamp(),
            "amount": {"total": trade.amount, "refund": refund.amount},
        }
        kind = {"done": "REFUND.SUCCESS", "failed": "REFUND.ABNORMAL"}[refund.state]
        return self._letter(refund.notify_url, trade.account, refund.key, kind, inside)

    def is_thanked(self, status: int, body: bytes) -> bool:
        return status in (200, 204)

    def _act(self, call: Call, merchant: Merchant, told: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        parts = call.path.strip("/").split("/")
        match (call.method, *parts[1:]):
            case ("GET", "certificates"):
                held = [*self.older_certificates, self.platform_certificate]
                return 200, {"data": [self._own_certificate(merchant, pem) for pem in held]}
            case ("POST", "pay", "transactions", ("jsapi" | "h5" | "native") as kind):
                return self._open(merchant, kind, told)
            case ("GET", "pay", "transactions", "out-trade-no", key):
                if call.query.get("mchid") != merchant.mchid:
                    return 400, error("PARAM_ERROR", "mchid 不正确")
                trade = self._trade(merchant, key)
                return (200, self._transaction(trade)) if trade else (404, error("ORDER_NOT_EXIST", "订单不存在"))
            case ("POST", "pay", "transactions", "out-trade-no", key, "close"):
                if told != {"mchid": merchant.mchid}:
                    return 400, error("PARAM_ERROR", "mchid 不正确")
                return self._close(merchant, key)
            case ("POST", "refund", "domestic", "refunds"):
                return self._refund(merchant, told)
            case ("GET", "refund", "domestic", "refunds", key):
                found = self.refunds.get(key)
                return (200, self._refunded(found)) if found else (404, error("RESOURCE_NOT_EXISTS", "退款单不存在"))
            case ("GET", "bill", ("tradebill" | "fundflowbill") as which):
                return self._bill(merchant, which, call.query["bill_date"])
        return 404, error("RESOURCE_NOT_EXISTS", "没有这个接口")

    def _open(self, merchant: Merchant, kind: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if told.get("mchid") != merchant.mchid or told.get("appid") != merchant.appid:
            return 400, error("APPID_MCHID_NOT_MATCH", "商户号和 appid 不匹配")
        if wrong := wrong_with_charge(kind, told, now=self.now()):
            return 400, error("PARAM_ERROR", wrong)
        key = told["out_trade_no"]
        trade = self._trade(merchant, key)
        if trade and (trade.state != "open" or trade.amount != told["amount"]["total"]):
            code = {"paid": "ORDERPAID", "closed": "ORDER_CLOSED"}.get(trade.state, "INVALID_REQUEST")
            return 400, error(code, "订单已支付、已关闭或参数不一致")
        if trade is None:
            trade = Trade(
                account=merchant.mchid,
                key=key,
                number=f"{self.now():%Y%m%d%H%M%S}{secrets.token_hex(9)}",
                amount=told["amount"]["total"],
                currency=told["amount"]["currency"],
                title=told["description"],
                kind=kind,
                notify_url=told["notify_url"],
                return_url="",
                made_at=self.now().isoformat(),
                expires_at=told.get("time_expire", ""),
                payer=told.get("payer", {}).get("openid", ""),
            )
            self.trades[key] = trade
        if kind == "jsapi":
            return 200, {"prepay_id": f"wx{trade.number}"}
        page = f"{self.url}/pay/{quote(trade.number)}"
        return 200, {"h5_url": page} if kind == "h5" else {"code_url": f"weixin://wxpay/bizpayurl?pr={trade.number}"}

    def _close(self, merchant: Merchant, key: str) -> tuple[int, dict[str, Any] | None]:
        trade = self._trade(merchant, key)
        if trade is None:
            return 404, error("ORDER_NOT_EXIST", "订单不存在")
        if trade.state == "paid":
            return 400, error("ORDERPAID", "订单已支付")
        trade.state, trade.closed_at = "closed", self.now().isoformat()
        return 204, None

    def _refund(self, merchant: Merchant, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if wrong := wrong_with_refund(told):
            return 400, error("PARAM_ERROR", wrong)
        trade = self._trade(merchant, told["out_trade_no"])
        if trade is None or trade.state != "paid":
            return 404, error("RESOURCE_NOT_EXISTS", "订单不存在或未支付")
        key, amount = told["out_refund_no"], told["amount"]
        known = self.refunds.get(key)
        if known and known.amount != amount["refund"]:
            return 400, error("INVALID_REQUEST", "退款单参数与上次不一致")
        if known is None:
            if amount["total"] != trade.amount or self.paid_back(trade) + amount["refund"] > trade.amount:
                return 400, error("INVALID_REQUEST", "申请退款金额大于可退金额")
            known = PaidBack(
                key=key,
                trade=trade.key,
                number=f"50{self.new_number('refund')}",
                amount=amount["refund"],
                reason=told.get("reason", ""),
                state="sent",
                at=self.now().isoformat(),
                notify_url=told.get("notify_url", ""),
            )
            self.refunds[key] = known
            told_now = self._refunded(known)
            if not self.is_holding_refunds:
                self.finish_refund(key)
            return 200, told_now  # WeChat answers PROCESSING and tells the end later
        return 200, self._refunded(known)

    def _refunded(self, refund: PaidBack) -> dict[str, Any]:
        trade = self.trades[refund.trade]
        return {
            "refund_id": refund.number,
            "out_refund_no": refund.key,
            "transaction_id": trade.payment,
            "out_trade_no": trade.key,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": refund.at,
            "status": {"sent": "PROCESSING", "done": "SUCCESS", "failed": "ABNORMAL"}[refund.state],
            "amount": {"total": trade.amount, "refund": refund.amount, "currency": trade.currency},
        }

    def _bill(self, merchant: Merchant, which: str, day: str) -> tuple[int, dict[str, Any]]:
        trades = [one for one in self.trades.values() if one.account == merchant.mchid]
        refunds = [one for one in self.refunds.values() if self.trades[one.trade].account == merchant.mchid]
        write = trade_bill if which == "tradebill" else fund_bill
        text = write(trades, refunds, self.trades, day=day, appid=merchant.appid, mchid=merchant.mchid)
        if not text:
            return 400, error("NO_STATEMENT_EXIST", "账单文件不存在")
        content, digest = packed(text)
        token = secrets.token_hex(8)
        self.packed_bills[token] = content
        url = f"{self.url}/v3/billdownload/file?token={token}"
        return 200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    def _transaction(self, trade: Trade) -> dict[str, Any]:
        # Any other word is WeChat's own: tests say it as it is
        state = {"open": "NOTPAY", "paid": "SUCCESS", "closed": "CLOSED"}.get(trade.state, trade.state)
        if trade.state == "paid" and self.paid_back(trade):
            state = "REFUND"
        told: dict[str, Any] = {
            "appid": self.merchants[trade.account].appid,
            "mchid": trade.account,
            "out_trade_no": trade.key,
            "trade_state": state,
            "trade_state_desc": {"NOTPAY": "订单未支付", "SUCCESS": "支付成功"}.get(state, state),
            "trade_type": {"jsapi": "JSAPI", "h5": "MWEB", "native": "NATIVE"}[trade.kind],
            "amount": {"total": trade.amount, "currency": trade.currency},
        }
        if trade.state == "paid":
            told |= {"transaction_id": f"42{trade.payment}", "success_time": trade.paid_at, "bank_type": "OTHERS"}
            told["payer"] = {"openid": trade.payer or "oSimulatedPayer0000000000001"}
            told["amount"] |= {"payer_total": trade.amount, "payer_currency": trade.currency}
        return told

    def _letter(self, url: str, mchid: str, about: str, kind: str, inside: dict[str, Any]) -> Letter:
        letter_id, made_at = secrets.token_hex(16), self._stamp()

        def pack(
            *, at: datetime | None = None, key: RSAPrivateKey | None = None, serial: str = "", **changed: Any
        ) -> tuple[bytes, dict[str, str]]:
            hidden = self._hidden(self.merchants[mchid], inside | changed)
            told = {
                "id": letter_id,
                "create_time": made_at,
                "resource_type": "encrypt-resource",
                "event_type": kind,
                "summary": "支付成功",
                "resource": {"original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", **hidden},
            }
            body = json.dumps(told, ensure_ascii=False).encode()
            return body, self._marks(body, at=at or self.now(), key=key or self.platform_key, serial=serial)

        return Letter(url=url, about=about, pack=pack)

    def _hidden(self, merchant: Merchant, inside: dict[str, Any] | str) -> dict[str, str]:
        nonce, beside = secrets.token_hex(6), "transaction"
        text = inside if isinstance(inside, str) else json.dumps(inside)
        hidden = AESGCM(merchant.api_v3_key.encode()).encrypt(nonce.encode(), text.encode(), beside.encode())
        return {"nonce": nonce, "associated_data": beside, "ciphertext": b64encode(hidden).decode()}

    def _own_certificate(self, merchant: Merchant, pem: str) -> dict[str, Any]:
        held = x509.load_pem_x509_certificate(pem.encode())
        return {
            "serial_no": f"{held.serial_number:X}",
            "effective_time": held.not_valid_before_utc.isoformat(),
            "expire_time": held.not_valid_after_utc.isoformat(),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                **self._hidden(merchant, pem),
            },
        }

    def _merchant_of(self, call: Call) -> Merchant | None:
        told = dict(_AUTH.findall(call.headers.get("Authorization", "")))
        merchant = self.merchants.get(told.get("mchid", ""))
        if merchant is None or told.get("serial_no") != merchant.serial_no:
            return None
        # Against this machine's own time: the library signs with that, wherever a demo's clock stands
        if abs(datetime.now(UTC).timestamp() - int(told["timestamp"])) > _OFF_BY:
            return None
        if not call.headers.get("User-Agent") or call.headers.get("Accept") not in ("application/json", "*/*"):
            return None
        if (one_use := (told["nonce_str"], told["timestamp"])) in self.nonces:
            return None
        self.nonces.add(one_use)
        signed = f"{call.method}\n{call.target}\n{told['timestamp']}\n{told['nonce_str']}\n{call.body.decode()}\n"
        try:
            key_of(merchant.private_key).public_key().verify(
                b64decode(told["signature"]), signed.encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return None
        return merchant

    def _trade(self, merchant: Merchant, key: str) -> Trade | None:
        trade = self.trades.get(key)
        return trade if trade and trade.account == merchant.mchid else None

    def _signed(
        self, status: int, told: dict[str, Any] | None, *, call: Call | None = None, is_wrong: bool = False
    ) -> Reply:
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        if is_wrong and self.wrong_key is None:
            self.wrong_key = new_private_key()
        key = self.wrong_key if is_wrong and self.wrong_key else self.platform_key
        # Who asks in the name of the public key is answered by it
        asked_by = call.headers.get("Wechatpay-Serial", "") if call else ""
        serial = self.public_key_id if asked_by == self.public_key_id else ""
        marks = self._marks(body, at=self.now(), key=key, serial=serial)
        return Reply(status, body, "application/json; charset=utf-8", marks)

    def _marks(self, body: bytes, *, at: datetime, key: RSAPrivateKey, serial: str = "") -> dict[str, str]:
        stamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n{body.decode()}\n"
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial or self.serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Signature": b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode(),
        }

    def _stamp(self) -> str:
        return self.now().astimezone(CHINA).replace(microsecond=0).isoformat()

    def _openid(self, call: Call) -> Reply:
        known = {one.appid: one for one in self.merchants.values()}.get(call.query.get("appid", ""))
        if known is None or known.app_secret != call.query.get("secret") or "bad" in call.query.get("js_code", "bad"):
            return Reply(200, json.dumps({"errcode": 40029, "errmsg": "invalid code"}).encode())
        told = {"openid": f"o{call.query['js_code']:0<27}"[:28], "session_key": secrets.token_hex(8)}
        return Reply(200, json.dumps(told).encode())
