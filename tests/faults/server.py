"""The real WSGI server on a database of its own, and people who ask it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from config.servers.ports import free_port
from tests.database import ROOT, as_login

PATIENCE = 60.0


@dataclass
class Tally:
    """What was answered, by status; and everything that should not have been."""

    statuses: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def served(database: str, *, by_port: int, var: Path) -> Iterator[str]:
    """Start granian against a database reached through ``by_port``; yield its address."""
    parts = urlsplit(as_login(database))
    url = parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{by_port}").geturl()
    port = free_port()
    said = (var / "server.log").open("wb")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", "1", "--blocking-threads", "4", "config.wsgi:application"),
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "LINLI_DATABASE_URL": url,
            "LINLI_VAR": str(var),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        },
        stdout=said,
        stderr=said,
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        said.close()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        assert server.poll() is None, "the server ended by itself"
        try:
            httpx.get(f"{address}/healthz", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def ask(address: str, slug: str, path: str, tally: Tally) -> int:
    """Ask one store for one page, and note whatever is not its own answer or a plain 503."""
    # The cookie makes the back office look for a session
    headers = {"host": f"{slug}.linli.test", "cookie": "sid=nobodysnobodysnobodysnobodys1234"}
    answer = httpx.get(f"{address}{path}", headers=headers, timeout=30, verify=False)  # no certificates to load
    tally.statuses[answer.status_code] = tally.statuses.get(answer.status_code, 0) + 1
    tally.wrong += [f"{slug}{path}: {fault}" for fault in _faults(answer, slug)]
    return answer.status_code


def _faults(answer: httpx.Response, slug: str) -> Iterator[str]:
    other = {"acme": ("rival", "隔壁鲜果"), "rival": ("acme", "绿家生鲜")}[slug]
    text = answer.text
    if any(word in text for word in other):
        yield f"shows {other}"
    for word in ("Traceback", "psycopg", "SELECT", "search_path", "linli_app", "OperationalError", "127.0.0.1"):
        if word in text:
            yield f"tells {word}"
    if answer.status_code == 200:
        if answer.url.path == "/api/v1/store" and answer.json()["slug"] != slug:
            yield "is somebody else's"
    elif answer.status_code == 302:
        if answer.headers["location"].partition("?")[0] != "/backoffice/login":
            yield f"leads to {answer.headers['location']}"
    elif answer.status_code == 503:
        yield from _faults_of_503(answer)
    else:
        yield f"is {answer.status_code}: {text[:300]}"


def _faults_of_503(answer: httpx.Response) -> Iterator[str]:
    if not answer.headers.get("retry-after", "").isdigit():
        yield "has no Retry-After"
    request_id = answer.headers.get("x-request-id", "")
    if not request_id or request_id not in answer.text:
        yield "does not carry its request id"
    if answer.url.path.startswith("/api/"):
        said = answer.json() if answer.headers["content-type"] == "application/problem+json" else {}
        if (said.get("code"), said.get("status")) != ("database_away", 503):
            yield f"is no problem+json: {answer.text[:200]}"
    elif "<html" not in answer.text:
        yield "is no page"
