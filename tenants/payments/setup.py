"""The owner's side of channels: keys pasted, tried, switched on and off. Nothing secret ever comes back out."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.ports.payments.keys import AlipayKeys, WeChatKeys, fingerprint
from kit.ports.payments.words import Check
from kit.sealing import current_key_id, key_id_of
from kit.tenancy import current_store, in_control
from tenants.payments.channels import ChannelMissing, Keys, all_channels, channel_of, company_of, keys_of, seal_keys
from tenants.payments.models import OPEN_PAYMENT_STATES, Channel, Payment
from tenants.payments.ways import BALANCE, COMPANIES, SANDBOX, ways_of

WARN_BEFORE = timedelta(days=30)
RENEW_AFTER = timedelta(hours=12)  # WeChat's own advice
_ACCOUNT = ("mchid", "appid", "seller_id")
_USUAL_FEE = {"wechat": 6_000, "alipay": 6_000, "stripe": 0}  # Stripe's depends on the card
# What a company's own word for a refusal means for the owner
SAID = {
    "": _("密钥可用。"),
    "unreachable": _("没有连上支付公司，或对方的回答验不过签名。请检查公钥，稍后再试。"),
    "SIGN_ERROR": _("商户号、证书序列号和商户私钥对不上，请从同一份证书文件里重新复制。"),
    "API_V3_KEY": _("APIv3 密钥不对，解不开平台证书。请到微信支付商户平台重设后再填。"),
    "misuse": _("密钥无效，或没有开通所需权限。"),
}


class NotReady(Refused):
    """A channel is switched on before its keys were tried, or after they failed."""

    code, kind, sentence = "channel_not_ready", Kind.CONFLICT, _("请先填好密钥并测试通过，再启用。")


class AccountInUse(Refused):
    """Another account is given while payments to the one before have no end yet: nobody could say what became of them.

    Facts: ``count``.
    """

    code, kind = "account_in_use", Kind.CONFLICT
    sentence = _("原来的账号还有付款没有结果，现在换账号会对不上账。请先停用这个支付方式，等这些付款有了结果再换。")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDraft:
    """What an owner says of a company: its keys, the ways to offer, and when his own certificate ends."""

    provider: str
    keys: Keys
    ways: list[str]
    expires_at: datetime | None = None


def configure_channel(*, draft: ChannelDraft, by_name: str, by_email: str, now: datetime) -> Channel:
    """Keep new keys, sealed; the channel is off until they have been tried. :raises AccountInUse:"""
    with transaction.atomic(durable=True):
        channel = _channel(draft.provider, now)
        _refuse_other_account(channel, _facts(draft.keys))
        channel.facts = _facts(draft.keys) | ({"own_end": draft.expires_at.isoformat()} if draft.expires_at else {})
        channel.sealed = seal_keys(channel, draft.keys)
        channel.ways = [way.code for way in ways_of(draft.provider) if way.code in draft.ways]
        channel.fee_ppm = channel.fee_ppm or _USUAL_FEE[draft.provider]
        channel.expires_at, channel.warned_at = draft.expires_at, None
        channel.is_enabled, channel.is_good, channel.checked_at, channel.check_said = False, None, None, ""
        channel.changed_at, channel.changed_by = now, by_name
        channel.save()
    _audit("payments.keys_changed", channel, by_email, now)
    return channel


def check_channel(*, provider: str, now: datetime) -> Check:
    """Try a channel's keys with a real question, outside any transaction, and keep what came of it.

    :raises ChannelMissing:
    """
    channel = channel_of(provider)
    if channel is None:
        raise NotReady
    found = company_of(channel).check()
    said = "" if found.is_good else f"{found.code} {found.said}"[:200]
    _keep(channel, found, is_good=found.is_good, checked_at=now, check_said=said)
    return found


def renew_certificates(*, now: datetime) -> int:
    """Fetch WeChat's certificates anew twice a day, as it asks, where they are what is believed; return how often.

    It makes a new one ten days before the old one ends and signs by both for the last five: a shop whose owner has
    not looked by then could neither take money nor hear of it. A trial that fails changes nothing here.
    """
    renewed = 0
    for channel in all_channels():
        if not channel.sealed or not channel.facts.get("certificates") or not channel.is_good:
            continue
        if channel.checked_at and channel.checked_at > now - RENEW_AFTER:
            continue
        try:
            found = company_of(channel).check()
        except ChannelMissing:
            continue
        if found.is_good:
            renewed += _keep(channel, found, checked_at=now)
    return renewed


def explain_check(found: Check) -> Any:
    """Say in the owner's words how the trial ended."""
    known = SAID.get(found.code)
    return known if known else _("支付公司拒绝了：%(said)s") % {"said": found.said or found.code}


