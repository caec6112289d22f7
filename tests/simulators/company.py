"""What the payment companies' simulators share: a book of trades, letters to be delivered, faults, a small server."""

import http.client
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CHINA = ZoneInfo("Asia/Shanghai")
RETRIES = (5.0, 15.0, 60.0, 300.0)  # seconds; quicker than the companies, so that a demo shows them


@dataclass
class Trade:
    """One charge in the company's book."""

    account: str
    key: str
    number: str
    amount: int
    currency: str
    title: str
    kind: str
    notify_url: str
    return_url: str
    made_at: str
    expires_at: str = ""
    payer: str = ""
    state: str = "open"  # open, paid, closed
    paid_at: str = ""
    payment: str = ""  # the company's name for the payment, once paid
    closed_at: str = ""


@dataclass
class PaidBack:
    """One refund in the company's book."""

    key: str
    trade: str
    number: str
    amount: int
    reason: str
    state: str  # sent, done, failed
    at: str
    notify_url: str = ""


@dataclass
class Letter:
    """A notice to be delivered; it is signed when it is packed, so that a late one carries a late time."""

    url: str
    about: str
    pack: Callable[..., tuple[bytes, dict[str, str]]]
    tries: int = 0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    is_half: bool = False  # the line is cut in the midst of the body


