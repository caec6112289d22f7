"""Promotions' work in the background."""

from typing import Any

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.promotions.services import expire_coupons as expiry


@shared_task(base=StoreTask)
def expire_coupons(*, store: str, **_newer: Any) -> None:
    """Mark this store's coupons that ran out."""
    now = clock.now()
    while expiry.expire_coupons(now=now):
        pass
