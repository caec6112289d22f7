"""A store can leave and come back: the same rows, the same files, and nothing from a changed export."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from control.audit.models import AuditEntry
from control.lifecycle.manifest import ExportChanged, Manifest, NotAnExport, StrangeExport, signature_of
from control.lifecycle.models import ExportKind
from control.lifecycle.services import restore_store as restoring
from control.lifecycle.services.archive_store import StillClosing, archive_store
from control.lifecycle.services.export_store import NothingToExport, PlaceTaken, export_store, folder_of, keep_export
from control.lifecycle.services.pack_export import pack_export
from control.lifecycle.services.restore_store import (
    NotThisStore,
    OtherVersion,
    StoreStandsThere,
    restore_store,
)
from control.lifecycle.services.resume_store import resume_store
from control.lifecycle.services.suspend_store import suspend_store
from control.lifecycle.tables import LEFT_OUT
from control.merchants.models import Domain, Merchant, MerchantState
from control.merchants.services import MoveRefused
from control.merchants.slugs import SlugRefused
from control.people.models import Seat
from control.provisioning.models import PooledSchema
from kit.ports.storage import files_here, read_file
from kit.tenancy import StoreRef, in_control, in_store
from tenants.catalog.models import ProductPicture
from tenants.journal.models import JournalEntry
from tests.control.lifecycle.conftest import ASKS, LATER, NOW
from tests.control.lifecycle.looking import checksums
from tests.isolation.planting import ONE_ID, store_models


@pytest.fixture
def exported(acme: StoreRef, tmp_path: Path) -> Path:
    export_store(merchant_id=acme.merchant_id, target=tmp_path / "out", now=NOW)
    return tmp_path / "out"


def restored(source: Path, slug: str = "acme-copy", *, as_new: bool = True, **more: Any) -> Merchant:
    return restore_store(source=source, slug=slug, now=LATER, as_new=as_new, by=ASKS, **more)


class TestExport:
    def test_holds_every_table_and_file_with_counts_and_hashes(self, acme: StoreRef, exported: Path) -> None:
        manifest = Manifest.read(exported)

        expected = {model._meta.db_table for model in store_models()} - LEFT_OUT
        assert {table.name for table in manifest.tables} == expected
        assert all(table.count >= 1 for table in manifest.tables)
        assert manifest.files.count == 2
        assert manifest.store["slug"] == "acme"

    def test_describes_the_tables(self, exported: Path) -> None:
        described = {table["name"]: table for table in json.loads((exported / "schema.json").read_text())["tables"]}

        columns = {column["name"]: column for column in described["orders_order"]["columns"]}
        assert columns["total_minor"] == {"name": "total_minor", "type": "bigint", "nullable": False}
        assert described["orders_order"]["key"] == ["id"]

    def test_carries_no_session_no_code_and_no_merchants_id(self, acme: StoreRef, exported: Path) -> None:
        names = {path.stem for path in (exported / "tables").iterdir()}

        assert not names & LEFT_OUT
        assert all(str(acme.merchant_id) not in path.read_text() for path in (exported / "tables").iterdir())

    def test_is_of_one_moment(self, acme: StoreRef, tmp_path: Path, database: str) -> None:
        """A row written by somebody else while the export runs is not in it, not even in a later table."""

        def write(what: str, _done: int, _of: int) -> None:
            if what == "catalog_category":  # the first tables are out, journal's is not
                with psycopg.connect(database) as other:
                    other.execute(
                        f'INSERT INTO "{acme.schema}".journal_journalentry SELECT (jsonb_populate_record(j, '
                        """'{"id": "01900000-0000-7000-8000-0000000000ff"}')).* """
                        f'FROM "{acme.schema}".journal_journalentry j'
                    )

        before = export_store(merchant_id=acme.merchant_id, target=tmp_path / "a", now=NOW)
        during = export_store(merchant_id=acme.merchant_id, target=tmp_path / "b", now=NOW, tell=write)
        with in_store(acme):
            assert JournalEntry.objects.count() == before_count(before) * 2
        assert during.tables == before.tables

    def test_repeated_gives_the_same_and_goes_on_after_a_cut(self, acme: StoreRef, exported: Path) -> None:
        first = Manifest.read(exported)
        marked = {path: path.stat().st_mtime_ns for path in (exported / "files").rglob("*.webp")}

        def cut(what: str, _done: int, _of: int) -> None:
            if what == "orders_order":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            export_store(merchant_id=acme.merchant_id, target=exported, now=LATER, tell=cut)
        with pytest.raises(NotAnExport):
            Manifest.read(exported)

        again = export_store(merchant_id=acme.merchant_id, target=exported, now=LATER)

        assert (again.tables, again.files) == (first.tables, first.files)
        assert {path: path.stat().st_mtime_ns for path in (exported / "files").rglob("*.webp")} == marked

    def test_does_not_write_over_anything_else(self, acme: StoreRef, rival: StoreRef, exported: Path) -> None:
        with pytest.raises(PlaceTaken):
            export_store(merchant_id=rival.merchant_id, target=exported, now=NOW)
        (exported.parent / "letters").mkdir()
        (exported.parent / "letters" / "mine.txt").write_text("mine")
        with pytest.raises(PlaceTaken):
            export_store(merchant_id=acme.merchant_id, target=exported.parent / "letters", now=NOW)


def before_count(manifest: Manifest) -> int:
    return next(table.count for table in manifest.tables if table.name == "journal_journalentry")


class TestRestoreAsNew:
    def test_gives_every_row_and_file_under_the_same_ids(
        self, acme: StoreRef, rival: StoreRef, exported: Path, tmp_path: Path, database: str
    ) -> None:
        rivals = checksums(database, rival.schema)

        copy = restored(exported).ref

        assert copy.merchant_id != acme.merchant_id
        twin = export_of(copy, tmp_path / "twin")
        assert twin.tables == Manifest.read(exported).tables
        assert twin.files == Manifest.read(exported).files
        before, after = checksums(database, acme.schema), checksums(database, copy.schema)
        keyed = {"catalog_productpicture", *LEFT_OUT}  # the picture's key names the folder of its merchant
        assert {name: row for name, row in before.items() if name not in keyed} == {
            name: row for name, row in after.items() if name not in keyed
        }
        assert checksums(database, rival.schema) == rivals

    def test_keys_the_files_to_the_new_merchant(self, acme: StoreRef, exported: Path) -> None:
        copy = restored(exported).ref

        with in_store(copy):
            key = ProductPicture.objects.get(pk=ONE_ID).file_key
            assert key.startswith(f"t/{copy.merchant_id}/")
            assert read_file(key) == b"MARKA picture" * 1000
        with in_store(acme):
            assert ProductPicture.objects.get(pk=ONE_ID).file_key.startswith(f"t/{acme.merchant_id}/")

    def test_stands_suspended_with_its_staff_until_resumed(self, acme: StoreRef, exported: Path) -> None:
        copy = restored(exported)
        at_copy = Client(headers={"host": "acme-copy.linli.test"})

        assert at_copy.get("/api/v1/store").status_code == 503
        with in_control():
            assert Seat.objects.filter(merchant_id=copy.pk).count() == 1
        resume_store(merchant_id=copy.pk, by=ASKS, reason="looked at", now=LATER)
        assert at_copy.get("/api/v1/store").json()["slug"] == "acme-copy"

    def test_a_zip_does_as_well(self, acme: StoreRef, tmp_path: Path) -> None:
        row = keep_export(merchant_id=acme.merchant_id, kind=ExportKind.ASKED, by=ASKS, now=NOW)

        copy = restored(pack_export(export=row)).ref

        assert export_of(copy, tmp_path / "twin").tables == Manifest.read(folder_of(row)).tables

    def test_an_address_in_use_is_refused(self, acme: StoreRef, rival: StoreRef, exported: Path) -> None:
        for slug in ("acme", "rival", "www"):
            with pytest.raises(SlugRefused):
                restored(exported, slug)
        for slug in ("acme", "rival"):
            with pytest.raises(StoreStandsThere):
                restored(exported, slug, as_new=False)


def export_of(ref: StoreRef, target: Path) -> Manifest:
    return export_store(merchant_id=ref.merchant_id, target=target, now=LATER)


def change_row(place: Path) -> None:
    path = place / "tables" / "orders_order.jsonl"
    path.write_text(path.read_text().replace("1290", "1"))


def drop_table(place: Path) -> None:
    (place / "tables" / "orders_order.jsonl").unlink()


def change_picture(place: Path) -> None:
    next((place / "files").rglob("*.webp")).write_bytes(b"other")


def change_list(place: Path) -> None:
    path = place / "files.jsonl"
    path.write_text(path.read_text().replace("goods/", "../../goods/"))


def change_schema(place: Path) -> None:
    (place / "schema.json").write_text("{}")


def change_manifest(place: Path) -> None:
    said = json.loads((place / "manifest.json").read_text())
    said["store"]["slug"] = "rival"
    (place / "manifest.json").write_text(json.dumps(said))


class TestTampered:
    @pytest.mark.parametrize(
        "tamper", [change_row, drop_table, change_picture, change_list, change_schema, change_manifest]
    )
    def test_is_refused_and_leaves_nothing(
        self, acme: StoreRef, exported: Path, tamper: Callable[[Path], None]
    ) -> None:
        tamper(exported)
        before = counted()

        with pytest.raises(ExportChanged):
            restored(exported)

        assert counted() == before

    def test_without_a_manifest_is_no_export(self, acme: StoreRef, exported: Path) -> None:
        (exported / "manifest.json").unlink()

        with pytest.raises(NotAnExport):
            restored(exported)

    def test_sealed_again_by_a_stranger_is_refused_unless_asked_for(self, acme: StoreRef, exported: Path) -> None:
        sign_with(exported, lambda seal: "0" * 64)

        with pytest.raises(StrangeExport):
            restored(exported)
        assert restored(exported, from_elsewhere=True).slug == "acme-copy"

    def test_of_another_version_is_refused(self, acme: StoreRef, exported: Path) -> None:
        sign_with(exported, signature_of, bundle_sha="f" * 64)

        with pytest.raises(OtherVersion):
            restored(exported)

    def test_of_a_schema_that_is_not_todays_is_refused(self, acme: StoreRef, database: str, tmp_path: Path) -> None:
        with psycopg.connect(database) as direct:
            direct.execute(f'ALTER TABLE "{acme.schema}".catalog_category ADD COLUMN of_last_year int')
        export_of(acme, tmp_path / "old")

        with pytest.raises(OtherVersion):
            restored(tmp_path / "old")

    def test_a_failure_in_the_middle_leaves_no_row_and_no_file(
        self, acme: StoreRef, exported: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = counted()
        calls = []

        def fail(*args: Any) -> None:
            calls.append(args)
            if len(calls) == 2:
                raise OSError("disk full")
            real(*args)

        real = restoring.bring_here  # type: ignore[attr-defined]
        monkeypatch.setattr(restoring, "bring_here", fail)
        with pytest.raises(OSError, match="disk full"):
            restored(exported)

        assert counted() == before
        monkeypatch.undo()
        assert restored(exported).state == MerchantState.SUSPENDED


def counted() -> tuple[int, int, int, int]:
    files = sum(1 for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
    with in_control():
        return Merchant.objects.count(), Domain.objects.count(), PooledSchema.objects.count(), files


def sign_with(place: Path, sign: Callable[[str], str], **changed: Any) -> None:
    manifest = replace(Manifest.read(place), **changed)
    manifest.write(place)
    said = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(said | {"signature": sign(manifest.seal)}))


class TestArchive:
    def test_comes_back_under_its_own_name(self, closed_acme: StoreRef, tmp_path: Path, database: str) -> None:
        before = export_of(closed_acme, tmp_path / "before")

        row = archive_store(merchant_id=closed_acme.merchant_id, by=ASKS, reason="quiet", now=LATER)

        assert checksums(database, closed_acme.schema) == {}
        with in_store(closed_acme):
            assert list(files_here()) == []
        assert Client(headers={"host": "acme.linli.test"}).get("/api/v1/store").status_code == 404
        with pytest.raises(NothingToExport):
            export_of(closed_acme, tmp_path / "nothing")

        back = restored(folder_of(row), "acme", as_new=False)

        assert (back.pk, back.state) == (closed_acme.merchant_id, MerchantState.SUSPENDED)
        assert back.schema_name != closed_acme.schema
        assert export_of(back.ref, tmp_path / "after").tables == before.tables
        with in_control():
            acts = set(AuditEntry.objects.filter(merchant_id=back.pk).values_list("what", flat=True))
        assert {"merchant.state", "store.exported", "store.restored"} <= acts

    def test_takes_only_a_store_that_has_been_closed_for_a_while(self, acme: StoreRef) -> None:
        with pytest.raises(MoveRefused):
            archive_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=NOW)
        suspend_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=NOW)
        with pytest.raises(StillClosing):
            archive_store(merchant_id=acme.merchant_id, by=ASKS, reason="", now=NOW)

    def test_is_safe_to_repeat(self, closed_acme: StoreRef) -> None:
        first = archive_store(merchant_id=closed_acme.merchant_id, by=ASKS, reason="", now=LATER)

        assert archive_store(merchant_id=closed_acme.merchant_id, by=ASKS, reason="", now=LATER) == first

    def test_is_not_overwritten_by_another_stores_export(
        self, closed_acme: StoreRef, rival: StoreRef, tmp_path: Path
    ) -> None:
        export_of(rival, tmp_path / "rival")
        archive_store(merchant_id=closed_acme.merchant_id, by=ASKS, reason="", now=LATER)

        with pytest.raises(NotThisStore):
            restored(tmp_path / "rival", "acme", as_new=False)
