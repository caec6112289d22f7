"""Test databases: one template per state of the migrations, and quick copies of it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from config.servers.roles import drop_idle_roles, make_roles, take_over
from kit.tenancy import in_control
from kit.tenancy.roles import OWNER

LOGIN = "linli_app"  # as in a deployment: it may put on roles, and has no right of its own
ROOT = Path(__file__).parents[1]
BORN = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
STORES = (("acme", "绿家生鲜"), ("rival", "隔壁鲜果"))


def copy_of_template(*, worker: str) -> str:
    """Create a database from the template (made first if there is none) and point Django at it."""
    server = os.environ["LINLI_TEST_DATABASE_URL"]
    template = f"linli_template_{_state_of_migrations()}"
    name = f"linli_test_{worker}_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext('linli test template'))")
        make_roles(admin, login=LOGIN, password=urlsplit(server).password or "")
        # So that a test may plant what triggers would refuse
        admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone()
        if not known:
            _build_template(server, template, admin)
        admin.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}" STRATEGY FILE_COPY')
        admin.execute("SELECT pg_advisory_unlock(hashtext('linli test template'))")
    _point_django_at(server, name)
    return _with_name(server, name)


@contextmanager
def own_database(*, worker: str) -> Iterator[str]:
    """Work in a fresh copy of the template, for tests that commit; Django is pointed back afterwards."""
    before = str(settings.DATABASES["default"]["NAME"])
    url = copy_of_template(worker=worker)
    try:
        yield url
    finally:
        drop_database(url)
        _point_django_at(os.environ["LINLI_TEST_DATABASE_URL"], before)


@contextmanager
def own_copy(*, of: str, worker: str) -> Iterator[str]:
    """Work in a copy of another test database, to which nobody may be connected; Django is pointed back afterwards."""
    server, before = os.environ["LINLI_TEST_DATABASE_URL"], str(settings.DATABASES["default"]["NAME"])
    name = f"linli_test_{worker}_{os.getpid()}"
    connection.close()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        template = urlsplit(of).path.lstrip("/")
        admin.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}" STRATEGY FILE_COPY')
    _point_django_at(server, name)
    url = _with_name(server, name)
    try:
        yield url
    finally:
        drop_database(url)
        _point_django_at(server, before)


@contextmanager
def second_lock_off() -> Iterator[None]:
    """Work as a deployment without store roles does: under the login that owns everything. For mutants."""
    login, roles = str(connection.settings_dict["USER"]), settings.LINLI_STORE_ROLES
    connection.close()
    connection.settings_dict["USER"] = urlsplit(os.environ["LINLI_TEST_DATABASE_URL"]).username
    settings.LINLI_STORE_ROLES = "off"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = login
        settings.LINLI_STORE_ROLES = roles


@contextmanager
def second_look_off() -> Iterator[None]:
    """Let statements run without the look at their scope that the backend takes before each. For mutants."""
    looks, connection.execute_wrappers = connection.execute_wrappers, []
    try:
        yield
    finally:
        connection.execute_wrappers = looks


def point_django_at(url: str) -> None:
    """Let Django work in a test database from here on."""
    _point_django_at(url, urlsplit(url).path.lstrip("/"))


def drop_database(url: str) -> None:
    """Drop a worker's database, and the roles of stores that lived in it alone."""
    connection.close()
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(os.environ["LINLI_TEST_DATABASE_URL"], autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        drop_idle_roles(admin)


def as_login(url: str) -> str:
    """Say the address under which the platform's own processes reach a test database."""
    parts = urlsplit(url)
    word = f":{parts.password}" if parts.password else ""
    return urlunsplit(parts._replace(netloc=f"{LOGIN}{word}@{parts.hostname}:{parts.port}"))


def _state_of_migrations() -> str:
    digest = hashlib.sha256()
    makers = (*ROOT.glob("platform/control/provisioning/**/*.py"), *ROOT.glob("platform/**/roles.py"), Path(__file__))
    files = [*ROOT.glob("**/migrations/[0-9]*.py"), *makers]
    for file in sorted(file for file in files if ".venv" not in file.parts and "node_modules" not in file.parts):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _build_template(server: str, template: str, admin: psycopg.Connection) -> None:
    from control.merchants.models import Merchant
    from control.provisioning.services.fill_pool import claim_schema, fill_pool
    from control.provisioning.services.open_store import open_store

    draft = f"{template}_draft"
    admin.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
    admin.execute(f'CREATE DATABASE "{draft}" OWNER {OWNER}')
    with psycopg.connect(_with_name(server, draft), autocommit=True) as there:
        take_over(there)
    _point_django_at(server, draft)
    with in_control(as_owner=True):
        call_command("migrate", verbosity=0)
    fill_pool(target=len(STORES) + 2, now=BORN)
    for slug, name in STORES:
        with in_control(), transaction.atomic():
            merchant = Merchant.objects.create(
                slug=slug, name=name, schema_name=claim_schema(now=BORN), state_since=BORN, created_at=BORN
            )
        open_store(merchant=merchant, now=BORN)
    connection.close()
    admin.execute(f'ALTER DATABASE "{draft}" RENAME TO "{template}"')


def _point_django_at(server: str, name: str) -> None:
    parts = urlsplit(server)
    connection.close()
    # Under the login of a deployment, so that what the second lock forgets is refused here too
    address = {"HOST": parts.hostname, "PORT": str(parts.port), "USER": LOGIN, "NAME": name}
    address |= {"PASSWORD": unquote(parts.password or "")}
    settings.DATABASES["default"].update(address)
    connection.settings_dict.update(address)


def _with_name(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
