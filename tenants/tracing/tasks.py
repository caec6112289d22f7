"""Batches' work in the background."""

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.inventory.services.hold_batch import expire_batches
from tenants.tracing.services import allocate_batches as allocation
from tenants.tracing.services.mark_down import mark_down_due


@shared_task(base=StoreTask)
def look_after_batches(*, store: str) -> None:
    """Take what is over out of sale, sell what nearly is cheaper, and give batches to lines that are cut off."""
    expire_batches(now=clock.now())
    mark_down_due(now=clock.now())
    allocation.allocate_batches(now=clock.now())
