"""Points' work in the background."""

from typing import Any

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.points.services import expire


@shared_task(base=StoreTask)
def look_after_points(*, store: str, **_newer: Any) -> None:
    """Take what is over out of this store's purses, and tell members what soon will be."""
    now = clock.now()
    while expire.expire_points(now=now):
        pass
    while expire.warn_of_year_end(now=now):
        pass
