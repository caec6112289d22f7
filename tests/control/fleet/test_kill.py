"""A migrator that is killed leaves each store whole or untouched, and the next run does exactly the remainder."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import psycopg

from control.fleet.models import MigrationState
from control.fleet.services.migrate_fleet import migrate_fleet
from control.provisioning.selectors import fingerprint_of
from kit.tenancy import in_control
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released
from tests.database import BORN, ROOT

LATER = BORN + timedelta(days=30)
LINGERING = """
        migrations.RunSQL("DO $$ BEGIN PERFORM pg_sleep(0.25); END $$", ""),
"""


def test_kill_9_half_way_and_the_next_run_does_the_remainder(fleet: str, schemas: list[str], tmp_path: Path) -> None:
    with released(tmp_path, ADD_BIRTHDAY + LINGERING) as package, psycopg.connect(fleet, autocommit=True) as watch:
        migrator = subprocess.Popen(
            [sys.executable, "-m", "config", "fleet", "migrate", "--workers", "2", "--p95-ms", "600000"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.control.fleet.next_release",
                "LINLI_TEST_MEMBERS": package,
                "LINLI_DATABASE_URL": fleet,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform"), str(tmp_path)]),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until(lambda: _done(watch) >= 4, migrator)
        finally:
            migrator.send_signal(signal.SIGKILL)
            migrator.wait()
        # What PostgreSQL was told before, it finishes; whether it still commits, each store's own row says.
        _wait_until(lambda: _others(watch) == 0, None)
        done = _done(watch)
        assert 4 <= done < SCHEMAS
        assert len(_with_birthday(watch, schemas)) == done

        report = migrate_fleet(now=LATER, workers=3)

        assert report.count(MigrationState.DONE) == SCHEMAS - done
        assert report.already_done == done
        assert report.is_whole
        with in_control():
            assert len({fingerprint_of(schema) for schema in schemas}) == 1


def _done(watch: psycopg.Connection) -> int:
    row = watch.execute("SELECT count(*) FROM fleet_storemigration WHERE state = 'done'").fetchone()
    assert row
    return int(row[0])


def _others(watch: psycopg.Connection) -> int:
    row = watch.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' AND application_name = 'linli' AND state <> 'idle'"
    ).fetchone()
    assert row
    return int(row[0])


def _with_birthday(watch: psycopg.Connection, schemas: list[str]) -> set[str]:
    rows = watch.execute(
        "SELECT table_schema FROM information_schema.columns WHERE column_name = 'birthday' AND table_schema = ANY(%s)",
        [schemas],
    )
    return {row[0] for row in rows}


def _wait_until(so: object, migrator: subprocess.Popen[bytes] | None) -> None:
    give_up = time.monotonic() + 90
    while not so():  # type: ignore[operator]
        assert migrator is None or migrator.poll() is None, "the migrator ended by itself"
        assert time.monotonic() < give_up
        time.sleep(0.05)
