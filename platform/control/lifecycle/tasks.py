"""Long work of a store's life, away from the browser."""

from uuid import UUID

import structlog
from celery import shared_task

from control.lifecycle.models import ExportKind
from control.lifecycle.selectors import unfinished_erasures
from control.lifecycle.services.export_store import keep_export
from control.lifecycle.services.finish_erasure import finish_erasure
from control.lifecycle.services.pack_export import pack_export
from kit import clock
from kit.tenancy.tasks import ControlTask

log = structlog.get_logger(__name__)
_LONG = 3600  # seconds


@shared_task(base=ControlTask, time_limit=_LONG)
def export_store(*, merchant_id: str, by: str) -> None:
    """Make an export that somebody asked for, and pack it to be downloaded."""
    pack_export(export=keep_export(merchant_id=UUID(merchant_id), kind=ExportKind.ASKED, by=by, now=clock.now()))


@shared_task(base=ControlTask, time_limit=_LONG)
def finish_erasures() -> int:
    """Carry out every approved erasure that has not come to its end; one that fails does not hold up the others."""
    finished = 0
    for merchant_id in unfinished_erasures():
        try:
            finish_erasure(merchant_id=merchant_id, now=clock.now())
            finished += 1
        except Exception:
            log.exception("erasure_stuck", merchant=str(merchant_id))
    return finished
