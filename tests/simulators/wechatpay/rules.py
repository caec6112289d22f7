"""What WeChat Pay's own pages ask of a request's fields; the first wrong one is told."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

_KEY = re.compile(r"[0-9a-zA-Z_\-|*]{6,32}\Z")
_REFUND_KEY = re.compile(r"[0-9a-zA-Z_\-|*@]{1,64}\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\Z")


def wrong_with_charge(kind: str, told: dict[str, Any], *, now: datetime) -> str:
    """Say what is wrong with a request to open a charge, empty when nothing is."""
    amount = told.get("amount", {})
    if not _KEY.match(str(told.get("out_trade_no", ""))):
        return "out_trade_no 不正确"
    if not 1 <= len(str(told.get("description", "")).encode()) <= 127:
        return "description 长度不正确"
    if type(amount.get("total")) is not int or not 1 <= amount["total"] <= 10**10 or amount.get("currency") != "CNY":
        return "amount 不正确"
    if not _MOMENT.match(str(told.get("time_expire", ""))):
        return "time_expire 格式不正确"
    if datetime.fromisoformat(told["time_expire"]) < now + timedelta(seconds=59):
        return "time_expire 太早"
    if wrong := _wrong_with_address(told.get("notify_url")):
        return wrong
    if kind == "jsapi" and not told.get("payer", {}).get("openid", "").startswith("o"):
        return "openid 不正确"
    scene = told.get("scene_info", {})
    if kind == "h5" and (not scene.get("payer_client_ip") or not scene.get("h5_info", {}).get("type")):
        return "scene_info 不正确"
    return ""


def wrong_with_refund(told: dict[str, Any]) -> str:
    """Say what is wrong with a request for a refund."""
    amount = told.get("amount", {})
    if not _REFUND_KEY.match(str(told.get("out_refund_no", ""))) or not _KEY.match(str(told.get("out_trade_no", ""))):
        return "单号不正确"
    if "reason" in told and not 1 <= len(told["reason"]) <= 80:
        return "reason 长度不正确"
    if any(type(amount.get(name)) is not int or amount[name] < 1 for name in ("refund", "total")):
        return "amount 不正确"
    if amount.get("currency") != "CNY":
        return "currency 不正确"
    return _wrong_with_address(told["notify_url"]) if "notify_url" in told else ""


def _wrong_with_address(url: Any) -> str:
    parts = urlsplit(str(url or ""))
    # A real one must be https; this machine's stores are not
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        return "notify_url 不正确"
    return "" if len(str(url)) <= 255 else "notify_url 太长"
