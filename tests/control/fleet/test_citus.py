"""With LINLI_CITUS the pool distributes what it builds, and the fleet sends what Citus propagates.

Against a stand-in (tests/citus.py): Citus itself was not run here.
"""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from control.fleet.models import MigrationState
from control.fleet.services.migrate_fleet import migrate_fleet as migrate
from control.provisioning.models import PooledSchema
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.fill_pool import claim_schema, fill_pool
from kit.tenancy import citus, in_control
from kit.tenancy.sql import run
from tests.citus import pretend_citus, seen
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released
from tests.control.provisioning.test_kill import strays
from tests.database import BORN

LATER = BORN + timedelta(days=30)
migrate_fleet = partial(migrate, now=LATER, workers=2)
DISTRIBUTED = "SELECT schema FROM fake_citus.asked WHERE what = 'distribute' ORDER BY id"
CONCURRENTLY = """
        __import__("kit.tenancy.operations", fromlist=["x"]).AddIndexConcurrently(
            "member", models.Index(fields=["joined_at"], name="member_by_created")),
"""


@pytest.fixture
def cell(fleet: str, settings: Any) -> str:
    """The fleet's database, answering as a coordinator."""
    pretend_citus(fleet)
    settings.LINLI_CITUS = True
    return fleet


class TestPool:
    def test_builds_an_ordinary_schema_then_distributes_it_then_lists_it(self, cell: str, schemas: list[str]) -> None:
        with in_control():
            ready = PooledSchema.objects.count()
        with CaptureQueriesContext(connection) as sent:
            fill_pool(target=ready + 1, now=LATER)

        order = [
            next(place for place, query in enumerate(sent) if words in query["sql"])
            for words in (
                "SET LOCAL citus.enable_schema_based_sharding TO off",
                "CREATE SCHEMA",
                "CREATE TABLE",
                "citus_schema_distribute",
                'INSERT INTO "provisioning_pooledschema"',
            )
        ]
        assert order == sorted(order)
        with in_control():
            newest = PooledSchema.objects.latest("id").schema_name
        assert seen(cell, DISTRIBUTED)[-1] == (newest,)

    def test_a_claim_distributes_nothing(self, cell: str, schemas: list[str]) -> None:
        before = seen(cell, DISTRIBUTED)
        with in_control(), transaction.atomic():
            claim_schema(now=LATER)

        assert seen(cell, DISTRIBUTED) == before

    def test_a_dry_pool_builds_and_distributes_at_once(self, cell: str, schemas: list[str]) -> None:
        with in_control():
            PooledSchema.objects.all().delete()
            with transaction.atomic():
                claimed = claim_schema(now=LATER)

        assert seen(cell, DISTRIBUTED)[-1] == (claimed,)

    def test_a_schema_that_cannot_be_distributed_is_not_kept(self, cell: str, schemas: list[str]) -> None:
        with in_control():
            ready = PooledSchema.objects.count()
        seen(cell, "DROP FUNCTION pg_catalog.citus_schema_distribute(regnamespace)")
        with pytest.raises(DatabaseError):
            fill_pool(target=ready + 1, now=LATER)

        with in_control():
            assert PooledSchema.objects.count() == ready
            assert strays() == {}


class TestFleet:
    def test_sends_one_command_at_a_time(self, cell: str, schemas: list[str], tmp_path: Path) -> None:
        with released(tmp_path, ADD_BIRTHDAY):
            assert migrate_fleet().is_whole

        queries = seen(cell, "SELECT schema, query FROM fake_citus.ddl ORDER BY id")
        assert {schema for schema, _query in queries} == set(schemas)
        assert len(queries) == 2 * SCHEMAS  # ADD COLUMN, CREATE INDEX
        assert all(";" not in query.rstrip(";") for _schema, query in queries)
        assert set(seen(cell, "SELECT DISTINCT split_part(query, ' ', 1) FROM fake_citus.ddl")) == {
            ("ALTER",),
            ("CREATE",),
        }
        # neither the recipe nor the rehearsal is distributed
        assert {schema for (schema,) in seen(cell, DISTRIBUTED)} == set(schemas)

    def test_in_one_string_as_without_citus_it_would_be_refused(
        self, cell: str, schemas: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(citus, "send_each", _in_one_string)
        with released(tmp_path, ADD_BIRTHDAY):
            report = migrate_fleet()

        assert report.stopped == "failures"
        assert any("multiple utility events" in outcome.error for outcome in report.outcomes.values())

    def test_an_index_is_built_concurrently_outside_a_transaction(
        self, cell: str, schemas: list[str], tmp_path: Path
    ) -> None:
        labels = 'atomic = False\n    slow_because = "a big table goes on being written"'
        with released(tmp_path, CONCURRENTLY, labels=labels):
            report = migrate_fleet()

            assert report.is_whole
            assert report.count(MigrationState.DONE) == SCHEMAS
            with in_control():
                assert len({fingerprint_of(name) for name in [*schemas, "t_template"]}) == 1
        queries = [query for (query,) in seen(cell, "SELECT query FROM fake_citus.ddl ORDER BY id")]
        assert len(queries) == SCHEMAS
        assert all(query.startswith("CREATE INDEX CONCURRENTLY") for query in queries)

    def test_an_index_cut_short_is_built_again(self, fleet: str, schemas: list[str], tmp_path: Path) -> None:
        with in_control(as_owner=True):
            run(f'CREATE INDEX member_by_created ON "{schemas[0]}".members_member (joined_at)')
        seen(
            fleet,
            f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{schemas[0]}.member_by_created'::regclass",
        )
        with released(tmp_path, CONCURRENTLY, labels='atomic = False\n    slow_because = "big"'):
            assert migrate_fleet().is_whole

        with in_control():
            (found,) = run(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [f"{schemas[0]}.member_by_created"]
            )
        assert found["indisvalid"]


def _in_one_string(cursor: Any, statements: Any) -> None:
    cursor.execute(";\n".join(statements))


def test_without_the_setting_nothing_of_it_is_sent(fleet: str, schemas: list[str]) -> None:
    with CaptureQueriesContext(connection) as sent:
        fill_pool(target=SCHEMAS, now=LATER)

    assert not any("citus" in query["sql"] for query in sent)
    assert citus.is_on() is False
