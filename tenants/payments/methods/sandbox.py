"""A payment company for trying a shop out, playing both parts: ours and the provider's.

Our part (``open_charge`` to ``refund``) is what any method has. The provider's part decides what a shopper pressed on
its cashier page, and signs the notice it sends to our webhook.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.signing import is_signed, sign
from tenants.payments.models import PaymentState, RefundState, SandboxCharge
from tenants.payments.news import About, Charged, Opened, PaymentNews, RefundNews

Decision = Literal["pay", "fail", "silent"]
_PURPOSE = "sandbox-notice"
_STATES = {"open": PaymentState.PROCESSING, "paid": PaymentState.SUCCEEDED, "failed": PaymentState.FAILED}


def open_charge(*, key: str, amount_minor: int, currency: str, now: datetime, about: About | None = None) -> Opened:
    """Ask the sandbox for the money; the shopper pays at its cashier page."""
    SandboxCharge.objects.get_or_create(
        key=key, defaults={"amount_minor": amount_minor, "currency": currency, "created_at": now}
    )
    return Opened(redirect_url=cashier_path(key=key))


def cashier_path(*, key: str) -> str:
    """Say where on the store's host the shopper pays a charge; the key cannot be guessed."""
    return f"/pay/sandbox/{key}"


def read_charge(*, key: str, handle: str = "") -> PaymentNews | None:
    """Ask the sandbox what became of a charge."""
    charge = SandboxCharge.objects.filter(key=key).first()
    return _news(charge) if charge else None


def close_charge(*, key: str, handle: str = "") -> PaymentNews | None:
    """Take back an unpaid charge. Paid in the meantime, it stays paid."""
    SandboxCharge.objects.filter(key=key, state="open").update(state="failed")
    news = read_charge(key=key)
    if news is None or news.state != PaymentState.FAILED:
        return news
    return PaymentNews(
        key=key,
        state=PaymentState.CANCELLED,
        provider_ref=news.provider_ref,
        amount_minor=news.amount_minor,
        currency=news.currency,
    )


def refund(*, key: str, charge_key: str, amount_minor: int, charged: Charged | None = None) -> RefundNews:
    """Give money back, once for each key."""
    ref = f"sbr_{_digest(key)}"
    with transaction.atomic():
        charge = SandboxCharge.objects.select_for_update().filter(key=charge_key, state="paid").first()
        if charge is None:
            return RefundNews(key=key, state=RefundState.FAILED, provider_ref=ref, failure="no_such_charge")
        if key not in charge.refunds:
            if charge.refunded_minor + amount_minor > charge.amount_minor:
                return RefundNews(key=key, state=RefundState.FAILED, provider_ref=ref, failure="more_than_paid")
            charge.refunds[key] = amount_minor
            charge.refunded_minor += amount_minor
            charge.save(update_fields=["refunds", "refunded_minor"])
    return RefundNews(key=key, state=RefundState.SUCCEEDED, provider_ref=ref)


def read_refund(*, key: str, charge_key: str, charged: Charged | None = None) -> RefundNews | None:
    """Ask the sandbox what became of a refund."""
    charge = SandboxCharge.objects.filter(key=charge_key).first()
    if charge is None or key not in charge.refunds:
        return None
    return RefundNews(key=key, state=RefundState.SUCCEEDED, provider_ref=f"sbr_{_digest(key)}")


# --- the provider's part -----------------------------------------------------------------------------------------


class ChargeMissing(Refused):
    """The cashier knows no such charge."""

    code, kind, sentence = "charge_missing", Kind.MISSING, _("没有找到这笔付款。")


class ChargeDecided(Refused):
    """The charge was paid, refused or taken back before."""

    code, kind, sentence = "charge_decided", Kind.CONFLICT, _("这笔付款已经有结果了，请返回订单查看。")


class BadSignature(Refused):
    """A notice that the sandbox did not sign for this store."""

    code, kind, sentence = "bad_signature", Kind.FORBIDDEN, _("签名不对，通知未接收。")


def charge_with_key(key: str) -> SandboxCharge:
    """Read a charge for the cashier page. :raises ChargeMissing:"""
    charge = SandboxCharge.objects.filter(key=key).first()
    if charge is None:
        raise ChargeMissing
    return charge


def sandbox_decide(*, key: str, decision: Decision, now: datetime) -> dict[str, Any] | None:
    """Let the shopper pay, fail, or pay without anybody being told; return the notice to send, None in silence.

    The same decision twice gives the same notice. :raises ChargeMissing, ChargeDecided:
    """
    state = "failed" if decision == "fail" else "paid"
    is_silent = decision == "silent"
    charge_with_key(key)
    SandboxCharge.objects.filter(key=key, state="open").update(state=state, is_silent=is_silent)
    charge = charge_with_key(key)
    if charge.state != state:
        raise ChargeDecided
    if charge.is_silent:
        return None
    news = _news(charge)
    return {
        "event_id": f"{key}:{charge.state}",
        "kind": f"charge.{charge.state}",
        "key": key,
        "provider_ref": news.provider_ref,
        "amount_minor": news.amount_minor,
        "currency": news.currency,
        "sent_at": now.isoformat(),
    }


def sign_notice(*, body: bytes) -> str:
    """Sign a notice's bytes with this store's sandbox key."""
    return sign(body, purpose=_PURPOSE)


def verify_notice(*, body: bytes, signature: str) -> dict[str, Any]:
    """Check who signed a notice, then read it. :raises BadSignature:"""
    if not is_signed(body, signature, purpose=_PURPOSE):
        raise BadSignature
    notice: dict[str, Any] = json.loads(body)
    return notice


def _news(charge: SandboxCharge) -> PaymentNews:
    return PaymentNews(
        key=charge.key,
        state=_STATES[charge.state],
        provider_ref=f"sb_{_digest(charge.key)}",
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        failure="declined" if charge.state == "failed" else "",
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]
