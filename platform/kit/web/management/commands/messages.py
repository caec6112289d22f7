"""Brings the English catalogues up to date, or says what they lack."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand

from kit.web import phrases
from kit.web.catalogues import Catalogue, Phrase, compiled, read, write

_KIT = "kit_web"  # keeps the words of what stands in no app (kit.errors, kit.ports)
_SKIPPED = {"migrations", "node_modules", "tests", "assets"}
_SHOWN = 20


class Command(BaseCommand):
    """`python -m config messages` collects and compiles; `--check` only looks and fails when something is missing."""

    help = "Collect every app's phrases into its locale/en and compile them. Example: python -m config messages --check"
    requires_system_checks = []  # noqa: RUF012 - as Django declares it; needs the sources alone, whatever else is wrong

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if English is not complete")
        parser.add_argument("--app", action="append", default=[], help="only this app label (may be repeated)")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for label, folder in our_apps().items():
            if options["app"] and label not in options["app"]:
                continue
            found = phrases_of(label)
            if found:
                wrong += self._check(label, folder, found) if options["check"] else self._renew(label, folder, found)
        if wrong and options["check"]:
            sys.exit(1)

    def _renew(self, label: str, folder: Path, found: set[Phrase]) -> int:
        path = catalogue_path(folder)
        known = read(path).words
        empty = {phrase: ["", ""] if phrase.plural else [""] for phrase in found}
        catalogue = Catalogue({phrase: known.get(phrase, blank) for phrase, blank in empty.items()})
        write(path, catalogue)
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        missing = len(catalogue.missing())
        self.stdout.write(f"{label}: {len(found)} phrases" + (f", {missing} without English" if missing else ""))
        return missing

    def _check(self, label: str, folder: Path, found: set[Phrase]) -> int:
        problems = problems_of(folder, found)
        for problem in problems[:_SHOWN]:
            self.stderr.write(f"{label}: {problem}")
        return len(problems)


def our_apps() -> dict[str, Path]:
    """Give each app of this repository and its folder."""
    root = Path(settings.ROOT)
    outside = root / ".venv"
    return {
        config.label: Path(config.path)
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(root) and not Path(config.path).is_relative_to(outside)
    }


def phrases_of(label: str) -> set[Phrase]:
    """Collect what one app has to say; a folder inside another app's belongs to the innermost."""
    folders = our_apps()
    own = folders[label]
    top = own.parent if label == _KIT else own  # kit/ itself is no app
    inner = [folder for folder in folders.values() if folder != own and folder.is_relative_to(top)]
    files = [
        path
        for path in sorted([*top.rglob("*.py"), *top.rglob("*.html")])
        if not _SKIPPED.intersection(path.relative_to(top).parts) and not any(path.is_relative_to(one) for one in inner)
    ]
    return {phrase for path in files for phrase in phrases.in_file(path) if phrase.text.strip()}


def problems_of(folder: Path, found: set[Phrase]) -> list[str]:
    """Say what is missing, left over or not compiled in one app's English."""
    path = catalogue_path(folder)
    catalogue = read(path)
    problems = [f"not in the catalogue: {phrase.text}" for phrase in sorted(found - set(catalogue.words))]
    problems += [f"no longer used: {phrase.text}" for phrase in sorted(set(catalogue.words) - found)]
    problems += [f"no English: {phrase.text}" for phrase in catalogue.missing()]
    binary = path.with_suffix(".mo")
    if not binary.exists() or binary.read_bytes() != compiled(catalogue):
        problems.append(f"{binary.name} is older than {path.name}: run python -m config messages")
    return problems


def catalogue_path(folder: Path) -> Path:
    """Say where an app keeps its English."""
    return folder / "locale" / "en" / "LC_MESSAGES" / "django.po"
