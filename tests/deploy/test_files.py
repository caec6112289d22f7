"""What can be said of deploy/ and of the manual without a container engine: files read, names exist, settings load."""

import json
import os
import re
import subprocess
import sys
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from tests.database import ROOT

DEPLOY, MANUAL = ROOT / "deploy", ROOT / "docs" / "operations.md"
PAPERS = (MANUAL, DEPLOY / "cells" / "README.md", ROOT / "README.md")
COMPOSED = {"one node": ["compose.yaml"], "a Citus cell": ["compose.yaml", "cells/citus.compose.yaml"]}
# A command's name and what follows it up to the end of the words meant for it
_CALL = re.compile(r"\blinli ([a-z_]+)((?: +[^\s`#;,()&<>…。，]+)*)")


def variables(file: str) -> dict[str, str]:
    """Read an example of a .env."""
    lines = (line.partition("=") for line in (DEPLOY / file).read_text().splitlines() if not line.startswith("#"))
    return {name: value for name, _is, value in lines if name}


def composed(files: list[str]) -> dict[str, Any]:
    """Lay compose files over each other, as far as services and volumes go."""
    whole: dict[str, Any] = {"services": {}, "volumes": {}}
    for file in files:
        read = yaml.safe_load((DEPLOY / file).read_text())
        for name, service in read["services"].items():
            whole["services"].setdefault(name, {}).update(service)
        whole["volumes"] |= read["volumes"]
    return whole


class TestCompose:
    @pytest.mark.parametrize("files", COMPOSED.values(), ids=COMPOSED)
    def test_names_what_is_there(self, files: list[str]) -> None:
        whole = composed(files)
        for name, service in whole["services"].items():
            assert service.get("image") or (DEPLOY / service["build"]["dockerfile"].partition("/")[2]).is_file(), name
            assert set(service.get("depends_on", ())) <= set(whole["services"]), name
            mounted = {volume.partition(":")[0] for volume in service.get("volumes", ())}
            assert mounted <= set(whole["volumes"]), name

    def test_a_citus_cell_does_not_ask_for_what_citus_cannot(self) -> None:
        services = composed(COMPOSED["a Citus cell"])["services"]
        for name in ("tables", "web", "worker"):
            assert services[name]["environment"]["LINLI_CITUS"] == "1"
            assert services[name]["environment"]["LINLI_STORE_ROLES"] == "off", "SET ROLE fails on the workers"


class TestVariables:
    @pytest.mark.parametrize("file", ["env.example", "cells/cell.env.example"])
    def test_are_read_by_us_and_told_in_the_manual(self, file: str) -> None:
        read_by_us = (ROOT / "platform/config/settings/environment.py").read_text()
        for name in variables(file):
            if name.startswith("LINLI_"):
                assert f'"{name}"' in read_by_us, name
                assert f"`{name}`" in MANUAL.read_text(), name

    @pytest.mark.parametrize("cell", ["west", "east"])
    def test_of_each_of_two_cells_load(self, cell: str, tmp_path: Path) -> None:
        said = variables("cells/cell.env.example") | {"LINLI_SECRET_KEY": "s" * 50, "LINLI_VAR": str(tmp_path)}
        if cell == "west":
            facts = json.loads(said["LINLI_CELLS"])["west"]
            said |= {"LINLI_CELL": "west", "LINLI_CELLS": json.dumps({"east": facts})}
        asked = "from django.conf import settings; print(settings.LINLI_CELL, *settings.LINLI_CELLS)"
        answer = subprocess.run(
            [sys.executable, "-c", asked],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **said}
            | {"DJANGO_SETTINGS_MODULE": "config.settings.production"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.stdout.split() == (["west", "east"] if cell == "west" else ["east", "west"]), answer.stderr


def calls(text: str) -> Iterator[list[str]]:
    """Find the commands that a paper tells people to type."""
    text = text.replace("\\\n", " ").replace("\\|", "|")
    for name, words in _CALL.findall(text):
        yield [name, *words.split()]


def faults_of(call: list[str]) -> list[str]:
    """Say what of a command does not exist."""
    name, words = call[0], call[1:]
    if name not in get_commands():
        return [f"no command {name}"]
    app = get_commands()[name]
    command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
    parser: ArgumentParser = command.create_parser("linli", name)
    acts = next((one for one in parser._actions if isinstance(one, _SubParsersAction)), None)
    if acts and words and not words[0].startswith("-"):
        missing = [act for act in words[0].split("|") if act not in acts.choices]
        if missing:
            return [f"no act {name} {act}" for act in missing]
        parser = acts.choices[words[0].split("|")[0]]
    options = {text for one in parser._actions for text in one.option_strings}
    asked = [word.strip("[]") for word in words if word.strip("[]").startswith("--")]
    return [f"no option {word} of {name}" for word in asked if word not in options]


class TestTheManual:
    @pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
    def test_tells_of_commands_that_exist(self, paper: Path) -> None:
        found = list(calls(paper.read_text(encoding="utf-8")))
        assert [fault for call in found for fault in faults_of(call)] == []
        assert found

    def test_says_when_and_how_to_move(self) -> None:
        told = {" ".join(call[:2]) for call in calls(MANUAL.read_text(encoding="utf-8"))}
        assert {"cells list", "store move", "cells map", "cells answer", "fleet migrate"} <= told

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("`linli fly`", "no command fly"),
            ("`linli store fly SLUG`", "no act store fly"),
            ("`linli store move SLUG --by air`", "no option --by of store"),
            ("`linli cells list|fly`", "no act cells fly"),
        ],
    )
    def test_a_lie_would_be_seen(self, text: str, fault: str) -> None:
        (call,) = calls(text)
        assert faults_of(call) == [fault]
