"""Questions about keys, endpoints and what was told to them."""

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from tenants.integrations.models import (
    ApiKey,
    DeliveryState,
    EndpointState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

_BATCH = 500


def keys() -> list[ApiKey]:
    """List the store's keys, those in use first, then the latest."""
    return sorted(ApiKey.objects.order_by("-created_at"), key=lambda key: key.revoked_at is not None)


def endpoints() -> list[WebhookEndpoint]:
    """List the store's endpoints in the order they were added."""
    return list(WebhookEndpoint.objects.order_by("created_at", "id"))


def endpoint_with_id(endpoint_id: UUID) -> WebhookEndpoint | None:
    """Find one endpoint."""
    return WebhookEndpoint.objects.filter(pk=endpoint_id).first()


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Query what was told to an endpoint with every try, the latest first: three statements whatever their number."""
    tries = Prefetch("attempts", WebhookAttempt.objects.order_by("-at", "-id"), to_attr="shown_attempts")
    found = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event").prefetch_related(tries)
    return found.order_by("-created_at", "id")


def due_deliveries(now: datetime) -> list[UUID]:
    """List what is due to be tried now at endpoints that take it, the longest due first."""
    due = WebhookDelivery.objects.filter(
        state=DeliveryState.PENDING, next_at__lte=now, endpoint__state=EndpointState.ACTIVE
    )
    return list(due.order_by("next_at").values_list("pk", flat=True)[:_BATCH])
