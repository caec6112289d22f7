"""The demo's stores at the payment companies: accounts opened at the simulators, keys given in as an owner would."""

import json
import urllib.request
from datetime import datetime
from typing import Any

from cryptography import x509
from django.conf import settings

from kit.ports.payments.keys import AlipayKeys, WeChatKeys
from tenants.payments.setup import ChannelDraft, check_channel, configure_channel, switch_channel
from tenants.payments.ways import ALIPAY, BALANCE, WECHAT


def open_channels(*, by_name: str, by_email: str, now: datetime) -> None:
    """Let the store now open collect by WeChat Pay, Alipay and balance; the trial cashier closes with that."""
    hosts: dict[str, str] = settings.LINLI_PAYMENT_HOSTS
    account = _account_at(hosts["wechat"])
    _open(
        ChannelDraft(
            provider=WECHAT,
            keys=WeChatKeys(**{name: account[name] for name in _WECHAT}),
            ways=["wechat_jsapi", "wechat_h5", "wechat_native"],
            expires_at=x509.load_pem_x509_certificate(account["certificate"].encode()).not_valid_after_utc,
        ),
        by_name=by_name,
        by_email=by_email,
        now=now,
    )
    app = _account_at(hosts["alipay"].removesuffix("/gateway.do"))
    _open(
        ChannelDraft(
            provider=ALIPAY,
            keys=AlipayKeys(**{name: app[name] for name in _ALIPAY}),
            ways=["alipay_wap", "alipay_qr"],
        ),
        by_name=by_name,
        by_email=by_email,
        now=now,
    )
    switch_channel(provider=BALANCE, on=True, by_name=by_name, by_email=by_email, now=now)


_WECHAT = ("mchid", "appid", "serial_no", "private_key", "api_v3_key", "app_secret")
_ALIPAY = ("appid", "seller_id", "private_key", "alipay_public_key")


def _open(draft: ChannelDraft, *, by_name: str, by_email: str, now: datetime) -> None:
    configure_channel(draft=draft, by_name=by_name, by_email=by_email, now=now)
    check_channel(provider=draft.provider, now=now)
    switch_channel(provider=draft.provider, on=True, by_name=by_name, by_email=by_email, now=now)


def _account_at(url: str) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - 127.0.0.1
        f"{url}/_control/account", data=b"{}", headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)
    return told
