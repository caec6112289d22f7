"""Releases that do not exist: the members' room with migrations of a test's making."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.test import override_settings

from kit.ids import new_digits
from tests.database import ROOT

ADD_BIRTHDAY = """
        migrations.AddField("member", "birthday", models.DateField(null=True)),
        migrations.AddIndex("member", models.Index(fields=["birthday"], name="member_by_birthday")),
"""
_FILE = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "{before}")]
    {labels}
    operations = [{operations}]
"""


def write_release(folder: Path, *migrations: str, labels: str = "") -> str:
    """Write a package of the members' migrations followed by some new ones; return its name."""
    name = f"next_members_{new_digits(8)}"
    package = folder / name
    shutil.copytree(ROOT / "tenants" / "members" / "migrations", package, ignore=shutil.ignore_patterns("__pycache__"))
    before = "0001_initial"
    for number, operations in enumerate(migrations, start=2):
        text = _FILE.format(before=before, labels=labels, operations=operations)
        before = f"000{number}_next"
        (package / f"{before}.py").write_text(text)
    return name


@contextmanager
def released(folder: Path, *migrations: str, labels: str = "") -> Iterator[str]:
    """Run as code that ships these migrations."""
    name = write_release(folder, *migrations, labels=labels)
    sys.path.insert(0, str(folder))
    try:
        with override_settings(MIGRATION_MODULES={"members": name}):
            yield name
    finally:
        sys.path.remove(str(folder))
