"""What django-tenants itself takes for the same work, measured in a process of its own on the same database.

    python -m tests.bench.peers '{"act": "migrate_schemas", "url": "…", "schemas": ["t_…"]}'

Acts: create_schema (all migrations), clone_schema (of the template), migrate_schemas (the command's own standard
executor, over the schemas given). Prints the cost as JSON.
"""

import importlib
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from tests.bench.frame import Cost, measured

ROOT = Path(__file__).parents[2]


def peer(act: str, url: str, *, schemas: list[str], release: tuple[str, str] | None = None) -> Cost:
    """Let django-tenants do ``act`` for each schema, and return what it cost, without starting the interpreter.

    ``release``: a folder and the name of a package in it, with the members' migrations to use.
    """
    asked = {"act": act, "url": url, "schemas": schemas}
    path = [str(ROOT), str(ROOT / "platform")] + ([release[0]] if release else [])
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.peers", json.dumps(asked)],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.bench.peer_settings",
            "LINLI_DATABASE_URL": url,
            "LINLI_TEST_MEMBERS": release[1] if release else "",
            "PYTHONPATH": os.pathsep.join(path),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _main(asked: dict[str, Any]) -> None:
    import django
    from django.conf import settings

    if os.environ.get("LINLI_TEST_MEMBERS"):
        settings.MIGRATION_MODULES = {"members": os.environ["LINLI_TEST_MEMBERS"]}
    django.setup()
    from django.db import connection

    from kit.tenancy import in_control

    importlib.import_module("django_tenants.management.commands.migrate_schemas")
    act = {"create_schema": _create, "clone_schema": _clone, "migrate_schemas": _migrate}[asked["act"]]

    def work() -> None:
        with in_control(), redirect_stdout(StringIO()):
            act(asked["schemas"])
        # its CPU counts as long as the backend is there to be read: closed by the caller

    cost = measured(asked["url"], work, things=len(asked["schemas"]))
    connection.close()
    print(json.dumps(asdict(cost)))  # noqa: T201 - the answer to the parent


def _create(schemas: list[str]) -> None:
    from control.merchants.models import Merchant

    for name in schemas:
        Merchant(slug=name[2:12], schema_name=name).create_schema(verbosity=0)


def _clone(schemas: list[str]) -> None:
    from django_tenants.clone import CloneSchema

    for name in schemas:
        CloneSchema().clone_schema("t_template", name)


def _migrate(schemas: list[str]) -> None:
    from django_tenants.management.commands.migrate_schemas import Command
    from django_tenants.migration_executors import get_executor

    parser = Command().create_parser("linli", "migrate_schemas")
    options = vars(parser.parse_args(["--tenant", "--noinput", "-v", "0"]))
    options |= {"skip_checks": True}
    options.pop("args", None)
    get_executor("standard")((), options).run_migrations(tenants=list(schemas))


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
