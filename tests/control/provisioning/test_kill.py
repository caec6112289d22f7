"""Provisioning killed at any statement: nothing half-built is served, nothing is left behind.

The process is real and so is the kill -9; the statement before which it comes is counted in a backend of the test's
own (``mortal``), so that the product knows nothing of it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client

from control.merchants.directory import forget
from control.merchants.models import Domain, Merchant, MerchantState
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import fingerprint_of, orphans
from control.provisioning.services import fill_pool as filling
from control.provisioning.services.drop_schema import drop_schema
from control.provisioning.services.open_store import resume_half_built
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import in_control, in_store
from kit.tenancy.sql import run
from tenants.content.models import StoreProfile
from tests.database import BORN, ROOT, own_database

LATER = BORN + timedelta(days=3)
POOL = 1
POINTS, ALL_POINTS = 9, 50
RECORDED = 8  # a recipe is recorded twice for each, and that grows with every migration


@pytest.fixture
def database(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """A copy of the template with a pool of one, so that every life claims a schema and builds the next."""
    with django_db_blocker.unblock(), own_database(worker=f"kill_{worker_id}") as url:
        forget()
        with in_control():
            for name in PooledSchema.objects.values_list("schema_name", flat=True):
                with transaction.atomic():
                    drop_schema(name=name)
            PooledSchema.objects.all().delete()
        yield url
        forget()
        connection.close()


def test_killed_at_some_statements(database: str, tmp_path: Path) -> None:
    _killed_everywhere(database, tmp_path, points=POINTS)


@pytest.mark.nightly
def test_killed_at_fifty_statements(database: str, tmp_path: Path) -> None:
    _killed_everywhere(database, tmp_path, points=ALL_POINTS)


@pytest.mark.nightly
def test_killed_while_the_recipe_is_recorded(database: str, tmp_path: Path) -> None:
    with _mortal(database, tmp_path) as live, in_control():
        Bundle.objects.all().delete()
        steps = live(at=0, slug="shop-rec")["steps"]
        bundle = Bundle.objects.get()
        # The last steps are the sign-up's, and how many depends on the pool
        for at in _spread(len(steps) * 8 // 10, RECORDED):
            Bundle.objects.all().delete()
            assert live(at=at, slug=f"shop-rec-{at}")["status"] == -9
            _wait_until_alone(database)

            assert live(at=0, slug=f"shop-after-{at}")["status"] == 0

            assert strays() == {}
            assert Bundle.objects.get().fingerprint == bundle.fingerprint


class TestMutants:
    """The same kills with a defence taken away turn the test red."""

    def test_a_domain_given_before_the_seeding_is_served_half_built(
        self, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        merchant = _claimed("shop-early", state=MerchantState.TRIAL)
        with in_control():
            Domain.objects.create(
                domain="shop-early.linli.test", tenant=merchant, is_primary=True, verified_at=BORN, created_at=BORN
            )

        with pytest.raises(AssertionError, match="half-built"):
            _nothing_half_built_is_served("shop-early")

    def test_a_schema_committed_before_its_row_is_found(self, database: str) -> None:
        with in_control():
            name = new_schema_name()
            filling.build_schema(name=name, bundle=current_bundle(now=LATER))

            assert strays() == {"schema": [name]}

    def test_a_row_without_its_schema_is_found(self, database: str) -> None:
        with in_control():
            PooledSchema.objects.create(schema_name="t_bbbbbbbb", bundle_sha="x", built_at=BORN)

            assert strays() == {"pooled": ["t_bbbbbbbb"]}

    def test_a_role_that_no_database_knows_is_found(self, db: None) -> None:
        with in_control(as_owner=True), transaction.atomic():
            run('CREATE ROLE "t_cccccccccccccccc" NOLOGIN')

            assert "t_cccccccccccccccc" in orphans()["role"]
            transaction.set_rollback(True)


def _killed_everywhere(database: str, folder: Path, *, points: int) -> None:
    with _mortal(database, folder) as live:
        filling.fill_pool(target=POOL, now=LATER)
        steps = live(at=0, slug="shop-0")["steps"]
        _is_open("shop-0")
        chosen = _spread(len(steps), points)
        assert len(chosen) == points
        for at in chosen:
            slug = f"farm-{at}"  # "shop-5" looks like the reserved "shops"
            filling.fill_pool(target=POOL, now=LATER)  # every life finds the same pool and so counts alike
            assert live(at=at, slug=slug)["status"] == -9, steps[at - 1]
            _wait_until_alone(database)
            _nothing_half_built_is_served(slug)

            with in_control():
                known = Merchant.objects.filter(slug=slug).exists()
            if known:  # its owner is told to wait; beat does the rest
                resume_half_built(now=LATER)
            else:  # its owner tries again
                assert live(at=0, slug=slug)["status"] == 0

            _is_open(slug)
            with in_control():
                assert strays() == {}, steps[at - 1]
                assert not Merchant.objects.filter(state=MerchantState.BUILDING).exists()


def _spread(steps: int, points: int) -> list[int]:
    """Choose statements: the first, the last, and the rest evenly between."""
    if points >= steps:
        return list(range(1, steps + 1))
    return sorted({1 + round(n * (steps - 1) / (points - 1)) for n in range(points)})


def _nothing_half_built_is_served(slug: str) -> None:
    forget()
    status = Client(headers={"host": f"{slug}.linli.test"}).get("/backoffice/login").status_code
    if status == 404:
        return
    with in_control():
        merchant = Merchant.objects.get(slug=slug)
    with in_store(merchant.ref):
        assert StoreProfile.objects.exists(), "half-built and served"


def _is_open(slug: str) -> None:
    forget()
    assert Client(headers={"host": f"{slug}.linli.test"}).get("/backoffice/login").status_code == 200
    with in_control():
        merchant = Merchant.objects.get(slug=slug)  # exactly one
        assert merchant.state == MerchantState.TRIAL
        assert Domain.objects.filter(tenant=merchant).count() == 1
        assert fingerprint_of(merchant.schema_name) == Bundle.objects.get().fingerprint
    with in_store(merchant.ref):
        assert StoreProfile.objects.get().name == f"店 {slug}"


def strays() -> dict[str, list[str]]:
    """Those of this database; idle roles are the whole cluster's, and other test runs leave some behind."""
    return {kind: names for kind, names in orphans().items() if kind != "role"}


