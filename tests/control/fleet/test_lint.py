"""The linter finds what must not happen to a thousand live stores, and lets the rest pass."""

# ruff: noqa: E501 - one planted migration a line
from pathlib import Path

import pytest

from control.fleet.services.lint_migrations import lint_migrations
from tests.control.fleet.releases import ADD_BIRTHDAY, released

SLOW = 'slow_because = "the old codes have no other source"'


def rules(folder: Path, operations: str, labels: str = "") -> set[str]:
    with released(folder, operations, labels=labels):
        faults = lint_migrations()
    assert {fault.migration for fault in faults} <= {"members.0002_next"}
    return {fault.rule for fault in faults}


class TestOurMigrations:
    def test_keep_the_rules(self) -> None:
        assert lint_migrations() == []


class TestPlanted:
    @pytest.mark.parametrize(
        ("rule", "operations"),
        [
            ("tie", 'migrations.AddField("member", "person", models.ForeignKey("people.Person", models.PROTECT, null=True)),'),
            ("tie", 'migrations.CreateModel("Perm", [("id", models.AutoField(primary_key=True)), ("of", models.ForeignKey("auth.Group", models.CASCADE))]),'),
            ("elsewhere", "migrations.RunSQL('CREATE INDEX x ON public.merchants_merchant (name)', ''),"),
            ("elsewhere", "migrations.RunSQL('SET search_path TO other', ''),"),
            ("object", "migrations.RunSQL('CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql', ''),"),
            ("object", "migrations.RunSQL(['CREATE TRIGGER t AFTER INSERT ON members_member EXECUTE FUNCTION f()'], ''),"),
            ("object", "migrations.RunSQL(\"CREATE TYPE mood AS ENUM ('good')\", ''),"),
            ("not-null", 'migrations.AddField("member", "note", models.CharField(max_length=20, default="")),'),
            ("not-null", 'migrations.AlterField("member", "last_seen_at", models.DateTimeField()),'),
            ("rename", 'migrations.RenameField("member", "nickname", "called"),'),
            ("rename", 'migrations.RenameModel("Member", "Neighbour"),'),
            ("rename", 'migrations.AlterModelTable("member", "neighbours"),'),
            ("python", "migrations.RunPython(lambda apps, editor: None),"),
            ("rows", "migrations.RunSQL('UPDATE members_member SET nickname = lower(nickname)', ''),"),
            ("one-way", "migrations.RunSQL('ALTER TABLE members_member ALTER nickname SET STATISTICS 10'),"),
            ("transaction", "migrations.RunSQL('CREATE INDEX CONCURRENTLY x ON members_member (nickname)', ''),"),
            ("rewrite", 'migrations.AlterField("member", "nickname", models.IntegerField()),'),
            ("rewrite", 'migrations.AlterField("member", "nickname", models.CharField(max_length=10)),'),
            ("ends", 'migrations.RemoveField("member", "last_seen_at"),'),
            ("ends", 'migrations.DeleteModel("SmsCode"),'),
            ("validated", 'migrations.AddConstraint("member", models.CheckConstraint(condition=~models.Q(phone=""), name="a_phone")),'),
        ],
    )  # fmt: skip
    def test_is_found(self, tmp_path: Path, rule: str, operations: str) -> None:
        assert rules(tmp_path, operations) == {rule}

    def test_also_inside_an_operation_that_parts_state_and_database(self, tmp_path: Path) -> None:
        inside = "migrations.SeparateDatabaseAndState([migrations.RunPython(lambda apps, editor: None)], []),"

        assert rules(tmp_path, inside) == {"python"}

    def test_leaving_the_transaction_needs_a_reason(self, tmp_path: Path) -> None:
        concurrently = "migrations.RunSQL('CREATE INDEX CONCURRENTLY x ON members_member (nickname)', ''),"

        assert rules(tmp_path, concurrently, labels="atomic = False") == {"not-atomic"}
        assert rules(tmp_path / "again", concurrently, labels=f"atomic = False\n    {SLOW}") == set()


class TestAllowed:
    @pytest.mark.parametrize(
        "operations",
        [
            ADD_BIRTHDAY,
            'migrations.AddField("member", "note", models.CharField(max_length=20, db_default="")),',
            'migrations.AlterField("member", "nickname", models.CharField(max_length=60)),',
            'migrations.AlterField("member", "nickname", models.TextField()),',
            'migrations.AddField("smscode", "member", models.ForeignKey("members.Member", models.CASCADE, null=True)),',
            'migrations.AlterField("membersession", "member", models.ForeignKey("members.Member", models.CASCADE, null=True)),',
            'migrations.CreateModel("Tag", [("id", models.UUIDField(primary_key=True)), ("word", models.CharField(max_length=9))]),',
        ],
    )  # fmt: skip
    def test_growing(self, tmp_path: Path, operations: str) -> None:
        assert rules(tmp_path, operations) == set()

    def test_python_and_rows_with_a_reason(self, tmp_path: Path) -> None:
        assert rules(tmp_path, "migrations.RunPython(lambda apps, editor: None),", labels=SLOW) == set()
        rows = "migrations.RunSQL('UPDATE members_member SET nickname = lower(nickname)'),"
        assert rules(tmp_path / "again", rows, labels=SLOW) == set()

    def test_taking_away_what_nobody_reads(self, tmp_path: Path) -> None:
        gone = 'migrations.RemoveField("member", "last_seen_at"),'

        assert rules(tmp_path, gone, labels='contracts = "unread since 2026-11"') == set()
