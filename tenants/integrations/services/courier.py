"""The task that carries one delivery; it lies here so that a story may call it once its transaction has committed."""

from uuid import UUID

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.integrations.models import DeliveryState
from tenants.integrations.services.deliver import deliver

_SOON = 600  # seconds: what is due later is found by the minute's round


@shared_task(base=StoreTask, time_limit=60)
def carry(*, store: str, delivery_id: str) -> None:
    """Try one delivery; if it is to be tried again soon, come back."""
    now = clock.now()
    tried = deliver(delivery_id=UUID(delivery_id), now=now)
    if tried is None or tried.state != DeliveryState.PENDING or tried.next_at is None:
        return
    wait = (tried.next_at - now).total_seconds()
    if 0 < wait <= _SOON:
        carry.apply_async(kwargs={"store": store, "delivery_id": delivery_id}, countdown=wait)
