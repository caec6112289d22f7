"""The catalogue's work in the background."""

from typing import Any

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.catalog.services import arrange_pictures


@shared_task(base=StoreTask)
def purge_pictures(*, store: str, **_newer: Any) -> None:
    """Delete the files of pictures that were removed more than a day ago."""
    arrange_pictures.purge_pictures(now=clock.now())