def _claimed(slug: str, *, state: MerchantState) -> Merchant:
    with in_control():
        return Merchant.objects.create(
            slug=slug,
            name=f"店 {slug}",
            schema_name=filling.claim_schema(now=LATER),
            state=state,
            state_since=BORN,
            created_at=BORN,
        )


@contextmanager
def _mortal(database: str, folder: Path) -> Iterator[Any]:
    """Start the process that lives and dies; give what asks it for one life."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.control.provisioning.one_life"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.control.provisioning.mortal_settings",
            "LINLI_DATABASE_URL": database,
            "LINLI_VAR": str(folder),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        },
    )
    assert server.stdin
    assert server.stdout

    def live(*, at: int, slug: str) -> dict[str, Any]:
        asked = {"at": at, "slug": slug, "target": POOL, "phone": f"138{abs(hash(slug)) % 10**8:08d}"}
        print(json.dumps(asked), file=server.stdin, flush=True)
        assert server.stdout
        answer: dict[str, Any] = json.loads(server.stdout.readline())
        return answer

    try:
        yield live
    finally:
        server.stdin.close()
        server.wait()
        server.stdout.close()


def _wait_until_alone(database: str) -> None:
    """Wait until PostgreSQL has noticed that the killed process is gone, and has rolled back what it was at."""
    connection.close()
    give_up = time.monotonic() + 30
    with psycopg.connect(database, autocommit=True) as watch:
        while watch.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone():
            assert time.monotonic() < give_up
            time.sleep(0.02)
