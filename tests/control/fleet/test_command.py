"""linli fleet speaks to people and to machines, and its exit code to both."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from control.fleet.selectors import standing
from kit.tenancy import in_control
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("fleet", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


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
