"""What the operator tells us through the environment, read once."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[3]


class MissingSetting(RuntimeError):
    """The environment lacks something; the sentence says what and why."""


@dataclass(frozen=True)
class Environment:
    """Every variable, its default and its meaning: docs/operations.md lists them."""

    secret_key: str
    database_url: str
    redis_url: str
    domain: str
    scheme: str
    port: str
    var: Path
    h5: Path
    stripe_api_key: str
    stripe_api_base: str
    stripe_webhook_secret: str
    sealing_keys: str
    wechat_host: str
    wechat_login_host: str
    alipay_host: str
    collect_wechat: dict[str, Any]
    collect_alipay: dict[str, Any]
    clock_file: str
    demo: bool
    demo_sms_code: str
    proxies: int
    dns_servers: list[str]
    addresses: list[str]
    ask_key: str
    store_roles: str
    stores_per_connection: int
    citus: bool
    cell: str
    cells: dict[str, dict[str, str]]

    @property
    def port_suffix(self) -> str:
        return f":{self.port}" if self.port else ""


def read(*, need_secrets: bool) -> Environment:
    """Read the environment. :raises MissingSetting: a secret is needed and not there."""
    get = os.environ.get
    if need_secrets:
        for name in ("LINLI_SECRET_KEY", "LINLI_DATABASE_URL", "LINLI_REDIS_URL", "LINLI_DOMAIN"):
            if not get(name):
                raise MissingSetting(f"{name} is not set; see docs/operations.md")
    var = Path(get("LINLI_VAR", str(ROOT / "var")))
    return Environment(
        secret_key=get("LINLI_SECRET_KEY", "not-secret-" + "0" * 50),
        database_url=get("LINLI_DATABASE_URL", "postgresql://postgres@127.0.0.1:55432/linli"),
        redis_url=get("LINLI_REDIS_URL", "redis://127.0.0.1:56379/0"),
        domain=get("LINLI_DOMAIN", "linli.localhost"),
        scheme=get("LINLI_SCHEME", "http"),
        port=get("LINLI_PORT", ""),
        var=var,
        h5=Path(get("LINLI_H5_ROOT", str(ROOT / "mobile" / "dist" / "build" / "h5"))),
        stripe_api_key=get("LINLI_STRIPE_API_KEY", ""),
        stripe_api_base=get("LINLI_STRIPE_API_BASE", ""),
        stripe_webhook_secret=get("LINLI_STRIPE_WEBHOOK_SECRET", ""),
        sealing_keys=get("LINLI_SEALING_KEYS", ""),
        wechat_host=get("LINLI_WECHAT_HOST", ""),
        wechat_login_host=get("LINLI_WECHAT_LOGIN_HOST", ""),
        alipay_host=get("LINLI_ALIPAY_HOST", ""),
        collect_wechat=_keys("LINLI_COLLECT_WECHAT"),
        collect_alipay=_keys("LINLI_COLLECT_ALIPAY"),
        clock_file=get("LINLI_CLOCK_FILE", ""),
        demo=get("LINLI_DEMO", "") == "1",
        demo_sms_code=get("LINLI_DEMO_SMS_CODE", ""),
        proxies=int(get("LINLI_PROXIES", "0")),
        dns_servers=get("LINLI_DNS_SERVERS", "").split(),
        addresses=get("LINLI_ADDRESSES", "").split(),
        ask_key=get("LINLI_ASK_KEY", ""),
        store_roles=_one_of("LINLI_STORE_ROLES", ("on", "off", "login")),
        stores_per_connection=int(get("LINLI_STORES_PER_CONNECTION", "50")),
        citus=get("LINLI_CITUS", "") == "1",
        cell=get("LINLI_CELL", ""),
        cells=_cells(get("LINLI_CELLS", "")),
    )


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    chosen = os.environ.get(name, choices[0])
    if chosen not in choices:
        raise MissingSetting(f"{name} must be one of {', '.join(choices)}, not {chosen!r}")
    return chosen


def _keys(name: str) -> dict[str, Any]:
    """Read the platform's keys at a payment company: JSON, or the path of a file that holds it (a mounted secret)."""
    written = os.environ.get(name, "").strip()
    try:
        text = Path(written).read_text() if written.startswith("/") else written
        keys = json.loads(text or "{}")
        if not isinstance(keys, dict):
            raise TypeError
    except (OSError, TypeError, ValueError) as error:
        raise MissingSetting(f"{name} must be JSON of the keys, or the path of a file with it") from error
    return keys


def _cells(written: str) -> dict[str, dict[str, str]]:
    """Read the cells beside this one: {"east": {"database": "postgresql://…", "upstream": "10.0.2.5:8000"}}."""
    try:
        cells = json.loads(written or "{}")
        return {str(name): {str(k): str(v) for k, v in facts.items()} for name, facts in cells.items()}
    except (ValueError, AttributeError) as error:
        raise MissingSetting("LINLI_CELLS must be JSON: name -> {database, upstream, var}") from error


def database(url: str) -> dict[str, object]:
    """Turn a postgresql:// address into Django's DATABASES entry, on our guarded backend."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise MissingSetting(f"LINLI_DATABASE_URL must start with postgresql://, not {parts.scheme}://")
    return {
        "ENGINE": "kit.tenancy.backend",
        "NAME": unquote(parts.path.lstrip("/")) or "linli",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
        # One persistent connection a thread; recycled after so long or so many stores (LINLI_STORES_PER_CONNECTION),
        # because a backend's catalog cache grows with each store it has served (docs/decisions/0041).
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "linli", "connect_timeout": 5},
    }
