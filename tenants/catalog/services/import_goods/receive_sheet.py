"""An upload arrives, and its columns are agreed on."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import delete_file, keep_file, read_file
from tenants.catalog.models import CatalogImport, ColumnMapping, ImportState
from tenants.catalog.services.import_goods.columns import (
    ALL_HEADS,
    FIELDS,
    Rules,
    fingerprint,
    is_own_template,
    own_columns,
    refuse_doubled,
)
from tenants.catalog.services.import_goods.sheet import Sheet, read_sheet

OPEN_STATES = frozenset({ImportState.UPLOADED, ImportState.CHECKED, ImportState.REFUSED})


class ImportMissing(Refused):
    """There is no such import in this store."""

    code, kind, sentence = "import_missing", Kind.MISSING, _("没有找到这次导入。")


class ImportClosed(Refused):
    """This import ran already, or is running."""

    code, kind, sentence = "import_closed", Kind.CONFLICT, _("这次导入已经开始，不能再改了。")


class ColumnsUnclear(Refused):
    """Some column was given twice, or the ones we cannot do without are missing."""

    code, kind, sentence = "columns_unclear", Kind.INVALID, _("列还没有对好。")


def receive_sheet(*, content: bytes, file_name: str, by_name: str, now: datetime) -> CatalogImport:
    """Keep an upload that can be read as a sheet; columns we know already are filled in.

    Our own template and head rows answered before need no question; any other import waits for ``agree_columns``.

    :raises NotASheet, SheetTooLarge, EmptySheet, HeadTwice:
    """
    sheet = read_sheet(content, file_name=file_name)
    if is_own_template(sheet.head):
        refuse_doubled(sheet.head, ALL_HEADS.values())
    key = keep_file(content=content, room="imports", suffix="csv" if sheet.is_csv else "xlsx")
    name = PurePath(file_name.replace("\\", "/")).name[-120:] or gettext("商品表")
    fresh = CatalogImport(file_key=key, file_name=name, rows_total=len(sheet.rows), by_name=by_name, created_at=now)
    known = ColumnMapping.objects.filter(head_fingerprint=fingerprint(sheet.head)).first()
    if is_own_template(sheet.head):
        fresh.columns, fresh.rules = own_columns(sheet.head), Rules().as_json()
    elif known is not None:
        fresh.columns, fresh.rules = known.columns, known.rules
    try:
        with transaction.atomic(durable=True):
            fresh.save()
            if fresh.columns and known is not None:
                ColumnMapping.objects.filter(pk=known.pk).update(used_at=now)
    except BaseException:
        delete_file(key)
        raise
    return fresh


def agree_columns(
    *, import_id: UUID, columns: Mapping[str, int], rules: Rules, by_name: str, now: datetime
) -> CatalogImport:
    """Write down what the columns of an upload mean, and remember it for the next sheet with this head row.

    :raises ImportMissing, ImportClosed, ColumnsUnclear:
    """
    _refuse_unclear(columns, rules)
    source = import_of(import_id)
    sheet = sheet_of(source)
    # Heads that are exactly our export's need no question: what they mean is kept beside what was agreed
    taken = set(columns.values())
    exact = {name: at for name, at in own_columns(sheet.head).items() if name not in FIELDS and at not in taken}
    with transaction.atomic(durable=True):
        agreed = CatalogImport.objects.filter(pk=import_id, state__in=OPEN_STATES).update(
            columns={**columns, **exact}, rules=rules.as_json(), by_name=by_name, state=ImportState.UPLOADED
        )
        if not agreed:
            raise ImportClosed
        ColumnMapping.objects.update_or_create(
            head_fingerprint=fingerprint(sheet.head),
            defaults={
                "name": source.file_name,
                "columns": dict(columns),
                "rules": rules.as_json(),
                "used_at": now,
            },
        )
    source.refresh_from_db()
    return source


def import_of(import_id: UUID) -> CatalogImport:
    """Fetch an import. :raises ImportMissing:"""
    source = CatalogImport.objects.filter(pk=import_id).first()
    if source is None:
        raise ImportMissing
    return source


def sheet_of(source: CatalogImport) -> Sheet:
    """Read an import's sheet again from the file that was kept. :raises NoSuchFile:"""
    return read_sheet(read_file(source.file_key), file_name=source.file_key)


def _refuse_unclear(columns: Mapping[str, int], rules: Rules) -> None:
    wrong: dict[str, list[str]] = {}
    if "title" not in columns:
        wrong["title"] = [gettext("请选出哪一列是商品名称。")]
    if rules.percent_ppm is None and "price" not in columns:
        wrong["price"] = [gettext("请选出哪一列是售价，或改为按成本价加价。")]
    if rules.percent_ppm is not None and "cost" not in columns:
        wrong["cost"] = [gettext("按成本价加价，要先选出哪一列是成本价。")]
    chosen: dict[int, str] = {}
    for name, column in columns.items():
        if name not in FIELDS:
            raise ColumnsUnclear
        if chosen.setdefault(column, name) != name:
            wrong.setdefault(name, []).append(gettext("这一列已经选给别的内容了。"))
    if wrong:
        raise ColumnsUnclear(fields=dict(wrong))
