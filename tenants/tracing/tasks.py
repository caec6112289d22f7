"""Batches' work in the background."""

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.inventory.services.hold_batch import expire_batches
from tenants.tracing.services import allocate_batches as allocation


@shared_task(base=StoreTask)
def look_after_batches(*, store: str) -> None:
    """Take what is over out of sale, and give batches to the lines of group buys that are cut off."""
    expire_batches(now=clock.now())
    allocation.allocate_batches(now=clock.now())
