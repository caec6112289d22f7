"""Questions about exports and erasures."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from control.lifecycle.models import Erasure, ExportKind, JobState, StoreExport, StoreJob, StoreMove
from kit.errors import Kind, Refused
from kit.progress import told
from kit.tenancy.sql import run


class NoSuchExport(Refused):
    """There is no such export of this store."""

    code, kind, sentence = "no_such_export", Kind.MISSING, _("没有这份导出。")


def exports_of(merchant_id: UUID) -> list[StoreExport]:
    """List a store's exports that are still kept, the latest first."""
    return list(StoreExport.objects.filter(merchant_id=merchant_id, removed_at=None).order_by("-begun_at"))


def export_of(merchant_id: UUID, *, export_id: UUID) -> StoreExport:
    """Find a finished export of one store that is still kept. :raises NoSuchExport:"""
    found = StoreExport.objects.filter(
        pk=export_id, merchant_id=merchant_id, done_at__isnull=False, removed_at=None
    ).first()
    if found is None:
        raise NoSuchExport
    return found


def jobs_of(merchant_id: UUID, *, kind: str = "", limit: int = 5) -> list[StoreJob]:
    """List the latest jobs of a store, each with ``progress`` (what, done, of) while it runs."""
    jobs = StoreJob.objects.filter(merchant_id=merchant_id)
    if kind:
        jobs = jobs.filter(kind=kind)
    found = list(jobs.order_by("-asked_at", "-id")[:limit])
    for job in found:
        said = told(str(job.pk)) if job.state == JobState.RUNNING else None
        job.progress = said  # type: ignore[attr-defined]
        job.percent = said[1] * 100 // said[2] if said and said[2] else 0  # type: ignore[attr-defined]
    return found


def latest_archive(merchant_id: UUID) -> StoreExport:
    """Return the export an archived store would come back from. :raises StoreExport.DoesNotExist:"""
    done = StoreExport.objects.filter(merchant_id=merchant_id, kind=ExportKind.ARCHIVE, done_at__isnull=False)
    return done.latest("done_at")


def erasure_of(merchant_id: UUID) -> Erasure | None:
    """Find the erasure of a store that is wished for, under way or done."""
    return Erasure.objects.filter(merchant_id=merchant_id, withdrawn_at=None).first()


def unfinished_erasures() -> list[UUID]:
    """List the stores whose erasure was approved and has not come to its end."""
    unfinished = Erasure.objects.filter(approved_at__isnull=False, done_at=None, withdrawn_at=None)
    return list(unfinished.order_by("approved_at").values_list("merchant_id", flat=True))


def guests() -> dict[UUID, str]:
    """Give the stores of other cells that live, or lived, here: id to the cell that signed them up and bills them."""
    firsts = StoreMove.objects.order_by("merchant_id", "begun_at", "id").distinct("merchant_id")
    return {move.merchant_id: move.cell for move in firsts if move.is_arrival}


def schema_exists(name: str) -> bool:
    """Say whether the database has a schema of this name."""
    (row,) = run("SELECT to_regnamespace(%s) IS NOT NULL AS there", [name])
    return bool(row["there"])
