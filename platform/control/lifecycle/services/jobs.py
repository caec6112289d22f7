"""Long work of a store's life: written down with who asked for it, who is asked about again when it runs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.lifecycle.models import ExportKind, JobKind, JobState, StoreExport, StoreJob
from control.lifecycle.selectors import latest_archive
from control.lifecycle.services.archive_store import archive_store
from control.lifecycle.services.export_store import Tell, folder_of, keep_export
from control.lifecycle.services.pack_export import pack_export
from control.lifecycle.services.restore_store import restore_store
from control.merchants.models import Merchant
from control.people.models import Person, Role, Seat
from kit import progress
from kit.errors import Kind, Refused
from kit.tenancy import in_control

log = structlog.get_logger(__name__)
Does = Callable[[StoreJob, datetime, Tell], None]
_MOST = 200


class NoLongerAllowed(Refused):
    """Whoever asked may not do this any more."""

    code, kind, sentence = "no_longer_allowed", Kind.FORBIDDEN, _("发起人已经没有权限，没有执行。")


def ask_job(
    *,
    kind: JobKind,
    merchant_id: UUID,
    actor: Person,
    as_operator: bool,
    now: datetime,
    reason: str = "",
    slug: str = "",
    export_id: UUID | None = None,
) -> StoreJob:
    """Write a job down in the name of who asks; one of its kind that waits or runs already is returned instead.

    The caller wakes the task: a copy's lies above this room.
    :raises NoLongerAllowed: the actor may not ask for it.
    """
    with in_control(), transaction.atomic():
        Merchant.objects.select_for_update().get(pk=merchant_id)
        known = StoreJob.objects.filter(
            merchant_id=merchant_id, kind=kind, slug=slug, state__in=(JobState.WAITING, JobState.RUNNING)
        ).first()
        if known:
            return known
        job = StoreJob(
            merchant_id=merchant_id,
            kind=kind,
            actor_id=actor.pk,
            actor_email=actor.email,
            as_operator=as_operator,
            reason=reason,
            slug=slug,
            export_id=export_id,
            asked_at=now,
        )
        refuse_unless_allowed(job)
        job.save()
    return job


def run_job(*, job_id: UUID, does: Mapping[JobKind, Does], now: datetime) -> StoreJob:
    """Do what a job says, if whoever asked for it may still ask; run again after a crash, it goes on.

    A refusal ends the job with its sentence; anything else leaves it to be run again.
    """
    with in_control(), transaction.atomic(durable=True):
        job = StoreJob.objects.select_for_update().get(pk=job_id)
        if job.state in (JobState.DONE, JobState.REFUSED):
            return job
        job.state, job.begun_at = JobState.RUNNING, now
        job.save(update_fields=["state", "begun_at"])
    try:
        with in_control():
            refuse_unless_allowed(job)
        does[JobKind(job.kind)](job, now, partial(progress.tell, str(job.pk)))
    except Refused as refusal:
        return _end(job, JobState.REFUSED, now, str(refusal))
    return _end(job, JobState.DONE, now)


def refuse_unless_allowed(job: StoreJob) -> None:
    """Ask whether the actor of a job may do it now, in the caller's control scope. :raises NoLongerAllowed:"""
    person = Person.objects.filter(pk=job.actor_id, is_active=True).first()
    if person is None:
        raise NoLongerAllowed
    if job.as_operator:
        if not person.is_operator:
            raise NoLongerAllowed
    elif not Seat.objects.filter(person=person, merchant_id=job.merchant_id, role=Role.OWNER).exists():
        raise NoLongerAllowed


def source_of(job: StoreJob) -> Path:
    """Say where the export lies that a job restores: the one that was named, else the latest archive."""
    with in_control():
        row = StoreExport.objects.get(pk=job.export_id) if job.export_id else latest_archive(job.merchant_id)
    return folder_of(row)


def _export(job: StoreJob, now: datetime, tell: Tell) -> None:
    by = job.actor_email
    pack_export(export=keep_export(merchant_id=job.merchant_id, kind=ExportKind.ASKED, by=by, now=now, tell=tell))


def _archive(job: StoreJob, now: datetime, tell: Tell) -> None:
    archive_store(merchant_id=job.merchant_id, by=job.actor_email, reason=job.reason, now=now, tell=tell)


def _restore(job: StoreJob, now: datetime, tell: Tell) -> None:
    with in_control():
        slug = Merchant.objects.values_list("slug", flat=True).get(pk=job.merchant_id)
    restore_store(source=source_of(job), slug=slug, now=now, as_new=False, by=job.actor_email, tell=tell)


DOES: Mapping[JobKind, Does] = {JobKind.EXPORT: _export, JobKind.ARCHIVE: _archive, JobKind.RESTORE: _restore}


def _end(job: StoreJob, state: JobState, now: datetime, why: str = "") -> StoreJob:
    with in_control(), transaction.atomic(durable=True):
        job.state, job.done_at, job.error = state, now, why[:_MOST]
        job.save(update_fields=["state", "done_at", "error"])
    log.info("job_ended", job=str(job.pk), kind=job.kind, state=state.value)
    return job
