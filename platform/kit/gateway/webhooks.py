"""Stripe's webhooks: believed when signed, recent and whole. What they mean is decided from the inbox."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.gateway.client import GatewayMisuse

# Stripe's own default: older letters may be replays
TOLERANCE = timedelta(minutes=5)


class BadSignature(Refused):
    """The letter is not from Stripe, not fresh, or not whole: keep nothing of it."""

    code, kind = "bad_signature", Kind.INVALID
    sentence = _("签名不正确。")


class ForeignEvent(Refused):
    """Well signed, but of another account at Stripe, or of test money where real money is meant: keep nothing of it."""

    code, kind = "foreign_event", Kind.INVALID
    sentence = _("这条通知属于另一个支付账户，没有接收。")


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """One event as told. It may be old, doubled or out of order: fetch the object before acting on it."""

    id: str
    type: str
    created: datetime
    object_type: str
    object_id: str
    payload: dict[str, Any]


def verify_webhook(*, payload: bytes, signature: str, now: datetime) -> WebhookEvent:
    """This function will check the raw body against its ``Stripe-Signature`` and read the event in it.

    :raises BadSignature: a wrong or missing signature, one made more than five minutes from ``now``, or no event.
    :raises ForeignEvent: signed, but of a connected account, or live where we have test keys (or the other way round).
    :raises GatewayMisuse: there is no webhook secret in the settings.
    """
    secret = str(settings.LINLI_STRIPE["webhook_secret"])
    event = verify_with(secret=secret, payload=payload, signature=signature, now=now)
    has_live_keys = "_live_" in str(settings.LINLI_STRIPE["api_key"])
    # Only events of connected accounts name an account, and we have none
    if event.payload.get("account") or bool(event.payload.get("livemode")) != has_live_keys:
        raise ForeignEvent(account=event.payload.get("account") or "", livemode=bool(event.payload.get("livemode")))
    return event


def verify_with(*, secret: str, payload: bytes, signature: str, now: datetime) -> WebhookEvent:
    """This function will do the same with a given endpoint's secret: each store has its own."""
    if not secret:
        # With an empty secret anyone could sign
        raise GatewayMisuse("no webhook secret")
    try:
        text = payload.decode("utf-8")
        stripe.WebhookSignature.verify_header(text, signature, secret, tolerance=None)
        if abs(now - signed_at(signature)) > TOLERANCE:
            raise BadSignature(reason="too old or too new")
        return read_event(json.loads(text))
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise BadSignature(reason=str(error)) from error


def signed_at(signature: str) -> datetime:
    """This function will return the one moment a letter says it was signed at. :raises ValueError: none, or several."""
    # Stripe's library signs over the first, so a second one could make a recorded letter look fresh
    (stamp,) = [part.partition("=")[2] for part in signature.split(",") if part.partition("=")[0].strip() == "t"]
    return datetime.fromtimestamp(int(stamp), tz=UTC)


def read_event(told: dict[str, Any]) -> WebhookEvent:
    if told["object"] != "event":
        raise ValueError("not an event")
    subject = told["data"]["object"]
    return WebhookEvent(
        id=told["id"],
        type=told["type"],
        created=datetime.fromtimestamp(told["created"], tz=UTC),
        object_type=subject["object"],
        # A balance has no id
        object_id=subject.get("id", ""),
        payload=told,
    )
