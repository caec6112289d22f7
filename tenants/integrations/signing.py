"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over id, time and body, by each secret that still counts."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from kit.sealing import Place, seal, unseal
from kit.tenancy import current_store
from tenants.integrations.models import WebhookEndpoint

_BEGIN = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """Make an endpoint's secret: 256 random bits in the form the standard writes them."""
    return _BEGIN + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sealed(secret: str, endpoint: WebhookEndpoint) -> str:
    """Seal a secret for this endpoint of this store."""
    return seal(secret, place=_place(endpoint))


def opened(secret: str, endpoint: WebhookEndpoint) -> str:
    """Open a sealed secret of this endpoint. :raises SealBroken:"""
    return unseal(secret, place=_place(endpoint))


def headers_of(*, endpoint: WebhookEndpoint, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Write the headers of one try; while a secret is being changed both sign. :raises SealBroken:"""
    secrets_now = [opened(endpoint.secret_sealed, endpoint)]
    if endpoint.former_secret_sealed and endpoint.former_until and now < endpoint.former_until:
        secrets_now.append(opened(endpoint.former_secret_sealed, endpoint))
    at = str(int(now.timestamp()))
    signed = f"{message_id}.{at}.".encode() + body
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets_now),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_BEGIN))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _place(endpoint: WebhookEndpoint) -> Place:
    return Place(current_store().merchant_id, "integrations_webhookendpoint", "secret_sealed", endpoint.pk)
