"""The platform's own accounts at WeChat Pay and Alipay: what merchants prepay through."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from billing.models.prepay import PrepayWay
from kit.errors import Kind, Refused
from kit.ports.payments.alipay import Alipay
from kit.ports.payments.keys import AlipayKeys, WeChatKeys
from kit.ports.payments.wechat import WeChat
from kit.ports.payments.words import Provider

WECHAT, ALIPAY = "wechat", "alipay"
# Under these names the platform's own notices lie in the inbox; a store's are "wechat" and "alipay"
INBOX_NAMES = {WECHAT: "billing_wechat", ALIPAY: "billing_alipay"}


class WayMissing(Refused):
    """The platform does not collect in this way."""

    code, kind, sentence = "prepay_way_missing", Kind.MISSING, _("暂时不能用这个方式付款，请换一个。")


def ways_offered(*, currency: str) -> list[PrepayWay]:
    """List the ways a merchant may prepay in: those the platform has keys for; both companies take yuan alone."""
    if currency != "CNY":
        return []
    return [way for way in PrepayWay if settings.LINLI_COLLECT.get(way.partition("_")[0])]


def company_called(provider: str) -> Provider:
    """Build the adapter with the platform's keys, pointed where the settings say. :raises WayMissing: no keys."""
    keys: dict[str, Any] = settings.LINLI_COLLECT.get(provider) or {}
    hosts: dict[str, Any] = settings.LINLI_PAYMENT_HOSTS
    if not keys:
        raise WayMissing
    if provider == WECHAT:
        given = {**keys, "certificates": tuple(keys.get("certificates", ()))}
        return WeChat(WeChatKeys(**given), host=hosts["wechat"], login_host=hosts["wechat_login"])
    return Alipay(AlipayKeys(**keys), host=hosts["alipay"])


def notify_url(provider: str) -> str:
    """Write the address at which a company tells the platform what happened."""
    host = f"{settings.LINLI_SCHEME}://{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}"
    return f"{host}/api/v1/webhooks/pay/{provider}"
