"""The reviews' work in the background."""

from typing import Any

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.reviews.services import keep_review_picture


@shared_task(base=StoreTask)
def purge_loose_pictures(*, store: str, **_newer: Any) -> None:
    """Delete pictures whose review was never written."""
    keep_review_picture.purge_loose_pictures(now=clock.now())