def switch_channel(*, provider: str, on: bool, by_name: str, by_email: str, now: datetime) -> None:
    """Offer a channel to shoppers or take it away; payments under way go on either way.

    Opening the first company closes the sandbox, which would give goods away. :raises NotReady:
    """
    with transaction.atomic(durable=True):
        channel = _channel(provider, now)
        if on and provider in COMPANIES and not channel.is_good:
            raise NotReady
        if on and provider in COMPANIES and not Channel.objects.filter(provider=SANDBOX).exists():
            _channel(SANDBOX, now).save()
        channel.is_enabled, channel.changed_at, channel.changed_by = on, now, by_name
        if provider in (BALANCE, SANDBOX):
            channel.ways = [provider]
        channel.save()
    _audit("payments.switched_on" if on else "payments.switched_off", channel, by_email, now)


def move_channel(*, provider: str, now: datetime) -> None:
    """Put a channel first in the shopper's list."""
    with transaction.atomic(durable=True):
        others = [channel for channel in all_channels() if channel.provider != provider]
        for position, channel in enumerate(others, start=1):
            Channel.objects.filter(pk=channel.pk).update(position=position)
        Channel.objects.filter(provider=provider).update(position=0, changed_at=now)


def reseal_channels() -> int:
    """Seal again, with the present key, what an older key sealed; return how many were. Safe to repeat."""
    done = 0
    for channel in all_channels():
        if channel.sealed and key_id_of(channel.sealed) != current_key_id():
            keys = keys_of(channel)
            # Only if nobody changed the keys meanwhile
            same = Channel.objects.filter(pk=channel.pk, sealed=channel.sealed)
            done += same.update(sealed=seal_keys(channel, keys))
    return done


def channels_to_warn(*, now: datetime) -> list[Channel]:
    """List switched-on channels whose certificates end within thirty days and whose owner was not told this week."""
    ending = Channel.objects.filter(is_enabled=True, expires_at__lte=now + WARN_BEFORE)
    return [one for one in ending if one.warned_at is None or one.warned_at <= now - timedelta(days=7)]


def expiring_soon(*, now: datetime) -> Channel | None:
    """Find the switched-on channel whose certificate ends first, if it ends within thirty days."""
    return Channel.objects.filter(is_enabled=True, expires_at__lte=now + WARN_BEFORE).order_by("expires_at").first()


def _refuse_other_account(channel: Channel, facts: dict[str, Any]) -> None:
    # A new account knows nothing of the old one's charges, and "we know of none" is what ends a payment. Stripe's is
    # not told by its keys, and refuses to speak of another's. What the janitor no longer asks about is for people
    if all(channel.facts.get(name) in (None, facts[name]) for name in _ACCOUNT if name in facts):
        return
    ways = [way.code for way in ways_of(channel.provider)]
    asked = Payment.objects.filter(method__in=ways, state__in=OPEN_PAYMENT_STATES, next_look_at__isnull=False)
    if count := asked.count():
        raise AccountInUse(count=count)


def _keep(channel: Channel, found: Check, **more: Any) -> int:
    """Keep what came of a trial, if its keys are still the channel's: they may have been changed meanwhile."""
    own_end = channel.facts.get("own_end")
    # The owner's own certificate ends when it ends; the company's is replaced by the one just fetched
    ends = [datetime.fromisoformat(own_end) if own_end else None, found.expires_at]
    same = Channel.objects.filter(pk=channel.pk, sealed=channel.sealed)
    facts = {**channel.facts, **found.keep}
    if found.expires_at:
        more["expires_at"] = min(end for end in ends if end)
    return same.update(facts=facts, **more)


def _channel(provider: str, now: datetime) -> Channel:
    found = Channel.objects.select_for_update().filter(provider=provider).first()
    if found:
        return found
    return Channel(
        provider=provider, endpoint=secrets.token_urlsafe(24), changed_at=now, position=Channel.objects.count() + 1
    )


def _facts(keys: Keys) -> dict[str, Any]:
    if isinstance(keys, WeChatKeys):
        return {
            "mchid": keys.mchid,
            "appid": keys.appid,
            "serial_no": keys.serial_no,
            "public_key_id": keys.public_key_id,
            "fingerprint": fingerprint(keys.private_key),
            "has_app_secret": bool(keys.app_secret),
            "certificates": list(keys.certificates),
        }
    if isinstance(keys, AlipayKeys):
        return {"appid": keys.appid, "seller_id": keys.seller_id, "fingerprint": fingerprint(keys.private_key)}
    return {"api_key": f"{keys.api_key[:8]}…{keys.api_key[-4:]}", "is_live": "_live_" in keys.api_key}


def _audit(what: str, channel: Channel, by_email: str, now: datetime) -> None:
    # Never a secret: which company, and the fingerprint of the key
    detail = {"provider": channel.provider, "fingerprint": channel.facts.get("fingerprint", "")}
    merchant_id = current_store().merchant_id
    with in_control():
        record_act(what=what, actor=by_email, now=now, merchant_id=merchant_id, **detail)
