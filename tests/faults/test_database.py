"""The database restarts, cancels, throws us out, refuses us: nobody sees a neighbour, a secret or a dead end."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from config.servers.ports import free_port
from config.servers.postgres import Postgres, start_postgres
from tests.database import own_database, point_django_at
from tests.faults.proxy import Proxy
from tests.faults.server import Tally, ask, served

PATHS = ["/api/v1/store", "/backoffice/login", "/api/v1/campaigns"]
AT_LEAST = 72  # requests in a storm, and on until the fault was met
AT_MOST = 4000


@pytest.fixture(scope="module")
def wire(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[tuple[str, Proxy]]:
    with django_db_blocker.unblock(), own_database(worker=f"faults_{worker_id}") as url:
        parts = urlsplit(url)
        proxy = Proxy(to=(str(parts.hostname), int(parts.port or 5432)))
        yield url, proxy
        proxy.close()


@pytest.fixture(scope="module")
def platform(wire: tuple[str, Proxy], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url, proxy = wire
    with served(url, by_port=proxy.port, var=tmp_path_factory.mktemp("faults")) as address:
        yield address


@pytest.mark.nightly
def test_a_server_that_is_killed_and_started_again(
    django_db_setup: str, django_db_blocker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path(tempfile.mkdtemp(prefix="linli-killed-"))
    place.chmod(0o755)
    server = start_postgres(data=place / "pg", port=free_port())
    try:
        monkeypatch.setenv("LINLI_TEST_DATABASE_URL", server.url())
        with (
            django_db_blocker.unblock(),
            own_database(worker="killed") as url,
            served(url, by_port=server.port, var=tmp_path) as platform,
        ):
            for _turn in range(3):
                _works_again(platform)
                os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
                tally = Tally()
                while ask(platform, "acme", "/api/v1/store", tally) != 503:  # backends outlive it a moment
                    pass
                assert tally.wrong == []
                server = _started_again(server)
            _works_again(platform)
    finally:
        monkeypatch.undo()
        point_django_at(django_db_setup)
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _started_again(server: Postgres) -> Postgres:
    give_up = time.monotonic() + 60
    while True:  # refused while a backend of the killed one still holds the shared memory
        try:
            return start_postgres(data=server.data, port=server.port)
        except subprocess.SubprocessError:
            assert time.monotonic() < give_up


@pytest.mark.parametrize("does", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_database_that_cancels_and_throws_out(platform: str, wire: tuple[str, Proxy], does: str) -> None:
    url, _proxy = wire

    def disturb(over: threading.Event) -> None:
        with psycopg.connect(url, autocommit=True) as outsider:
            while not over.is_set():
                outsider.execute(
                    f"SELECT {does}(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND application_name = 'linli'"
                )

    tally = _storm(platform, disturb)

    assert tally.wrong == []
    assert tally.statuses[503] > 0
    _works_again(platform)


def test_a_database_that_is_away_for_a_while(platform: str, wire: tuple[str, Proxy]) -> None:
    _url, proxy = wire
    _works_again(platform)
    proxy.refuse()
    try:
        tally = Tally()
        for path in PATHS:
            for slug in ("acme", "rival"):
                assert ask(platform, slug, path, tally) == 503
        assert tally.wrong == []
        assert (_probed(platform, "healthz"), _probed(platform, "readyz")) == (200, 503)
    finally:
        proxy.accept()
    assert _probed(platform, "readyz") == 200
    _works_again(platform)


def test_a_wire_that_is_cut_again_and_again(platform: str, wire: tuple[str, Proxy]) -> None:
    _url, proxy = wire

    def disturb(over: threading.Event) -> None:
        while not over.wait(0.02):
            proxy.refuse()
            proxy.accept()

    tally = _storm(platform, disturb)

    assert tally.wrong == []
    assert tally.statuses[503] > 0
    _works_again(platform)


def _probed(platform: str, what: str) -> int:
    return httpx.get(f"{platform}/{what}", timeout=30).status_code


def _storm(platform: str, disturb: Callable[[threading.Event], None]) -> Tally:
    """Let four people ask while ``disturb`` disturbs, until the fault was met."""
    tally = Tally()
    with _disturbed(disturb), ThreadPoolExecutor(max_workers=4) as people:
        while True:
            asked = sum(tally.statuses.values())
            if asked >= AT_MOST or (asked >= AT_LEAST and tally.statuses.get(503)):
                return tally
            turns = [(("acme", "rival")[n % 2], PATHS[n % len(PATHS)]) for n in range(24)]
            list(people.map(lambda turn: ask(platform, turn[0], turn[1], tally), turns))


@contextmanager
def _disturbed(disturb: Callable[[threading.Event], None]) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=disturb, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _works_again(platform: str, *, tries: int = 1) -> None:
    """The fault is over: each of the server's threads serves the very next request."""
    tally = Tally()
    with ThreadPoolExecutor(max_workers=4) as people:
        list(people.map(lambda n: ask(platform, ("acme", "rival")[n % 2], "/api/v1/store", tally), range(16)))
    assert (tally.wrong, list(tally.statuses)) == ([], [200])
