"""Where the demo lives: its ports and secrets, chosen once and kept in var/demo/environment.json.

Read before Django's settings are: the `linli` command puts these variables into its own environment, so that
``linli check_books`` finds the running demo without being told.
"""

import json
import os
import secrets
from pathlib import Path

from config.servers.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("LINLI_VAR", ROOT / "var"))
HOME = VAR / "demo"
MANIFEST = VAR / "demo.json"
_FILE = HOME / "environment.json"
SMS_CODE = "246810"
LOGIN = "linli_app"  # what the platform connects as: no superuser, no owner (docs/decisions/0040)
DEFAULT_PORT = 8000
ZONE = HOME / "dns.json"  # what the demo's name server knows; `linli demo --txt` writes into it


def prepare(arguments: list[str]) -> None:
    """Put the demo's environment in place for this process, choosing it first if the command is ``demo``.

    A deployment that sets LINLI_DATABASE_URL itself is left alone.
    """
    if "LINLI_DATABASE_URL" in os.environ:
        return
    is_demo = arguments[:1] == ["demo"]
    if is_demo and not _FILE.exists():
        _choose(port=_asked_port(arguments) or DEFAULT_PORT)
    if _FILE.exists():
        known = json.loads(_FILE.read_text())
        missing = {name: value for name, value in _outside_world().items() if name not in known}
        if is_demo and missing:  # a demo that was first started before there was one of these
            known.update(missing)
            _FILE.write_text(json.dumps(known, indent=2))
        asked = _asked_port(arguments) if is_demo else None
        if asked and str(asked) != known["LINLI_PORT"]:
            known["LINLI_PORT"] = str(asked)
            _FILE.write_text(json.dumps(known, indent=2))
        os.environ.update(known)


def variables() -> dict[str, str]:
    """Return the demo's environment. :raises FileNotFoundError: no demo was ever started here."""
    known: dict[str, str] = json.loads(_FILE.read_text())
    return known


def learn(**told: str) -> None:
    """Remember what was only known once the simulators ran; the servers started from here on know it."""
    _FILE.write_text(json.dumps(variables() | told, indent=2))
    os.environ.update(told)


def port_of(name: str) -> int:
    """Return the port of "web", "postgres", "redis", "stripe", "wechatpay", "alipay" or "dns"."""
    known = variables()
    address = {
        "web": f":{known['LINLI_PORT']}",
        "postgres": known["LINLI_DATABASE_URL"].rpartition("/")[0],
        "redis": known["LINLI_REDIS_URL"].rpartition("/")[0],
        "stripe": known["LINLI_STRIPE_API_BASE"],
        "wechatpay": known["LINLI_WECHAT_HOST"],
        "alipay": known["LINLI_ALIPAY_HOST"].removesuffix("/gateway.do"),
        "dns": known["LINLI_DNS_SERVERS"],
    }[name]
    return int(address.rpartition(":")[2])


def _asked_port(arguments: list[str]) -> int | None:
    for index, word in enumerate(arguments):
        if word == "--port" and index + 1 < len(arguments):
            return int(arguments[index + 1])
        if word.startswith("--port="):
            return int(word.partition("=")[2])
    return None


def _outside_world() -> dict[str, str]:
    """Choose where the simulators of the outside world answer: the name server and the payment companies."""
    wechat = f"http://127.0.0.1:{free_port()}"
    return {
        "LINLI_DNS_SERVERS": f"127.0.0.1:{free_port()}",
        "LINLI_WECHAT_HOST": wechat,
        "LINLI_WECHAT_LOGIN_HOST": wechat,
        "LINLI_ALIPAY_HOST": f"http://127.0.0.1:{free_port()}/gateway.do",
    }


def _choose(*, port: int) -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    _FILE.write_text(
        json.dumps(
            {
                "DJANGO_SETTINGS_MODULE": "config.settings.development",
                "LINLI_DEMO": "1",
                "LINLI_DEMO_SMS_CODE": SMS_CODE,
                "LINLI_DOMAIN": "linli.localhost",
                "LINLI_SCHEME": "http",
                "LINLI_PORT": str(port),
                "LINLI_VAR": str(VAR),
                "LINLI_SECRET_KEY": secrets.token_urlsafe(60),
                "LINLI_DATABASE_URL": f"postgresql://{LOGIN}@127.0.0.1:{free_port()}/linli",
                "LINLI_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
                "LINLI_STRIPE_API_KEY": "sk_test_" + secrets.token_hex(12),
                "LINLI_STRIPE_API_BASE": f"http://127.0.0.1:{free_port()}",
                "LINLI_STRIPE_WEBHOOK_SECRET": "whsec_" + secrets.token_hex(24),
                **_outside_world(),
                "LINLI_CLOCK_FILE": str(HOME / "clock"),
            },
            indent=2,
        )
    )
