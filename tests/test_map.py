"""docs/map.md and docs/roadmap.md name only what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
ROADMAP = (ROOT / "docs" / "roadmap.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`((?:platform|tenants|billing|api)/[\w/.]+\.py)(?::(\w+))?`", MAP)))
TESTS = sorted(set(re.findall(r"`(tests/[\w/.]+|mobile/test/[\w/.]+)`", ROADMAP)))


@pytest.mark.parametrize(("file", "name"), PLACES)
def test_a_place_on_the_map_exists(file: str, name: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")

    assert not name or re.search(rf"^(?:def|class) {name}\b", text, re.MULTILINE), f"{name} is not in {file}"


@pytest.mark.parametrize("path", TESTS)
def test_a_test_of_the_roadmap_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_map_was_read() -> None:
    assert len(PLACES) > 30
    assert len(TESTS) > 20
