"""An export becomes a store again, under its own name or another."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle.manifest import FOLDER, TABLES, ExportChanged, Manifest, NotAnExport, check_export, listed_files
from control.lifecycle.services.export_store import Tell, silently
from control.lifecycle.tables import LEFT_OUT, lines_of, tables_here, take_lines
from control.merchants.directory import forget
from control.merchants.models import Domain, Merchant, MerchantState
from control.merchants.services import move_store
from control.merchants.slugs import check_slug
from control.people.models import Role, Seat
from control.people.services import give_seat
from control.provisioning.services.fill_pool import claim_schema
from control.provisioning.services.record_bundle import current_bundle
from kit.errors import Kind, Refused
from kit.ports.storage import bring_here, empty_folder
from kit.tenancy import in_control, in_store


class OtherVersion(Refused):
    """The export's tables are of another version of the platform. Facts: ``exported``, ``here`` (bundle hashes)."""

    code, kind, sentence = "other_version", Kind.CONFLICT, _("这份导出来自另一个版本，请用相同版本的平台恢复。")


class StoreStandsThere(Refused):
    """A store lives at this address; archive it first, or restore under another address."""

    code, kind, sentence = "store_stands_there", Kind.CONFLICT, _("这个地址上已有店铺。请先归档，或换一个地址恢复。")


class NotThisStore(Refused):
    """The archived store at this address is not the one in the export."""

    code, kind, sentence = "not_this_store", Kind.CONFLICT, _("这份导出不是这个地址上的店铺。")


def restore_store(
    *,
    source: Path,
    slug: str,
    now: datetime,
    as_new: bool,
    by: str,
    from_elsewhere: bool = False,
    tell: Tell = silently,
    then: Callable[[Merchant], None] | None = None,
) -> Merchant:
    """Build a store out of an export (a folder, or its zip) in a fresh schema; all of it or nothing.

    Every hash is checked before a row is written, and the rows are hashed again afterwards. With ``as_new`` a new
    merchant gets the address; otherwise the archived store of that address comes back. Either stands suspended until
    an operator resumes it. Rows keep their ids; files move to the merchant's folder; sessions and codes never travel.
    Run again after a crash it starts over in the same folder.
    ``then`` is called with the store in the same transaction: what the floors above add to it.
    :raises NotAnExport, ExportChanged, StrangeExport, OtherVersion: the export cannot be trusted or used.
    :raises SlugRefused, StoreStandsThere, NotThisStore: the address cannot be had.
    """
    with _opened(source) as place:
        manifest = Manifest.read(place, from_elsewhere=from_elsewhere)
        tell("check", 0, 0)
        check_export(place, manifest=manifest)
        with in_control():
            here = current_bundle(now=now).sha
        if manifest.bundle_sha != here:
            raise OtherVersion(exported=manifest.bundle_sha, here=here)
        merchant = _restore(place, manifest=manifest, slug=slug, as_new=as_new, by=by, now=now, tell=tell, then=then)
    forget()
    return merchant


def _restore(
    place: Path,
    *,
    manifest: Manifest,
    slug: str,
    as_new: bool,
    by: str,
    now: datetime,
    tell: Tell,
    then: Callable[[Merchant], None] | None,
) -> Merchant:
    brought = None
    try:
        with in_control(), transaction.atomic(durable=True):
            merchant = (None if as_new else _archived(slug, manifest=manifest, now=now)) or _registered(
                slug, manifest=manifest, now=now
            )
            Domain.objects.get_or_create(
                domain=f"{merchant.slug}.{settings.LINLI_DOMAIN}",
                defaults={"tenant": merchant, "is_primary": True, "verified_at": now, "created_at": now},
            )
            brought = merchant.ref
            with in_store(brought):
                take_rows(place, manifest=manifest, tell=tell)
                for number, file in enumerate(listed_files(place)):
                    tell(file.name, number, manifest.files.count)
                    with (place / FOLDER / file.name).open("rb") as content:
                        bring_here(file.name, content)
            if then is not None:
                then(merchant)
            record_act(
                what="store.restored",
                actor=by,
                now=now,
                merchant_id=merchant.pk,
                seal=manifest.seal,
                of=manifest.store["slug"],
                exported_at=manifest.exported_at,
            )
    except BaseException:
        if brought is not None:  # the rows are gone with the transaction; the files must follow
            with in_store(brought):
                empty_folder()
        raise
    return merchant


def _archived(slug: str, *, manifest: Manifest, now: datetime) -> Merchant | None:
    merchant = Merchant.objects.select_for_update().filter(slug=slug).first()
    if merchant is None:
        return None
    if merchant.state != MerchantState.ARCHIVED:
        raise StoreStandsThere(state=merchant.state)
    if str(merchant.pk) != manifest.store["merchant_id"]:
        raise NotThisStore
    merchant = move_store(merchant_id=merchant.pk, to=MerchantState.SUSPENDED, now=now)
    merchant.schema_name = claim_schema(now=now)
    merchant.save(update_fields=["schema_name"])
    return merchant


def _registered(slug: str, *, manifest: Manifest, now: datetime) -> Merchant:
    said = manifest.store
    known = Merchant.objects.filter(pk=said["merchant_id"]).first()
    merchant = Merchant.objects.create(
        # Follows from what is restored and where, so that a second try after a crash finds the first one's folder
        id=_id_from(manifest.seal, slug),
        slug=check_slug(slug, name=said["name"]),
        name=said["name"],
        city=said["city"],
        currency=said["currency"],
        timezone=said["timezone"],
        schema_name=claim_schema(now=now),
        state=MerchantState.SUSPENDED,
        billed_state=known.billed_state if known else MerchantState.TRIAL,
        limits=known.limits if known else {},
        state_since=now,
        created_at=now,
    )
    for seat in Seat.objects.filter(merchant_id=said["merchant_id"]).select_related("person"):
        give_seat(person=seat.person, merchant_id=merchant.pk, role=Role(seat.role), now=now)
    return merchant


def take_rows(place: Path, *, manifest: Manifest, tell: Tell, left_out: frozenset[str] = LEFT_OUT) -> None:
    """Put an export's rows into the current store, in the caller's transaction, and hash them again.

    ``left_out`` says which tables the caller is ready to go without: a copy never takes what opens a door.
    :raises ExportChanged: the tables or the rows are not what they should be.
    """
    tables = {table.name: table for table in tables_here(without=left_out)}
    if tables.keys() != {part.name for part in manifest.tables}:
        raise ExportChanged(what="tables")
    for number, part in enumerate(manifest.tables):
        tell(part.name, number, len(tables))
        with (place / TABLES / f"{part.name}.jsonl").open("rb") as lines:
            take_lines(tables[part.name], lines)
        digest = hashlib.sha256()
        for line in lines_of(tables[part.name]):
            digest.update(line)
        if digest.hexdigest() != part.sha256:
            raise ExportChanged(what=part.name)


def _id_from(seal: str, slug: str) -> UUID:
    # UUIDv8 (RFC 9562): ours to fill
    digest = bytearray(hashlib.sha256(f"{seal}/{slug}".encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield source
        return
    with TemporaryDirectory(prefix="linli-restore-") as place:
        try:
            with ZipFile(source) as packed:
                packed.extractall(place)
        except (OSError, BadZipFile) as error:
            raise NotAnExport from error
        yield Path(place)
