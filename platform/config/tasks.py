"""Work by the clock that needs what only the roof knows: where the other cells are."""

from typing import Any

from celery import shared_task
from django.conf import settings

from billing.services import collect_from_cells as story
from config.cells import CellByCommand
from kit import clock
from kit.tenancy.tasks import ControlTask


@shared_task(base=ControlTask, time_limit=600)
def collect_from_cells(**_later: Any) -> None:
    """Empty the outboxes of our stores in other cells, and tell those cells what billing decided. Every minute."""
    if settings.LINLI_CELLS:
        story.collect_from_cells(cell_of=CellByCommand, now=clock.now())