@dataclass(frozen=True)
class Call:
    """An HTTP request, its body still as bytes: signatures are over these."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Company:
    """A payment company on a free port of 127.0.0.1. ``is_telling`` delivers letters by itself; tests carry them."""

    def __init__(
        self, *, port: int = 0, is_telling: bool = False, state: Path | None = None, clock_file: Path | None = None
    ) -> None:
        self.trades: dict[str, Trade] = {}
        self.refunds: dict[str, PaidBack] = {}
        self.letters: list[Letter] = []
        self.faults: deque[tuple[str, str]] = deque()
        self.calls: list[str] = []
        self.is_telling, self.is_holding_refunds = is_telling, False
        self.duplicates = 0
        self.state, self.clock_file = state, clock_file
        self.told_time: datetime | None = None
        self.lock = threading.RLock()
        self.has_acted, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()
        self.server = _Server(("127.0.0.1", port), _Handler)
        self.server.company = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def now(self) -> datetime:
        if self.told_time:
            return self.told_time
        moved = 0
        if self.clock_file and self.clock_file.exists():
            moved = int(self.clock_file.read_text() or 0)
        return datetime.now(UTC) + timedelta(seconds=moved)

    def fail_next(self, fault: str, path: str = "") -> None:
        """Let the next call whose path contains ``path`` fail: 500, 500_after, cut, cut_after, half, wrong_sign;
        at WeChat also "403 NOT_ENOUGH"."""
        self.faults.append((fault, path))

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Do what is asked, but keep every answer back until this is over; ``has_acted`` says that one waits."""
        self.has_acted.clear()
        self.may_answer.clear()
        try:
            yield
        finally:
            self.may_answer.set()

    def take_fault(self, path: str) -> str:
        for fault, where in list(self.faults):
            if where in path:
                self.faults.remove((fault, where))
                return fault
        return ""

    def pay(self, key: str, *, amount: int | None = None) -> Trade:
        """Let the payer pay; ``amount`` plays a company that moved another amount."""
        with self.lock:
            trade = self.trades[key]
            if trade.state != "open":
                return trade
            trade.state, trade.paid_at = "paid", self.now().isoformat()
            trade.payment = self.new_number("pay")
            if amount is not None:
                trade.amount = amount
            self.tell(self.charge_letter(trade))
            return trade

    def finish_refund(self, key: str, state: str = "done") -> None:
        with self.lock:
            refund = self.refunds[key]
            refund.state = state
            self.tell(self.refund_letter(refund))

    def paid_back(self, trade: Trade) -> int:
        return sum(one.amount for one in self.refunds.values() if one.trade == trade.key and one.state != "failed")

    def new_number(self, kind: str) -> str:
        return f"{self.now():%Y%m%d}{secrets.randbelow(10**18):018d}"

    def tell(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.is_telling and letter.url:
            for _copy in range(1 + self.duplicates):
                threading.Thread(target=self._deliver, args=(letter,), daemon=True).start()
        self.save()

    def save(self) -> None:
        if self.state:
            told = {
                "trades": [asdict(one) for one in self.trades.values()],
                "refunds": [asdict(one) for one in self.refunds.values()],
            }
            fresh = self.state.with_suffix(".new")
            fresh.write_text(json.dumps({**self.kept(), **told}, ensure_ascii=False))
            fresh.replace(self.state)

    def load(self) -> dict[str, Any]:
        if not self.state or not self.state.exists():
            return {}
        told: dict[str, Any] = json.loads(self.state.read_text())
        self.trades = {one["key"]: Trade(**one) for one in told.get("trades", [])}
        self.refunds = {one["key"]: PaidBack(**one) for one in told.get("refunds", [])}
        return told

    # --- what each company does in its own way ---------------------------------------------------------------

    def open_account(self, number: str) -> dict[str, Any]:
        """Open an account and tell what its owner would find in the company's own console."""
        raise NotImplementedError

    def kept(self) -> dict[str, Any]:
        return {}

    def answer(self, call: Call) -> Reply:
        raise NotImplementedError

    def charge_letter(self, trade: Trade) -> Letter:
        raise NotImplementedError

    def refund_letter(self, refund: PaidBack) -> Letter:
        raise NotImplementedError

    def is_thanked(self, status: int, body: bytes) -> bool:
        raise NotImplementedError

    def _deliver(self, letter: Letter) -> None:
        for pause in (0.0, *RETRIES):
            time.sleep(pause)
            letter.tries += 1
            try:
                if self.is_thanked(*post(letter.url, *letter.pack())):
                    return
            except OSError:
                continue


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Deliver a letter to this machine, whatever name the address has."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=10)
    try:
        connection.request("POST", parts.path, body, {**headers, "Host": parts.netloc})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def control(company: Company, call: Call) -> Reply:
    """Levers for another process: /_control/{account,pay,refund,fault,trades}."""
    told = json.loads(call.body or b"{}")
    what = call.path.removeprefix("/_control/")
    if what == "account":
        return Reply(200, json.dumps(company.open_account(told.get("number", ""))).encode())
    if what == "pay":
        company.pay(told["key"], amount=told.get("amount"))
    elif what == "refund":
        company.finish_refund(told["key"], told.get("state", "done"))
    elif what == "fault":
        company.fail_next(told["fault"], told.get("path", ""))
    return Reply(200, json.dumps([asdict(one) for one in company.trades.values()], ensure_ascii=False).encode())


def pay_page(company: Company, trade: Trade, call: Call, *, name: str) -> Reply:
    """The page on which "the payer pays"; GET shows it, POST pays and goes back."""
    if call.method == "POST":
        if trade.state == "open":
            company.pay(trade.key)
        return Reply(303, headers={"Location": trade.return_url or "/paid"})
    words = {"open": "待支付", "paid": "已支付", "closed": "已关闭"}[trade.state]
    button = '<form method="post"><button>确认支付</button></form>' if trade.state == "open" else ""
    page = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>body{{font:16px sans-serif;text-align:center;padding:3rem 1rem}}"
        f"button{{font-size:18px;padding:.8rem 3rem}}</style><h1>{name}（模拟）</h1><p>{escape(trade.title)}</p>"
        f"<p><b>¥{trade.amount // 100}.{trade.amount % 100:02d}</b></p><p>{words}</p>{button}</html>"
    )
    return Reply(200, page.encode(), "text/html; charset=utf-8")


def new_private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem_of(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@cache  # reading one proves it, which takes longer than all else in a call
def key_of(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


class _Server(ThreadingHTTPServer):
    company: Company
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        company = self.server.company  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        call = Call(
            method=self.command,
            target=self.path,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.title(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        if call.path.startswith("/_control/"):
            return self._write(control(company, call))
        company.calls.append(f"{call.method} {call.path}")
        with company.lock:
            fault = company.faults[0] if company.faults else ("", "")
            is_half = fault[0] == "half" and bool(company.take_fault(call.path) if fault[1] in call.path else "")
            reply = replace(company.answer(call), is_half=is_half)
            company.save()
        company.has_acted.set()
        company.may_answer.wait(60)
        if reply.status == 0:  # the line is cut
            self.close_connection = True
            return None
        try:
            return self._write(reply)
        except OSError:  # whoever asked has died meanwhile
            self.close_connection = True
            return None

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_half else reply.body)
        self.close_connection = self.close_connection or reply.is_half

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""
