"""Importing checked goods: all of them, or none."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import keep_within_limit
from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.catalog.models import CatalogImport, ImportState
from tenants.catalog.selectors import skus_counted
from tenants.catalog.services.add_picture import forget_picture, keep_picture
from tenants.catalog.services.encode_picture import encode_picture
from tenants.catalog.services.import_goods.planned import CHANGED, NEW, UNCHANGED, Plan
from tenants.catalog.services.import_goods.receive_sheet import import_of, sheet_of
from tenants.catalog.services.import_goods.sheet import Sheet
from tenants.catalog.services.import_goods.write_goods import KeptPicture, picture_rows, write_goods
from tenants.inventory.services.check_import import planned_import, write_findings
from tenants.inventory.services.set_counts import set_counts
from tenants.journal.services import Actor, record

# A worker that died mid-import is given up after the time limit of a task, and the import may start again
GIVEN_UP_AFTER = timedelta(minutes=11)


class NotChecked(Refused):
    """Only an import that was checked and found right may run."""

    code, kind, sentence = "import_not_checked", Kind.CONFLICT, _("请先检查表格，没有错误才能导入。")


class AnotherImportRuns(Refused):
    """One import at a time: two could make the same product twice."""

    code, kind, sentence = "another_import_runs", Kind.CONFLICT, _("还有一份表格正在导入，等它完成再导这份。")


def start_import(*, import_id: UUID, now: datetime) -> CatalogImport:
    """Let a checked import begin; the caller queues the task. :raises ImportMissing, NotChecked, AnotherImportRuns:"""
    source = import_of(import_id)
    try:
        with transaction.atomic(durable=True):
            running = CatalogImport.objects.filter(state=ImportState.RUNNING, started_at__lt=now - GIVEN_UP_AFTER)
            running.update(state=ImportState.CHECKED)
            ready = CatalogImport.objects.filter(pk=import_id, state=ImportState.CHECKED)
            is_started = ready.update(state=ImportState.RUNNING, started_at=now, rows_done=0)
    except IntegrityError:
        raise AnotherImportRuns from None
    if not is_started:
        raise NotChecked
    source.refresh_from_db()
    return source


def run_import(*, import_id: UUID, now: datetime) -> CatalogImport:
    """Write a started import's goods, their pictures and their stock in one transaction.

    Safe to repeat: one that is not running (any more) is left as it is. If the shop changed since the check so that
    rows became wrong, nothing is written and the import is refused with its reasons.

    :raises ImportMissing, PlanLimitReached:
    """
    source = import_of(import_id)
    if source.state != ImportState.RUNNING:
        return source
    pictures: dict[int, KeptPicture] = {}
    try:
        sheet = sheet_of(source)
        plan = planned_import(source=source, sheet=sheet)
        if plan.wrong:
            write_findings(source=source, sheet=sheet, plan=plan)
        else:
            _refuse_over_limit(plan)
            _keep_pictures(source, plan, pictures)
            _write(source, sheet, pictures, now=now)
    except BaseException:
        CatalogImport.objects.filter(pk=import_id, state=ImportState.RUNNING).update(state=ImportState.CHECKED)
        for kept in pictures.values():
            forget_picture(kept.file_key)
        raise
    source.refresh_from_db()
    return source


def _refuse_over_limit(plan: Plan) -> None:
    store = current_store()
    keep_within_limit(merchant_id=store.merchant_id, what="skus", used=skus_counted(), adding=plan.count(NEW))


def _keep_pictures(source: CatalogImport, plan: Plan, pictures: dict[int, KeptPicture]) -> None:
    # The slow part, done before the transaction: the bar moves with it
    for number, planned in picture_rows(plan):
        encoded = encode_picture(planned.picture or b"")
        pictures[number] = KeptPicture(keep_picture(encoded), encoded.width, encoded.height)
        CatalogImport.objects.filter(pk=source.pk).update(rows_done=min(number, source.rows_total))
    CatalogImport.objects.filter(pk=source.pk).update(rows_done=source.rows_total)


def _write(source: CatalogImport, sheet: Sheet, pictures: Mapping[int, KeptPicture], *, now: datetime) -> None:
    with transaction.atomic(durable=True):
        locked = CatalogImport.objects.select_for_update().get(pk=source.pk)
        if locked.state != ImportState.RUNNING:
            return
        # Planned again under locks: what is written is what the shelf is like now, not a minute ago
        plan = planned_import(source=locked, sheet=sheet, lock=True)
        if plan.wrong:
            raise NotChecked
        kinds = {kind: plan.count(kind) for kind in (NEW, CHANGED, UNCHANGED)}
        counts = write_goods(plan=plan, source=locked, pictures=pictures, now=now, by_name=locked.by_name)
        reason = gettext("表格导入：%(file)s") % {"file": locked.file_name}
        set_counts(counts=counts, reason=reason, ref_id=locked.pk, by_name=locked.by_name, now=now)
        locked.state, locked.finished_at = ImportState.DONE, now
        locked.made, locked.changed, locked.unchanged = kinds[NEW], kinds[CHANGED], kinds[UNCHANGED]
        locked.save(update_fields=["state", "finished_at", "made", "changed", "unchanged"])
        actor = Actor(kind="person", id="", name=locked.by_name)
        record(what="goods.imported", subject=locked, at=now, actor=actor, counts=kinds)
