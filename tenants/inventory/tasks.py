"""Stock's work in the background."""

from typing import Any
from uuid import UUID

from celery import shared_task

from kit import clock
from kit.tenancy.tasks import StoreTask
from tenants.inventory.services import run_import as stories


@shared_task(base=StoreTask)
def run_import(*, store: str, import_id: str, **_newer: Any) -> None:
    """Write a started import's goods."""
    stories.run_import(import_id=UUID(import_id), now=clock.now())
