"""docs/evidence.md names tests that exist, nightly ones among them, and leaves no promise out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (P\d\d) \|(.*)\|$", TABLE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _file, test in NAMED])
def test_every_test_of_the_table_is_there(file: str, test: str) -> None:
    assert re.search(rf"^\s*def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_promise_has_its_row_and_its_tests() -> None:
    assert [number for number, _row in ROWS] == [f"P{number}" for number in range(17, 34)]
    assert all(row.count("|") == 4 and "`tests/" in row for _number, row in ROWS)
