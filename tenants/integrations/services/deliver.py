"""One try to tell one endpoint one thing."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from kit.ports.outside import Reply, post_outside
from kit.sealing import SealBroken
from tenants.integrations.models import (
    DeliveryState,
    EndpointState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from tenants.integrations.services.tell_owner import tell_owner
from tenants.integrations.signing import headers_of

# Waits after the first try and each that follows (Svix's schedule); after the last the delivery is given up
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
GIVE_UP_AFTER = timedelta(hours=120)  # of failing without a single success
_SLOW_DOWN = (429, 502, 504)  # the other side is overloaded: never sooner than this
_AT_LEAST, _AT_MOST = timedelta(minutes=1), timedelta(hours=1)
_GONE = 410
_LOST = "lost"  # the worker died, or its outcome was never written


def deliver(*, delivery_id: UUID, now: datetime) -> WebhookDelivery | None:
    """Try a delivery that is due, if its endpoint takes any; None when there was nothing to try.

    The try is written down before the network is asked, so that a worker that dies has used it up; two workers at
    once make one try. The outcome is written afterwards: no transaction is open while the other side thinks.
    """
    claimed = _claim(delivery_id, now)
    if claimed is None:
        return None
    delivery, attempt = claimed
    reply = _post(delivery, now)
    with transaction.atomic(durable=True):
        WebhookAttempt.objects.filter(pk=attempt.pk).update(
            status=reply.status, failure=reply.failure, took_ms=reply.took_ms
        )
        given_up = _succeeded(delivery) if reply.is_success else _failed(delivery, reply, now)
    if given_up:
        tell_owner(endpoint=delivery.endpoint, reason=given_up, now=now)
    delivery.refresh_from_db()
    return delivery


def _claim(delivery_id: UUID, now: datetime) -> tuple[WebhookDelivery, WebhookAttempt] | None:
    with transaction.atomic(durable=True):
        due = WebhookDelivery.objects.select_for_update(of=("self",), skip_locked=True).select_related(
            "event", "endpoint"
        )
        delivery = due.filter(
            pk=delivery_id, state=DeliveryState.PENDING, next_at__lte=now, endpoint__state=EndpointState.ACTIVE
        ).first()
        if delivery is None:
            return None
        wait = WAITS[delivery.tries] if delivery.tries < len(WAITS) else None
        delivery.tries += 1
        delivery.next_at = now + wait if wait else None
        if wait is None:  # the last one: if its outcome is never written, it has failed
            delivery.state = DeliveryState.FAILED
        delivery.save(update_fields=["tries", "next_at", "state"])
        return delivery, WebhookAttempt.objects.create(delivery=delivery, at=now, failure=_LOST)


def _post(delivery: WebhookDelivery, now: datetime) -> Reply:
    body = delivery.event.body.encode()
    try:
        headers = headers_of(endpoint=delivery.endpoint, message_id=delivery.event.message_id, body=body, now=now)
    except SealBroken:
        return Reply(status=None, failure="no_secret", took_ms=0)
    return post_outside(url=delivery.endpoint.url, body=body, headers=headers)


def _succeeded(delivery: WebhookDelivery) -> str:
    WebhookDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DELIVERED, next_at=None)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failing_since__isnull=False).update(failing_since=None)
    return ""


def _failed(delivery: WebhookDelivery, reply: Reply, now: datetime) -> str:
    """Write a failure down; return why the endpoint is given up, if it is."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    if reply.status == _GONE:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.FAILED, next_at=None)
        return _give_up(endpoint, "gone")
    if delivery.next_at is not None and reply.status in _SLOW_DOWN:
        wait = min(max(_AT_LEAST, timedelta(seconds=reply.retry_after)), _AT_MOST)
        WebhookDelivery.objects.filter(pk=delivery.pk).update(next_at=max(delivery.next_at, now + wait))
    if endpoint.failing_since is None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=now)
    elif now - endpoint.failing_since >= GIVE_UP_AFTER:
        return _give_up(endpoint, "failing")
    return ""


def _give_up(endpoint: WebhookEndpoint, reason: str) -> str:
    given_up = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ACTIVE).update(
        state=EndpointState.DISABLED, disabled_reason=reason
    )
    return reason if given_up else ""
