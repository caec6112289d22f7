"""What Alipay's own pages ask of a request's fields; the first wrong one is told."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.simulators.company import CHINA

_KEY = re.compile(r"[0-9a-zA-Z_]{1,64}\Z")  # letters, digits, underscores: not WeChat's alphabet
_YUAN = re.compile(r"[0-9]{1,9}\.[0-9]{2}\Z")
_FORM = "%Y-%m-%d %H:%M:%S"
_PRODUCTS = {"wap": "QUICK_WAP_WAY", "page": "FAST_INSTANT_TRADE_PAY"}


def wrong_with_frame(told: dict[str, str], *, now: datetime) -> str:
    """Say by Alipay's code what is wrong around a request's content, empty when nothing is."""
    wanted = {"charset": "utf-8", "sign_type": "RSA2", "version": "1.0"}
    if wrong := next((name for name, value in wanted.items() if told.get(name) != value), ""):
        return f"isv.invalid-{wrong}"
    try:
        asked_at = datetime.strptime(told.get("timestamp", ""), _FORM).replace(tzinfo=CHINA)
    except ValueError:
        return "isv.invalid-timestamp"
    return "" if abs(now - asked_at) < timedelta(minutes=10) else "isv.invalid-timestamp"


def wrong_with_charge(kind: str, inside: dict[str, Any], told: dict[str, str], *, now: datetime) -> str:
    """Say which field of a charge is wrong."""
    if not _KEY.match(str(inside.get("out_trade_no", ""))):
        return "out_trade_no"
    amount = str(inside.get("total_amount", ""))
    if not _YUAN.match(amount) or amount == "0.00":
        return "total_amount"
    subject = str(inside.get("subject", ""))
    if not 1 <= len(subject) <= 256 or set(subject) & set("/=&"):
        return "subject"
    if kind in _PRODUCTS and inside.get("product_code") != _PRODUCTS[kind]:
        return "product_code"
    if kind == "wap" and not inside.get("quit_url"):
        return "quit_url"
    try:
        ends_at = datetime.strptime(str(inside.get("time_expire", "")), _FORM).replace(tzinfo=CHINA)
    except ValueError:
        return "time_expire"
    if not now < ends_at < now + timedelta(days=15):
        return "time_expire"
    address = urlsplit(told.get("notify_url", ""))
    is_address = address.scheme in ("http", "https") and address.hostname and len(told["notify_url"]) <= 256
    return "" if is_address else "notify_url"


def wrong_with_refund(inside: dict[str, Any]) -> str:
    """Say which field of a refund is wrong."""
    if not _KEY.match(str(inside.get("out_request_no", ""))) or not _KEY.match(str(inside.get("out_trade_no", ""))):
        return "out_request_no"
    amount = str(inside.get("refund_amount", ""))
    if not _YUAN.match(amount) or amount == "0.00":
        return "refund_amount"
    return "refund_reason" if len(str(inside.get("refund_reason", ""))) > 256 else ""
