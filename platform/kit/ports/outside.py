"""Speaking to addresses that merchants typed. The only way out to a place we did not choose ourselves.

Every address is looked up once and the connection goes to what was found, so a name cannot answer one thing to the
check and another to the call; private, loopback, link-local and mapped addresses are refused. No redirects, no proxy
from the environment, 15 seconds, and nothing of the answer but its status is read.
"""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from requests_hardened import Config, Manager
from requests_hardened.ip_filter import InvalidIPAddress

from kit.errors import Kind, Refused

SECONDS = 15
MOST_BYTES = 20_000
_PORTS = frozenset({443, 8443})
_LONGEST = 500


class BadAddress(Refused):
    """The address has a form that we never call."""

    code, kind, sentence = "bad_address", Kind.INVALID, _("网址要以 https:// 开头，端口只能是 443 或 8443。")


@dataclass(frozen=True)
class Reply:
    """What came of a call: a status, or why there is none (forbidden, timeout, unreachable)."""

    status: int | None
    failure: str
    took_ms: int
    retry_after: int = 0  # seconds the other side asked us to wait

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check_address(url: str) -> str:
    """Return an address in the form we call, without asking the network. :raises BadAddress:"""
    refusal = BadAddress(fields={"url": [BadAddress.sentence]})
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise refusal from None
    plain = not url.strip().isascii() or any(letter.isspace() or letter == "\\" for letter in url.strip())
    if plain or not parts.hostname or parts.username or parts.password or len(url.strip()) > _LONGEST:
        raise refusal
    if settings.LINLI_OUTSIDE_LOOPBACK and parts.scheme in ("http", "https"):
        return url.strip()
    if parts.scheme != "https" or port not in _PORTS:
        raise refusal
    return url.strip()


def post_outside(*, url: str, body: bytes, headers: dict[str, str]) -> Reply:
    """POST to a merchant's address and say what came of it. Call it outside of any transaction."""
    began = time.monotonic()
    status, failure, wait = None, "", 0
    try:
        check_address(url)
        with _caller().get_session() as session:
            session.trust_env = False  # neither a proxy nor a .netrc of ours
            answer = session.request(
                "POST", url, data=body, headers=headers, timeout=(5, SECONDS), allow_redirects=False, stream=True
            )
            status = answer.status_code
            asked = answer.headers.get("Retry-After", "")
            wait = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
            answer.close()
    except (InvalidIPAddress, BadAddress):
        failure = "forbidden"
    except requests.Timeout:
        failure = "timeout"
    except (requests.RequestException, OSError, ValueError):
        failure = "unreachable"
    return Reply(status=status, failure=failure, took_ms=int((time.monotonic() - began) * 1000), retry_after=wait)


def _caller() -> Manager:
    return Manager(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=settings.LINLI_OUTSIDE_LOOPBACK,
            never_redirect=True,
            default_timeout=(5, SECONDS),
            user_agent_override="Linli-Webhooks/1",
        )
    )
