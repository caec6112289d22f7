"""linli store: what an operator does at the machine, for people and for machines."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kit import clock
from kit.tenancy import StoreRef
from tests.control.lifecycle.conftest import APPROVES, ASKS, LATER, NOW


def store(*arguments: str, moment: Any = NOW) -> Any:
    out = io.StringIO()
    with clock.at(moment):
        call_command("store", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


class TestStore:
    def test_a_whole_life(self, acme: StoreRef, operators: tuple[str, str], tmp_path: Path) -> None:
        assert [(line["slug"], line["state"]) for line in store("list")] == [("acme", "trial"), ("rival", "trial")]
        assert store("export", "acme", "--to", str(tmp_path / "out"))["files"] == 2
        assert store("restore", str(tmp_path / "out"), "--as", "acme-two", "--new")["state"] == "suspended"
        assert store("resume", "acme-two", "--reason", "looked at")["state"] == "trial"
        assert store("suspend", "acme", "--reason", "asked")["state"] == "suspended"
        archived = store("archive", "acme", "--reason", "winter", moment=LATER)
        assert store("show", "acme")["exports"][0]["folder"] == archived["folder"]
        assert store("restore", archived["folder"], "--as", "acme", moment=LATER)["state"] == "suspended"
        certificate = store(*erase("acme"), moment=LATER.replace(hour=23))

        assert certificate["approved_by"] == APPROVES
        assert [(line["slug"], line["state"]) for line in store("list", "--state", "erased")] == [("acme", "erased")]
        assert store("show", "acme")["erasure"]["done_at"]

    def test_says_why_not(self, closed_acme: StoreRef, operators: tuple[str, str]) -> None:
        with pytest.raises(CommandError, match="same_person"):
            store(*erase("acme", approved_by=ASKS), moment=LATER)
        with pytest.raises(CommandError, match="wrong_name"):
            store(*erase("acme", confirm="rival"), moment=LATER)
        with pytest.raises(CommandError, match="nowhere"):
            store("show", "nowhere")

    def test_draws_a_table_for_people(self, acme: StoreRef) -> None:
        out = io.StringIO()
        call_command("store", "list", stdout=out)

        assert "绿家生鲜" in out.getvalue()

    @pytest.mark.parametrize("act", ["list", "show", "suspend", "resume", "archive", "export", "restore", "erase"])
    def test_explains_itself_with_an_example(self, act: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            call_command("store", act, "--help")

        assert f"linli store {act}" in capsys.readouterr().out


def erase(slug: str, *, confirm: str = "acme", approved_by: str = APPROVES) -> list[str]:
    people = ["--requested-by", ASKS, "--approved-by", approved_by]
    return ["erase", slug, "--confirm", confirm, "--reason", "left", *people]
