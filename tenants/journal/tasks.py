"""Work of this room that happens later."""

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.journal import answers


@shared_task(base=StoreTask)
def purge_answers(*, store: str) -> None:
    """Delete answers older than a week. Due daily."""
    answers.purge_answers(now=clock.now())
