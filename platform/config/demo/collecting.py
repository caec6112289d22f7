"""The platform's own accounts at the payment companies' simulators, so that merchants of the demo can prepay."""

import json
import urllib.request
from typing import Any

from config.demo import environment
from kit.ports.payments.keys import WeChatKeys
from kit.ports.payments.wechat import WeChat

_MCHID, _APPID = "1600000000", "2021000000000000"
_WECHAT = ("mchid", "appid", "serial_no", "private_key", "api_v3_key", "app_secret")
_ALIPAY = ("appid", "seller_id", "private_key", "alipay_public_key")


def open_platform_accounts() -> None:
    """Open both accounts, the same at every start, and put their keys into the demo's environment."""
    known = environment.variables()
    wechat, gateway = known["LINLI_WECHAT_HOST"], known["LINLI_ALIPAY_HOST"]
    account = _account_at(wechat, _MCHID)
    keys: dict[str, Any] = {name: account[name] for name in _WECHAT}
    keys |= WeChat(WeChatKeys(**keys), host=wechat).check().keep
    app = _account_at(gateway.removesuffix("/gateway.do"), _APPID)
    environment.learn(
        LINLI_COLLECT_WECHAT=json.dumps(keys),
        LINLI_COLLECT_ALIPAY=json.dumps({name: app[name] for name in _ALIPAY}),
    )


def _account_at(url: str, number: str) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - 127.0.0.1
        f"{url}/_control/account",
        data=json.dumps({"number": number}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)
    return told
