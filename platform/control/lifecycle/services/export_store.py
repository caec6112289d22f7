"""A store's records leave as plain files that anybody can read."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle import manifest as written
from control.lifecycle.manifest import Manifest, Part
from control.lifecycle.models import ExportKind, StoreExport
from control.lifecycle.tables import LEFT_OUT, lines_of, tables_here
from control.merchants.models import DESK_STATES, Merchant
from control.merchants.services import NoSuchMerchant
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.record_bundle import current_bundle
from kit.errors import Kind, Refused
from kit.ports.storage import NoSuchFile, files_here, open_here
from kit.tenancy import in_control, in_store
from kit.tenancy.sql import see_one_moment

Tell = Callable[[str, int, int], None]  # what, how many are done, of how many (0: unknown)
_PIECE = 1 << 20


class NothingToExport(Refused):
    """The store has no schema: it is being built, archived or erased."""

    code, kind, sentence = "nothing_to_export", Kind.CONFLICT, _("这家店现在没有可导出的内容。")


class PlaceTaken(Refused):
    """The folder holds something else than an export of this store."""

    code, kind, sentence = "place_taken", Kind.CONFLICT, _("目标文件夹不是空的，里面不是这家店的导出。")


def silently(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it got."""


def export_store(
    *,
    merchant_id: UUID,
    target: Path,
    now: datetime,
    left_out: frozenset[str] = LEFT_OUT,
    tell: Tell = silently,
) -> Manifest:
    """Write a store's rows, files and their description into a folder; the manifest comes last.

    All rows are of one moment. Run again, in the same folder, it makes a newer export; files that are there already
    with the same content are not copied twice, so an export that was cut short goes on.
    :raises NoSuchMerchant, NothingToExport, PlaceTaken:
    """
    with in_control():
        merchant = Merchant.objects.filter(pk=merchant_id).first()
        if merchant is None:
            raise NoSuchMerchant
        if merchant.state not in DESK_STATES:
            raise NothingToExport
        bundle = current_bundle(now=now)
    _begin(target, merchant_id)
    with in_store(merchant.ref), transaction.atomic(durable=True):
        see_one_moment()
        # A schema that is not today's (an older backup, one set aside by the fleet) leaves under no bundle's name
        is_of_bundle = fingerprint_of(merchant.schema_name) == bundle.fingerprint
        found = tables_here(without=left_out)
        tables = []
        for place, table in enumerate(found):
            tell(table.name, place, len(found))
            tables.append(_write_lines(target / written.TABLES / f"{table.name}.jsonl", table.name, lines_of(table)))
        files, file_bytes = _copy_files(target, tell)
    described = json.dumps({"tables": [table.described for table in found]}, ensure_ascii=False, indent=2)
    (target / written.SCHEMA).write_text(described + "\n")
    manifest = Manifest(
        format=written.FORMAT,
        store={
            "merchant_id": str(merchant.pk),
            "slug": merchant.slug,
            "name": merchant.name,
            "city": merchant.city,
            "currency": merchant.currency,
            "timezone": merchant.timezone,
        },
        exported_at=now.isoformat(),
        bundle_sha=bundle.sha if is_of_bundle else "",
        tables=tuple(tables),
        files=files,
        file_bytes=file_bytes,
        schema_sha256=written.hash_of(target / written.SCHEMA),
        left_out=tuple(sorted(left_out)),
    )
    manifest.write(target)
    (target / written.UNFINISHED).unlink()
    return manifest


def keep_export(*, merchant_id: UUID, kind: ExportKind, by: str, now: datetime, tell: Tell = silently) -> StoreExport:
    """Make an export in the platform's own keeping, to be downloaded or restored, and remember it.

    An export of the same kind that was cut short is taken up again.
    :raises NoSuchMerchant, NothingToExport:
    """
    with in_control(), transaction.atomic(durable=True):
        begun = StoreExport.objects.filter(merchant_id=merchant_id, kind=kind, done_at=None, removed_at=None)
        row = begun.order_by("begun_at").first() or StoreExport.objects.create(
            merchant_id=merchant_id,
            kind=kind,
            folder=f"{merchant_id}/{now:%Y%m%dT%H%M%S}-{kind.value}",
            asked_by=by,
            begun_at=now,
        )
    manifest = export_store(merchant_id=merchant_id, target=folder_of(row), now=now, tell=tell)
    with in_control(), transaction.atomic(durable=True):
        row.done_at, row.rows, row.files, row.seal = now, manifest.rows, manifest.files.count, manifest.seal
        row.save(update_fields=["done_at", "rows", "files", "seal"])
        record_act(
            what="store.exported", actor=by, now=now, merchant_id=merchant_id, rows=manifest.rows, seal=manifest.seal
        )
    return row


def folder_of(row: StoreExport) -> Path:
    """Say where a kept export lies."""
    return Path(settings.LINLI_EXPORTS) / row.folder


def _begin(target: Path, merchant_id: UUID) -> None:
    mark = {"merchant_id": str(merchant_id)}
    if target.exists() and any(target.iterdir()) and not _is_ours(target, mark):
        raise PlaceTaken
    (target / written.TABLES).mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)
    (target / written.UNFINISHED).write_text(json.dumps(mark))
    # From here on the folder says that it is unfinished: an older manifest must not speak for newer rows
    (target / written.MANIFEST).unlink(missing_ok=True)
    for old in (target / written.TABLES).iterdir():
        old.unlink()


def _is_ours(target: Path, mark: dict[str, str]) -> bool:
    if (target / written.UNFINISHED).is_file():
        return bool(json.loads((target / written.UNFINISHED).read_text()) == mark)
    try:
        return Manifest.read(target, from_elsewhere=True).store["merchant_id"] == mark["merchant_id"]
    except Refused:
        return False


def _write_lines(path: Path, name: str, lines: Iterable[bytes]) -> Part:
    digest, count, size = hashlib.sha256(), 0, 0
    with path.open("wb") as file:
        for line in lines:
            file.write(line)
            digest.update(line)
            count, size = count + 1, size + len(line)
    return Part(name=name, sha256=digest.hexdigest(), count=count, size=size)


def _copy_files(target: Path, tell: Tell) -> tuple[Part, int]:
    names = list(files_here())
    total = 0

    def copied() -> Iterable[bytes]:
        nonlocal total
        for place, name in enumerate(names):
            tell(name, place, len(names))
            try:
                part = _copy_file(name, target / written.FOLDER / name)
            except NoSuchFile:  # deleted since it was listed
                continue
            total += part.size
            yield json.dumps(part.__dict__, sort_keys=True).encode() + b"\n"

    listed = _write_lines(target / written.FILES, written.FILES, copied())
    _drop_strangers(target / written.FOLDER, set(names))
    return listed, total


def _copy_file(name: str, path: Path) -> Part:
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    with open_here(name) as source:
        while piece := source.read(_PIECE):
            digest.update(piece)
        sha256 = digest.hexdigest()
        if written.hash_of(path) != sha256:
            source.seek(0)
            with draft.open("wb") as copy:
                shutil.copyfileobj(source, copy, _PIECE)
            draft.replace(path)
    return Part(name=name, sha256=sha256, count=1, size=path.stat().st_size)


def _drop_strangers(folder: Path, names: set[str]) -> None:
    # An older export in this folder may have had files that the store has deleted since
    for path in folder.rglob("*") if folder.exists() else ():
        if path.is_file() and path.relative_to(folder).as_posix() not in names:
            path.unlink()
