"""All stores come to a release from one plan, each whole or not at all, whatever happens to some of them."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from control.audit.models import AuditEntry
from control.fleet.models import MigrationState, StoreMigration
from control.fleet.services.migrate_fleet import FleetBusy, Report
from control.fleet.services.migrate_fleet import migrate_fleet as migrate
from control.fleet.services.migrate_store import TRIES, Limits
from control.fleet.services.plan_fleet import PlanBroken, plan_fleet
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import applied_in, fingerprint_of
from control.provisioning.services.fill_pool import claim_schema
from control.provisioning.services.record_bundle import current_bundle
from kit.tenancy import StoreRef, in_control, in_store
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released
from tests.database import BORN
from tests.factories.members import a_member
from tests.stores import store_ref

LATER = BORN + timedelta(days=30)
HASTY = Limits(lock_ms=30, statement_ms=20_000)
migrate_fleet = partial(migrate, now=LATER, workers=3, limits=HASTY)
NOTE = """migrations.AddField("member", "note", models.CharField(max_length=20, default="", db_default="")),"""
BROKEN_IF_THERE_ARE_MEMBERS = """
        migrations.RunSQL('ALTER TABLE members_member ADD CONSTRAINT no_members CHECK (phone IS NULL)', ''),
"""


def states() -> dict[str, str]:
    with in_control():
        return dict(StoreMigration.objects.values_list("schema_name", "state"))


def fingerprints(schemas: list[str]) -> set[str]:
    with in_control():
        return {fingerprint_of(schema) for schema in schemas}


def has_birthday(schema: str) -> bool:
    with in_control(as_owner=True), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = %s AND column_name = 'birthday'",
            [schema],
        )
        return bool(cursor.fetchone()[0])


def acts() -> list[tuple[str, dict[str, object]]]:
    """What the audit says of the fleet."""
    with in_control():
        return list(
            AuditEntry.objects.filter(what__startswith="fleet.").order_by("at", "id").values_list("what", "detail")
        )


def done(report: Report) -> int:
    return report.count(MigrationState.DONE)


class TestMigrating:
    def test_gives_the_catalog_that_djangos_own_migrate_gives(self, schemas: list[str], tmp_path: Path) -> None:
        by_django, rest = schemas[0], schemas[1:]
        with released(tmp_path, ADD_BIRTHDAY, NOTE):
            with in_store(StoreRef(merchant_id=None, schema=by_django), as_owner=True):  # type: ignore[arg-type]
                call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
            report = migrate_fleet()

            assert (done(report), report.already_done, report.is_whole) == (SCHEMAS - 1, 1, True)
            assert len(fingerprints([by_django, *rest, "t_template"])) == 1
            with in_control():
                assert len({applied_in(schema) for schema in schemas}) == 1
        assert set(states().values()) == {MigrationState.DONE}
        assert all(has_birthday(schema) for schema in schemas)

    def test_keeps_the_rows_that_are_there(self, schemas: list[str], tmp_path: Path) -> None:
        acme = store_ref("acme")
        with in_store(acme):
            a_member(phone="+8613900000001")
        with released(tmp_path, ADD_BIRTHDAY, NOTE):
            migrate_fleet()

        with in_store(acme), connection.cursor() as cursor:
            cursor.execute("SELECT phone, birthday, note FROM members_member")
            assert cursor.fetchall() == [("+8613900000001", None, "")]

    def test_the_pool_follows_and_is_claimed_at_the_new_release(self, schemas: list[str], tmp_path: Path) -> None:
        with in_control():
            pooled = set(PooledSchema.objects.values_list("schema_name", flat=True))
        with released(tmp_path, ADD_BIRTHDAY):
            migrate_fleet()
            with in_control():
                bundle = current_bundle(now=LATER)
                assert set(PooledSchema.objects.values_list("bundle_sha", flat=True)) == {bundle.sha}
                with transaction.atomic():
                    claimed = claim_schema(now=LATER)

        assert claimed in pooled
        assert has_birthday(claimed)

    def test_two_releases_behind_is_caught_up_with(self, schemas: list[str], tmp_path: Path) -> None:
        with released(tmp_path, ADD_BIRTHDAY):
            with in_control():
                current_bundle(now=BORN + timedelta(days=1))
            with in_control():  # half of the fleet was away
                PooledSchema.objects.all().delete()
            assert done(migrate_fleet()) == SCHEMAS // 2
        with in_control():
            first = Bundle.objects.order_by("built_at").first()
            assert first is not None
            for schema in schemas[SCHEMAS // 2 :]:
                PooledSchema.objects.create(schema_name=schema, bundle_sha=first.sha, built_at=BORN)

        with released(tmp_path, ADD_BIRTHDAY, NOTE):
            plan = plan_fleet(now=LATER)
            report = migrate_fleet()

        assert sorted(len(route.steps) for route in plan.routes.values()) == [1, 2]
        assert done(report) == SCHEMAS
        assert len(fingerprints(schemas)) == 1

    def test_nothing_to_do_is_one_query_a_batch(
        self, schemas: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("control.fleet.selectors.BATCH", 5)
        migrate_fleet()  # writes that all are done
        with in_control(), CaptureQueriesContext(connection) as sent:
            report = migrate_fleet()

        looks = [query["sql"] for query in sent if "django_migrations WHERE" in query["sql"]]
        assert (report.already_done, done(report)) == (SCHEMAS, 0)
        assert len(looks) == 3  # five, five and two
        assert (
            len([query for query in sent if "search_path" not in query["sql"]]) == 3 + 4
        )  # and lock, bundle, list, unlock

    def test_python_in_a_migration_goes_the_slow_path(self, schemas: list[str], tmp_path: Path) -> None:
        python = "migrations.RunPython(lambda apps, editor: apps.get_model('members', 'Member').objects.count()),"
        with released(tmp_path, python, ADD_BIRTHDAY):
            routes = plan_fleet(now=LATER).routes.values()
            assert [route.slow_because for route in routes] == ["members.0002_next runs Python"]
            report = migrate_fleet()

        assert done(report) == SCHEMAS
        assert len(fingerprints([*schemas, "t_template"])) == 1

    def test_a_slow_path_left_half_way_is_taken_up_again(self, schemas: list[str], tmp_path: Path) -> None:
        python = "migrations.RunPython(lambda apps, editor: None),"
        with released(tmp_path, python, ADD_BIRTHDAY):
            with in_store(StoreRef(merchant_id=None, schema=schemas[3]), as_owner=True):  # type: ignore[arg-type]
                call_command("migrate", "members", "0002", verbosity=0, skip_checks=True)
            report = migrate_fleet()

        assert (done(report), report.drifted) == (SCHEMAS, [])

    def test_migrations_that_give_something_else_than_a_new_store_has_are_refused(
        self, schemas: list[str], tmp_path: Path
    ) -> None:
        # A store's past cannot be rewritten: the first migration was changed after stores were built from it.
        with released(tmp_path, ADD_BIRTHDAY) as name:
            first = tmp_path / name / "0001_initial.py"
            first.write_text(first.read_text().replace("max_length=30", "max_length=40"))
            with pytest.raises(PlanBroken):
                migrate_fleet()

        assert not any(has_birthday(schema) for schema in schemas)


class TestTrouble:
    def test_a_store_that_is_held_is_set_aside_and_the_others_finish(
        self, fleet: str, schemas: list[str], tmp_path: Path
    ) -> None:
        held = schemas[2]
        with released(tmp_path, ADD_BIRTHDAY):
            with psycopg.connect(fleet) as other:
                other.execute(f'LOCK TABLE "{held}".members_member IN ACCESS SHARE MODE')
                report = migrate_fleet()

            outcome = report.outcomes[held]
            assert (outcome.state, outcome.attempt) == (MigrationState.LOCKED, TRIES)
            assert "LockNotAvailable" in outcome.error
            assert done(report) == SCHEMAS - 1
            assert states()[held] == MigrationState.LOCKED
            assert not has_birthday(held)

            again = migrate_fleet()
        assert list(again.outcomes) == [held]
        assert again.is_whole

    def test_a_drifted_store_is_reported_and_left_alone(self, schemas: list[str], tmp_path: Path) -> None:
        with in_store(StoreRef(merchant_id=None, schema=schemas[4])), connection.cursor() as cursor:  # type: ignore[arg-type]
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '0099_by_hand', now())"
            )
        with released(tmp_path, ADD_BIRTHDAY):
            report = migrate_fleet()

        assert [target.schema for target, _why in report.drifted] == [schemas[4]]
        assert (done(report), report.is_whole) == (SCHEMAS - 1, False)
        assert states()[schemas[4]] == MigrationState.DRIFTED
        assert not has_birthday(schemas[4])

    def test_a_canary_whose_catalog_was_changed_is_set_aside_untouched(
        self, schemas: list[str], tmp_path: Path
    ) -> None:
        acme = store_ref("acme").schema
        with in_control(as_owner=True), connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{acme}".members_member ADD COLUMN planted int')
        with released(tmp_path, ADD_BIRTHDAY):
            report = migrate_fleet(canaries=["acme"])

        assert report.outcomes[store_ref("acme").schema].state == MigrationState.DRIFTED
        assert not has_birthday(store_ref("acme").schema)
        assert done(report) == SCHEMAS - 1

    def test_a_canary_that_fails_stops_the_run(self, schemas: list[str], tmp_path: Path) -> None:
        with in_store(store_ref("acme")):
            a_member(phone="+8613900000001")
        with released(tmp_path, BROKEN_IF_THERE_ARE_MEMBERS):
            report = migrate_fleet(canaries=["acme"])

            assert report.stopped
            assert acts() == [
                ("fleet.begun", {"release": report.release[:12], "ready": SCHEMAS}),
                ("fleet.migrated", acts()[1][1] | {"stopped": "failures", "done": 0, "failed": 1}),
            ]
            assert report.outcomes[store_ref("acme").schema].state == MigrationState.FAILED
            assert "CheckViolation" in report.outcomes[store_ref("acme").schema].error
            assert len(report.untried) == SCHEMAS - 1
            assert set(states().values()) == {MigrationState.FAILED}

    def test_python_that_raises_fails_its_store_and_keeps_nothing(self, schemas: list[str], tmp_path: Path) -> None:
        divides = "1 // (apps.get_model('members', 'Member').objects.count() == 0)"
        with in_store(store_ref("acme")):
            a_member(phone="+8613900000001")
        with released(tmp_path, ADD_BIRTHDAY + f"migrations.RunPython(lambda apps, editor: {divides}),"):
            report = migrate_fleet(canaries=["acme"])

        outcome = report.outcomes[store_ref("acme").schema]
        assert (outcome.state, outcome.attempt, report.stopped) == (MigrationState.FAILED, 1, "failures")
        assert "ZeroDivisionError" in outcome.error
        assert not any(has_birthday(schema) for schema in schemas)

    def test_a_failure_in_a_big_fleet_is_borne_until_it_is_more_than_one_in_two_hundred(
        self, schemas: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("control.fleet.services.migrate_fleet.TOLERATED", 0.5)  # of the two canaries: one
        with in_store(store_ref("acme")):
            a_member(phone="+8613900000001")
        with released(tmp_path, BROKEN_IF_THERE_ARE_MEMBERS):
            report = migrate_fleet(canaries=["acme", "rival"])

        assert not report.stopped
        assert done(report) == SCHEMAS - 1

    def test_only_one_migrator_at_a_time(self, fleet: str, schemas: list[str]) -> None:
        with psycopg.connect(fleet) as other:
            other.execute("SELECT pg_advisory_lock(hashtextextended('linli fleet', 0))")
            with pytest.raises(FleetBusy):
                migrate_fleet()

    def test_a_store_that_is_gone_fails_alone(self, schemas: list[str], tmp_path: Path) -> None:
        with in_control(as_owner=True), connection.cursor() as cursor:
            cursor.execute(f'DROP SCHEMA "{schemas[1]}" CASCADE')
        with released(tmp_path, ADD_BIRTHDAY):
            report = migrate_fleet()

        assert [(target.schema, why) for target, why in report.drifted] == [
            (schemas[1], "it has no table of migrations")
        ]
        assert done(report) == SCHEMAS - 1
