"""Long work of a store's life, away from the browser."""

from uuid import UUID

import structlog
from celery import shared_task

from control.lifecycle.selectors import unfinished_erasures
from control.lifecycle.services import jobs
from control.lifecycle.services.finish_erasure import finish_erasure
from kit import clock
from kit.tenancy.tasks import ControlTask

log = structlog.get_logger(__name__)
_LONG = 3600  # seconds


@shared_task(base=ControlTask, time_limit=_LONG)
def run_job(*, job_id: str) -> None:
    """Do what somebody asked for: an export, an archive, a restore."""
    jobs.run_job(job_id=UUID(job_id), does=jobs.DOES, now=clock.now())


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
