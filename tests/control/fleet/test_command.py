"""linli fleet speaks to people and to machines, and its exit code to both."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from control.fleet.models import MigrationState, StoreMigration
from control.fleet.survey import standing
from control.people.services import register_person
from control.provisioning.services.record_bundle import current_bundle
from kit.tenancy import in_control
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released
from tests.database import BORN

_WORD = "邻里-运营-2026"


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("fleet", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def at_console() -> Client:
    """A browser of an operator."""
    client = Client(headers={"host": "linli.test"})
    with in_control():
        person = register_person(email="ops@linli.test", phone="13900000000", password=_WORD, name="小运", now=BORN)
        person.is_operator = True
        person.save()
    client.post("/console/login", {"email": person.email, "password": _WORD})
    return client


class TestFleet:
    def test_plans_migrates_shows_and_verifies(self, schemas: list[str], tmp_path: Path) -> None:
        assert run("status")[0] == 0
        with released(tmp_path, ADD_BIRTHDAY):
            code, words = run("plan", "--sql")
            assert code == 0
            assert f"{SCHEMAS} to do" in words
            assert 'ADD COLUMN "birthday" date' in words

            code, words = run("status", "--json")
            status = json.loads(words)
            assert (code, status["done"], len(status["not_done"])) == (1, 0, SCHEMAS)
            with in_control():
                assert standing().counts["pending"] == SCHEMAS

            code, words = run("migrate", "--json", "--workers", "2", "--p95-ms", "600000")
            answer = json.loads(words)
            assert (code, answer["counts"]["done"], answer["not_done"]) == (0, SCHEMAS, [])
            with in_control():
                assert standing().counts["done"] == SCHEMAS
            assert run("status")[0] == 0
            assert run("migrate", "--p95-ms", "600000")[1].startswith("0 migrated, 12 were already")

            assert run("verify")[1] == "12 compared, 0 differ, 0 are not at the release yet.\n"
            with in_control(as_owner=True), connection.cursor() as cursor:
                cursor.execute(f'DROP INDEX "{schemas[3]}".member_by_birthday')
            code, words = run("verify", "--json")
            assert (code, [one["schema"] for one in json.loads(words)["different"]]) == (1, [schemas[3]])
            code, words = run("status", "--json")
            assert [(one["schema"], one["state"]) for one in json.loads(words)["not_done"]] == [(schemas[3], "drifted")]

            with in_control(as_owner=True), connection.cursor() as cursor:
                cursor.execute(f'CREATE INDEX member_by_birthday ON "{schemas[3]}".members_member (birthday)')
            assert run("verify", "--sample", "100")[0] == 0
            assert run("status")[0] == 0

    def test_lints(self, tmp_path: Path) -> None:
        assert run("lint") == (0, "The stores' migrations keep the rules.\n")
        with released(tmp_path, "migrations.RunPython(lambda apps, editor: None),"):
            code, words = run("lint", "--json")
        assert (code, json.loads(words)[0]["rule"]) == (1, "python")

    def test_refuses_an_odd_sample(self) -> None:
        with pytest.raises(CommandError):
            run("verify", "--sample", "0")

    @pytest.mark.parametrize("act", ["plan", "migrate", "status", "verify", "lint"])
    def test_helps_with_an_example(self, act: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            call_command("fleet", act, "--help")
        assert "example: linli fleet" in capsys.readouterr().out


class TestOneTruth:
    """The command and the operator's page tell the same of a fleet in which everything has happened."""

    def test_in_numbers_and_in_names(self, schemas: list[str], tmp_path: Path) -> None:
        held, failed, strange, behind = schemas[2], schemas[3], schemas[4], schemas[5]
        with released(tmp_path, ADD_BIRTHDAY):
            with in_control():
                release = current_bundle(now=BORN + timedelta(days=1))
            assert run("migrate", "--json", "--workers", "2", "--p95-ms", "600000")[0] == 0
            with in_control(as_owner=True), connection.cursor() as cursor:
                for schema in (held, failed, behind):  # as a run leaves them that did not get through
                    cursor.execute(f'ALTER TABLE "{schema}".members_member DROP COLUMN birthday')
                    cursor.execute(f"DELETE FROM \"{schema}\".django_migrations WHERE name = '0002_next'")
                cursor.execute(f"INSERT INTO \"{strange}\".django_migrations VALUES (9999, 'orders', '0099_x', now())")
            with in_control():
                rows = StoreMigration.objects.filter(release=release.sha)
                rows.filter(schema_name=held).update(state=MigrationState.LOCKED, error="LockNotAvailable", attempts=5)
                rows.filter(schema_name=failed).update(state=MigrationState.FAILED, error="CheckViolation")
                rows.filter(schema_name=behind).delete()
            # No run has met the stranger yet: its row says that it was done.
            code, words = run("status", "--json")
            said = json.loads(words)
            wanted = {held: "locked", failed: "failed", strange: "drifted", behind: "pending"}
            assert code == 1
            assert {one["schema"]: one["state"] for one in said["not_done"]} == wanted
            assert said["counts"] == {"done": SCHEMAS - 4, "locked": 1, "failed": 1, "drifted": 1, "pending": 1}
            page: Any = at_console().get("/console/fleet")
        assert page.context["standing"].counts == said["counts"]
        assert {one.schema: str(one.row_state) for one, _hint in page.context["lines"]} == wanted
        told = page.content.decode()
        assert all(schema in told for schema in wanted)
        assert "开始升级店铺，共 12 家" in told
        assert "店铺升级，完成 12 家" in told
