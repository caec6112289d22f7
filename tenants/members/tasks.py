"""Work of this room that happens later."""

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.members.services import forget_codes as story


@shared_task(base=StoreTask)
def forget_codes(*, store: str) -> None:
    """Delete old codes and sessions long over. Due daily."""
    story.forget_codes(now=clock.now())
