"""Long work that needs billing too, away from the browser."""

from datetime import datetime
from uuid import UUID

from celery import shared_task

from billing.services.restore_copy import restore_copy
from control.lifecycle.models import JobKind, StoreJob
from control.lifecycle.services import jobs
from control.lifecycle.services.export_store import Tell
from kit import clock
from kit.tenancy.tasks import ControlTask


@shared_task(base=ControlTask, time_limit=3600)
def run_copy(*, job_id: str) -> None:
    """Restore an export as a new merchant, with a trial of its own."""
    jobs.run_job(job_id=UUID(job_id), does={JobKind.COPY: _copy}, now=clock.now())


def _copy(job: StoreJob, now: datetime, tell: Tell) -> None:
    restore_copy(source=jobs.source_of(job), slug=job.slug, by=job.actor_email, now=now, tell=tell)
