"""What every line of the log says besides its own words: whose it is. And what none may say: who bought something.

The store is read from the scope in which the line is written, never from what a caller binds.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from kit.tenancy.scope import scope_now

_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?P<head>(?:\+|00)?(?:86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(?P<tail>\d{4})(?![0-9A-Za-z])"
)
_ABROAD = re.compile(r"(?<![0-9A-Za-z])\+(?P<head>\d{2,3})[ -]?\d{4,9}(?P<tail>\d{2})(?!\d)")
_EMAIL = re.compile(r"(?P<head>[A-Za-z0-9])[A-Za-z0-9._%+-]*@(?P<tail>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_BEARER = re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}")
_SECRET_QUERY = re.compile(r"(?i)([?&](?:pass|token|code|key|signature)=)[^&\s\"']+")
_KEPT = frozenset({"request_id", "timestamp", "level", "logger"})  # ids that may look like a number
_SECRET_NAMES = frozenset({"password", "token", "authorization", "cookie", "secret", "api_key", "sms_code"})


def add_scope(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write the open scope's store into a line as ``store`` and ``merchant``; "platform" in the control plane."""
    scope = scope_now()
    if scope is not None and scope.store is not None:
        event["store"], event["merchant"] = scope.store.slug, str(scope.store.merchant_id)
    elif scope is not None:
        event.setdefault("store", "platform")  # a control task may name the store that it works about
    return event


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask phones, e-mails and secrets everywhere in a line, also inside a traceback's text."""
    for name, value in event.items():
        if name not in _KEPT:
            event[name] = _masked(name, value)
    return event


def masked_text(text: str) -> str:
    """Mask what tells who somebody is: 13812345678 becomes 138****5678, wang@example.com becomes w***@example.com."""
    text = _PHONE.sub(r"\g<head>****\g<tail>", text)
    text = _ABROAD.sub(r"+\g<head>****\g<tail>", text)
    text = _EMAIL.sub(r"\g<head>***@\g<tail>", text)
    text = _BEARER.sub(r"\1***", text)
    return _SECRET_QUERY.sub(r"\1***", text)


def _masked(name: str, value: Any) -> Any:
    if name.lower() in _SECRET_NAMES and value:
        return "***"
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return {key: _masked(str(key), below) for key, below in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", below) for below in value]
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) >= 11:
        masked = masked_text(str(value))
        return masked if masked != str(value) else value
    return value
