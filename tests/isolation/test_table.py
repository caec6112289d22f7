"""docs/isolation.md tells the truth: every threat has its row, and every name in a row exists."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "isolation.md"
# True while threats are being worked off; now "to come" is an error like any other.
MAY_BE_TO_COME = False
THREATS = [f"T{number}" for number in range(1, 26)]
_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One threat."""

    number: str
    threat: str
    defences: list[str]
    tests: list[str]
    mutant: str
    state: str


def rows_of(text: str) -> list[Row]:
    """Read the table."""
    lines = [line for line in text.splitlines() if re.match(r"\| T\d+ \|", line)]
    return [_row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def _row(number: str, threat: str, defences: str, tests: str, mutant: str, state: str) -> Row:
    return Row(number, threat, _QUOTED.findall(defences), _QUOTED.findall(tests), mutant, state)


def faults_of(row: Row, *, may_be_to_come: bool) -> list[str]:
    """Say what a row gets wrong."""
    mutants = _QUOTED.findall(row.mutant)
    faults = [f"no such test: {name}" for name in [*row.tests, *mutants] if not _test_exists(name)]
    faults += [f"no such defence: {name}" for name in row.defences if not _place_exists(name)]
    if row.state == "to come":
        return faults if may_be_to_come else [*faults, "still to come"]
    if row.state != "held":
        faults.append(f"no such state: {row.state!r}")
    if not row.defences:
        faults.append("no defence named")
    if not row.tests:
        faults.append("no test named")
    if not mutants and not re.match(r"none: \w", row.mutant):
        faults.append("neither a mutant nor 'none: why'")
    return faults


@cache  # of a file of this checkout
def _definitions(file: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def _test_exists(name: str) -> bool:
    file, _, test = name.partition("::")
    last = test.rpartition("::")[2]
    return last.startswith("test_") and (ROOT / file).is_file() and test in _definitions(ROOT / file)


def _place_exists(name: str) -> bool:
    file, _, what = name.partition(":")
    if not (ROOT / file).is_file():
        return False
    if not file.endswith(".py"):
        return not what
    return not what or what.replace(".", "::") in _definitions(ROOT / file)


class TestTable:
    def test_has_every_threat_once(self) -> None:
        assert [row.number for row in rows_of(TABLE.read_text(encoding="utf-8"))] == THREATS

    @pytest.mark.parametrize("row", rows_of(TABLE.read_text(encoding="utf-8")), ids=lambda row: row.number)
    def test_a_row_names_what_exists(self, row: Row) -> None:
        assert faults_of(row, may_be_to_come=MAY_BE_TO_COME) == []


class TestTheReader:
    """The reader has teeth: each kind of lie is seen."""

    TRUE = "`tests/isolation/test_table.py::TestTheReader::test_lets_the_truth_pass`"
    PLACE = "`platform/kit/tenancy/scope.py:in_store`"

    def _faults(self, *cells: str, may_be_to_come: bool = False) -> list[str]:
        (row,) = rows_of("| T1 | a threat | " + " | ".join(cells) + " |")
        return faults_of(row, may_be_to_come=may_be_to_come)

    def test_lets_the_truth_pass(self) -> None:
        assert self._faults(self.PLACE, self.TRUE, self.TRUE, "held") == []
        assert self._faults(self.PLACE, self.TRUE, "none: nothing to switch off", "held") == []
        assert self._faults("–", "–", "–", "to come", may_be_to_come=True) == []

    @pytest.mark.parametrize(
        "cells",
        [
            (PLACE, "`tests/isolation/test_table.py::TestTable::test_of_no_name`", TRUE, "held"),
            (PLACE, "`tests/isolation/test_nowhere.py::test_a`", TRUE, "held"),
            (PLACE, "`tests/isolation/test_table.py::rows_of`", TRUE, "held"),
            (PLACE, "–", TRUE, "held"),
            (PLACE, TRUE, "–", "held"),
            ("–", TRUE, TRUE, "held"),
            ("`platform/kit/tenancy/scope.py:in_nothing`", TRUE, TRUE, "held"),
            (PLACE, TRUE, TRUE, "to come"),
            (PLACE, TRUE, TRUE, "surely"),
        ],
    )
    def test_sees_a_lie(self, cells: tuple[str, ...]) -> None:
        assert self._faults(*cells) != []
