"""The rules of the house that no linter knows."""

import importlib
import platform
import re
import subprocess
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (".py", ".html", ".ts", ".vue", ".js", ".mjs", ".cjs", ".css", ".scss", ".sh")
MOST_LINES = 400


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


class TestPlatformFolder:
    def test_is_not_a_package(self) -> None:
        assert not (ROOT / "platform" / "__init__.py").exists()
        assert {path.name for path in (ROOT / "platform").iterdir() if path.name != "__pycache__"} == {
            "kit",
            "control",
            "config",
        }

    def test_does_not_hide_pythons_own(self) -> None:
        assert platform.__file__ is not None
        assert Path(platform.__file__).parent == Path(sysconfig.get_path("stdlib"))

    @pytest.mark.parametrize("name", ["kit", "control", "config", "tenants", "billing", "api"])
    def test_our_names_come_from_this_checkout(self, name: str) -> None:
        found = importlib.import_module(name).__file__
        assert found is not None
        assert Path(found).is_relative_to(ROOT)


class TestFiles:
    def test_none_is_longer_than_four_hundred_lines(self) -> None:
        built = re.compile(r"/(migrations|static/kit|vendor|node_modules)/|\.min\.")
        long = {
            str(path.relative_to(ROOT)): count
            for path in _tracked()
            if path.suffix in SOURCES and not built.search(path.as_posix())
            if (count := len(path.read_text(errors="replace").splitlines())) > MOST_LINES
        }
        assert long == {}

    def test_no_attics(self) -> None:
        attics = {"utils", "helpers", "common", "misc"}
        found = [path for path in _tracked() if path.suffix == ".py" and {path.stem, path.parent.name} & attics]
        assert found == []

    def test_lock_files_name_no_address(self) -> None:
        for lock in [*ROOT.glob("requirements/*.lock"), *ROOT.glob("*/package-lock.json")]:
            text = lock.read_text()
            assert "://" not in re.sub(r'"(url|funding)": "[^"]*"', "", text), lock
            assert '"resolved"' not in text, lock

    def test_no_tests_are_named_after_the_platform_folder(self) -> None:
        assert not (ROOT / "tests" / "platform").exists()


class TestMigrations:
    def test_say_what_the_models_say(self, db: None) -> None:
        from django.core.management import call_command

        from kit.tenancy import in_control

        with in_control():
            call_command("makemigrations", check=True, dry_run=True, verbosity=0)


class TestLicences:
    # LGPL as a library that is imported, not changed, asks nothing of us; the GPL would.
    LIBRARIES = frozenset({"psycopg", "psycopg-binary", "psycopg-pool"})

    def test_no_runtime_dependency_contradicts_ours(self) -> None:
        lock = (ROOT / "requirements" / "production.lock").read_text()
        names = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE)
        against = {name: licence for name in names if "GPL" in (licence := _licence_of(name).upper())}

        assert len(names) > 30
        assert set(against) <= self.LIBRARIES
        assert all("LGPL" in licence or "LESSER" in licence for licence in against.values())


def _licence_of(name: str) -> str:
    try:
        about: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:  # of another operating system
        return ""
    words = [about.get("License-Expression") or about.get("License") or ""]
    return " ".join([*words[0].splitlines()[:1], *(c for c in about.get_all("Classifier", []) if "License" in c)])
