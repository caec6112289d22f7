"""What every test stands on: a real PostgreSQL, a database cut from a template, two stores in it.

Set LINLI_TEST_DATABASE_URL to use a running server; otherwise one is started from the wheel and thrown away.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from config.servers.ports import free_port
from config.servers.postgres import Postgres, start_postgres
from kit.tenancy import StoreRef, in_store
from tests.database import copy_of_template, drop_database
from tests.stores import store_ref

pytest_plugins = ["tests.browsers", "tests.simulators.companies"]
_servers: list[Postgres] = []
settings.register_profile("house", deadline=None)  # a busy machine is no bug
settings.register_profile("nightly", deadline=None, max_examples=1_000)


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once, in the process that owns the workers; they inherit its address."""
    settings.load_profile("nightly" if config.option.markexpr == "nightly" else "house")
    if hasattr(config, "workerinput") or os.environ.get("LINLI_TEST_DATABASE_URL"):
        return
    place = Path(tempfile.mkdtemp(prefix="linli-test-"))
    place.chmod(0o755)
    server = start_postgres(data=place / "pg", port=free_port(), forgetful=True)
    _servers.append(server)
    os.environ["LINLI_TEST_DATABASE_URL"] = server.url()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let `make nightly` run every property again, with a thousand examples each unless it names its own number."""
    if config.option.markexpr != "nightly":
        return
    for item in items:
        if hasattr(getattr(item, "obj", None), "hypothesis"):
            item.add_marker(pytest.mark.nightly)


def pytest_unconfigure(config: pytest.Config) -> None:
    for server in _servers:
        server.stop()
        shutil.rmtree(server.data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """Give this worker a database of its own, a copy of the template with two stores."""
    with django_db_blocker.unblock():
        url = copy_of_template(worker=worker_id)
        yield url
        drop_database(url)


@pytest.fixture(autouse=True)
def _hosts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a host that was looked up stay known for the whole test, so that counting statements is exact."""
    from control.merchants import directory  # models: not before Django is ready

    monkeypatch.setattr(directory, "KEEP", 3600.0)
    directory.forget()


@pytest.fixture
def acme(db: None) -> StoreRef:
    """The store under test."""
    return store_ref("acme")


@pytest.fixture
def rival(db: None) -> StoreRef:
    """Its neighbour, who must never be seen."""
    return store_ref("rival")


@pytest.fixture
def in_acme(acme: StoreRef) -> Iterator[StoreRef]:
    """Run the whole test inside acme."""
    with in_store(acme):
        yield acme
