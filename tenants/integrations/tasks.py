"""Work of this room that happens later."""

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.integrations.services import forget_events as forgetting


@shared_task(base=StoreTask)
def forget_events(*, store: str) -> None:
    """Delete what was told more than thirty days ago. Due daily."""
    forgetting.forget_events(now=clock.now())
