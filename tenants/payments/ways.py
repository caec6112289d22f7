"""The ways to pay that a store can offer, and which company stands behind each."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

SANDBOX, BALANCE, WECHAT, ALIPAY, STRIPE = "sandbox", "balance", "wechat", "alipay", "stripe"
COMPANIES = (WECHAT, ALIPAY, STRIPE)
# Under these names notices lie in the inbox; billing's own Stripe events are "stripe"
INBOX_NAMES = {SANDBOX: "sandbox", WECHAT: "wechat", ALIPAY: "alipay", STRIPE: "store_stripe"}


PROVIDER_LABELS = {
    WECHAT: _("微信支付"),
    ALIPAY: _("支付宝"),
    STRIPE: _("银行卡（Stripe）"),
    BALANCE: _("顾客余额"),
    SANDBOX: _("沙盒支付（试用）"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay. ``client`` says where it works: in the mini program ("mp"), in a browser ("web"), or both."""

    code: str
    provider: str
    kind: str  # what the company's adapter calls it
    label: Any
    client: str


WAYS = {
    way.code: way
    for way in (
        Way("wechat_jsapi", WECHAT, "jsapi", _("微信支付"), "mp"),
        Way("wechat_h5", WECHAT, "h5", _("微信支付"), "web"),
        Way("wechat_native", WECHAT, "native", _("微信扫码"), "web"),
        Way("alipay_wap", ALIPAY, "wap", _("支付宝"), "web"),
        Way("alipay_page", ALIPAY, "page", _("支付宝电脑网站"), "web"),
        Way("alipay_qr", ALIPAY, "qr", _("支付宝扫码"), "web"),
        Way("stripe", STRIPE, "card", _("银行卡"), "web"),
        Way("balance", BALANCE, "balance", _("余额支付"), "both"),
        Way("sandbox", SANDBOX, "sandbox", _("沙盒支付"), "both"),
    )
}


def ways_of(provider: str) -> list[Way]:
    """List a provider's ways."""
    return [way for way in WAYS.values() if way.provider == provider]
