"""A fact is written down for whoever asked to be told, with the fact itself or not at all."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from control.merchants.limits import has_feature
from kit.ids import new_id
from kit.ports.outside import MOST_BYTES
from kit.tenancy import current_store
from tenants.integrations.events import TEST
from tenants.integrations.models import EndpointState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tenants.integrations.services.courier import carry


class TooLong(ValueError):
    """The words of an event are longer than receivers must take: the story that announces it says too much."""


def announce(*, kind: str, key: str, about: dict[str, Any], at: datetime) -> WebhookEvent | None:
    """Write an event and one delivery an endpoint that wants it, in the caller's transaction.

    Nothing is written when nobody wants it, when the plan no longer has webhooks, or when the key was announced
    before. ``about`` must be JSON and names things by id: no person's name or phone goes out.
    """
    enabled = WebhookEndpoint.objects.exclude(state=EndpointState.DISABLED)
    wanting = list(enabled.filter(event_types__contains=[kind]).order_by("pk"))
    if wanting and not has_feature(merchant_id=current_store().merchant_id, what="webhooks"):
        return None
    return _tell(wanting, kind=kind, key=f"{kind}:{key}", about=about, at=at)


def announce_test(*, endpoint: WebhookEndpoint, at: datetime) -> WebhookEvent | None:
    """Send an endpoint an event that means nothing, to try it."""
    key = f"{TEST}:{new_id()}"
    return _tell([endpoint], kind=TEST, key=key, about={"endpoint_id": str(endpoint.pk)}, at=at)


def _tell(
    endpoints: Sequence[WebhookEndpoint], *, kind: str, key: str, about: dict[str, Any], at: datetime
) -> WebhookEvent | None:
    if not endpoints:
        return None
    words = {"type": kind, "timestamp": at.isoformat(), "data": {"store": current_store().slug, **about}}
    body = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    if len(body.encode()) >= MOST_BYTES:
        raise TooLong(key)
    event, is_new = WebhookEvent.objects.get_or_create(key=key, defaults={"kind": kind, "body": body, "at": at})
    if not is_new:
        return None
    deliveries = [WebhookDelivery(event=event, endpoint=one, next_at=at, created_at=at) for one in endpoints]
    WebhookDelivery.objects.bulk_create(deliveries)
    store = str(current_store().merchant_id)
    for delivery in deliveries:
        # Robust: with the broker down the row waits all the same, and the next round finds it
        transaction.on_commit(partial(carry.delay, store=store, delivery_id=str(delivery.pk)), robust=True)
    return event
