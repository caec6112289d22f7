"""A store's channels: what it may be shown of them, and the company behind each with the store's own keys."""

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.gateway.checkout import Checkout
from kit.ports.payments.alipay import Alipay
from kit.ports.payments.keys import AlipayKeys, StripeKeys, WeChatKeys
from kit.ports.payments.wechat import WeChat
from kit.ports.payments.words import Provider
from kit.sealing import Place, SealBroken, seal, unseal
from kit.tenancy import current_store
from tenants.payments.models import Channel
from tenants.payments.ways import ALIPAY, BALANCE, COMPANIES, SANDBOX, STRIPE, WAYS, WECHAT, Way

Keys = WeChatKeys | AlipayKeys | StripeKeys
_KINDS: dict[str, type[Keys]] = {WECHAT: WeChatKeys, ALIPAY: AlipayKeys, STRIPE: StripeKeys}


class ChannelMissing(Refused):
    """The store has no keys for this company, or they can no longer be opened here."""

    code, kind, sentence = "channel_missing", Kind.MISSING, _("还没有配置这个支付方式，或密钥需要重新填写。")


def all_channels() -> list[Channel]:
    """List the store's channels in the order the owner chose."""
    return list(Channel.objects.order_by("position", "provider"))


def channel_of(provider: str) -> Channel | None:
    """Read a channel, if the store has ever set it up."""
    return Channel.objects.filter(provider=provider).first()


def channel_at(endpoint: str) -> Channel:
    """Read the channel whose callback address this is. :raises ChannelMissing:"""
    found = Channel.objects.filter(endpoint=endpoint).first()
    if found is None:
        raise ChannelMissing
    return found


def offered_ways() -> list[Way]:
    """List what a shopper may choose from, in the owner's order.

    The sandbox is offered to a store that has opened nothing else yet, and where it was switched on by hand: a shop
    that takes money must not give goods away to whoever finds the trial cashier.
    """
    channels = all_channels()
    enabled = [channel for channel in channels if channel.is_enabled]
    ways = [WAYS[code] for channel in enabled for code in channel.ways if code in WAYS]
    if not any(channel.provider == SANDBOX for channel in channels) and not any(
        channel.provider in COMPANIES for channel in enabled
    ):
        ways.append(WAYS[SANDBOX])
    return ways


def place_of(channel: Channel) -> Place:
    """Say where a channel's secrets lie: they open nowhere else."""
    return Place(current_store().merchant_id, "payments_channel", "sealed", channel.pk)


def seal_keys(channel: Channel, keys: Keys) -> str:
    """Seal keys for their channel's row."""
    return seal(json.dumps(asdict(keys)), place=place_of(channel))


def keys_of(channel: Channel) -> Keys:
    """Open a channel's keys. :raises ChannelMissing: there are none, or they were sealed elsewhere."""
    if not channel.sealed:
        raise ChannelMissing
    try:
        told = json.loads(unseal(channel.sealed, place=place_of(channel)))
    except SealBroken:
        raise ChannelMissing from None
    if channel.provider == WECHAT:
        told["certificates"] = tuple(channel.facts.get("certificates", ()))
    return _KINDS[channel.provider](**told)


def company_of(channel: Channel) -> Provider:
    """Build the adapter for a channel. :raises ChannelMissing:"""
    return company_with(keys_of(channel))


def company_with(keys: Keys) -> Provider:
    """Build the adapter for keys, pointed where the settings say."""
    hosts: dict[str, Any] = settings.LINLI_PAYMENT_HOSTS
    if isinstance(keys, WeChatKeys):
        return WeChat(keys, host=hosts["wechat"], login_host=hosts["wechat_login"])
    if isinstance(keys, AlipayKeys):
        return Alipay(keys, host=hosts["alipay"])
    return Checkout(keys, host=hosts["stripe"])


def is_company(provider: str) -> bool:
    """Say whether a provider is a company with keys, not the balance or the sandbox."""
    return provider in COMPANIES and provider != BALANCE


def store_address() -> str:
    """Return the store's own address, to which companies send notices and shoppers."""
    return f"{settings.LINLI_SCHEME}://{current_store().slug}.{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}"


def callback_url(channel: Channel) -> str:
    """Return the address at which a channel's company tells us what happened."""
    return f"{store_address()}/api/v1/webhooks/pay/{channel.endpoint}"
