"""After-sales' work in the background."""

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import ControlTask, StoreTask
from tenants.aftersales.photos import purge_photos
from tenants.aftersales.services import sweep
from tenants.aftersales.services.tell_shortage import finish_shortages
from tenants.sales.tasks import wake_everywhere


@shared_task(base=StoreTask)
def sweep_after_sales(*, store: str) -> None:
    """Move this store's requests on that are due, go on with shortages, and delete pictures that no request took."""
    sweep.sweep_after_sales(now=clock.now())
    finish_shortages(now=clock.now())
    purge_photos(now=clock.now())


@shared_task(base=ControlTask)
def sweep_after_sales_everywhere() -> int:
    """Wake ``sweep_after_sales`` in every working store."""
    return wake_everywhere(sweep_after_sales)
