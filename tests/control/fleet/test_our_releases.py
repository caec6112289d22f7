"""The releases so far: a store of the first one comes to today's by replaying, and by nothing slower."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from control.fleet.services.migrate_fleet import migrate_fleet
from control.fleet.services.plan_fleet import plan_fleet
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import applied_in, fingerprint_of
from control.provisioning.services.fill_pool import build_schema
from control.provisioning.services.migrate_recorded import Step, migrate_recorded
from control.provisioning.services.record_bundle import TEMPLATE
from kit.ids import new_schema_name
from kit.tenancy import StoreRef, in_control
from tests.control.fleet.conftest import SCHEMAS
from tests.database import BORN

LATER = BORN + timedelta(days=30)


def steps_of_today() -> list[Step]:
    """All statements of today's store, migration by migration."""
    name = new_schema_name()
    with in_control(), transaction.atomic():
        with in_control(as_owner=True), connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA "{name}"')
        steps = migrate_recorded(ref=StoreRef(merchant_id=TEMPLATE.merchant_id, schema=name, slug="today"))
        transaction.set_rollback(True)
    return steps


def the_first_release() -> Bundle:
    """A store of first migrations alone, without the rooms that came later and need more."""
    steps = steps_of_today()
    with in_control():
        graph = MigrationExecutor(connection).loader.graph

    def was_there(migration: str) -> bool:
        app, _, name = migration.partition(".")
        return not migration or all(one.startswith("0001_") for _app, one in graph.forwards_plan((app, name)))

    kept = [text for step in steps if was_there(step.migration) for text in step.statements]
    name = new_schema_name()
    with in_control(as_owner=True), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA "{name}"; SET LOCAL search_path TO "{name}"')
            cursor.execute(";\n".join(kept))
            cursor.execute("SET LOCAL search_path TO public")
        facts = {"fingerprint": fingerprint_of(name), "applied": applied_in(name)}
        transaction.set_rollback(True)
    with in_control():
        return Bundle.objects.create(sha="1" * 64, sql=";\n".join(kept) + ";", built_at=BORN, **facts)


@pytest.fixture
def old(schemas: list[str]) -> list[str]:
    """Three schemas as the first release built them, beside those of today."""
    bundle, names = the_first_release(), [new_schema_name() for _ in range(3)]
    with in_control(), transaction.atomic():
        for name in names:
            build_schema(name=name, bundle=bundle)
            PooledSchema.objects.create(schema_name=name, bundle_sha=bundle.sha, built_at=BORN)
    return names


class TestTheFirstRelease:
    def test_comes_to_todays_by_statements_kept_once(self, old: list[str], schemas: list[str]) -> None:
        (route,) = plan_fleet(now=LATER).routes.values()

        assert route.slow_because == ""
        assert any("VALIDATE CONSTRAINT" in text for text in route.statements)
        report = migrate_fleet(now=LATER, workers=2)
        assert (len(report.outcomes), report.already_done, report.is_whole) == (len(old), SCHEMAS, True)
        with in_control():
            assert len({fingerprint_of(schema) for schema in [*old, schemas[0], TEMPLATE.schema]}) == 1
