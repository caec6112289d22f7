"""This room's work in the background."""

from typing import Any

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.wishes.services import tell_waiting as telling
from tenants.wishes.services import tidy


@shared_task(base=StoreTask)
def tell_waiting(*, store: str, **_newer: Any) -> None:
    """Tell who waits for goods that can be bought again."""
    telling.tell_waiting(now=clock.now())


@shared_task(base=StoreTask)
def tidy_wishes(*, store: str, **_newer: Any) -> None:
    """Forget old waits and old words. Due daily."""
    tidy.tidy_wishes(now=clock.now())
