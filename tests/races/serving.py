"""The product's own server on a database of its own, and buyers who press the button at the same moment."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member, MemberSession
from tenants.members.tokens import hash_of_token, new_token
from tests.factories.members import a_member

ROOT = Path(__file__).parents[2]
_PATIENCE = 60


@dataclass(frozen=True)
class Answer:
    """What the server said to one buyer, and after how long."""

    status: int
    words: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Wish:
    """One press of the button."""

    token: str
    key: str
    body: dict[str, Any]
    path: str = "/api/v1/orders"


@dataclass(frozen=True)
class Served:
    """The server's processes, a group of their own, and their port."""

    process: subprocess.Popen[bytes]
    port: int

    def kill(self) -> None:
        """End every process of it at once, as a machine that loses its power does (SIGKILL)."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def web(*, database: str, workers: int = 2) -> Iterator[int]:
    """Serve the product by granian as a shop's operator does; yield its port."""
    with served(database=database, workers=workers) as server:
        yield server.port


@contextmanager
def served(*, database: str, workers: int = 1, hosts: dict[str, str] | None = None) -> Iterator[Served]:
    """Do the same, and let it be killed; ``hosts`` says by environment where payment companies answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    path = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    known = {"LINLI_DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings.test", "PYTHONPATH": path}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", str(workers), "--blocking-threads", "4", "--backlog", "1024"),
            *("--log-level", "error", "config.wsgi:application"),
        ],
        cwd=ROOT,
        env={**os.environ, **known, **(hosts or {})},
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield Served(process, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "the server died"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def open_today(now: datetime) -> None:
    """Let the shop's lists be open at the real time, which is the server's."""
    Campaign.objects.update(
        opens_at=now - timedelta(hours=1),
        cutoff_at=now + timedelta(hours=6),
        pickup_date=(now + timedelta(days=1)).date(),
    )


def buyers(count: int, *, now: datetime) -> list[tuple[Member, str]]:
    """Make members, each signed in on a phone."""
    signed = [(a_member(), new_token()) for _buyer in range(count)]
    MemberSession.objects.bulk_create(
        MemberSession(
            member=member, token_hash=hash_of_token(token), created_at=now, expires_at=now + timedelta(days=1)
        )
        for member, token in signed
    )
    return signed


def basket(point: PickupPoint, *lines: tuple[CampaignItem, int]) -> dict[str, Any]:
    """Write what an order says."""
    return {
        "lines": [{"campaign_item_id": str(item.pk), "quantity": quantity} for item, quantity in lines],
        "pickup_point_id": str(point.pk),
        "contact": {"name": "王阿姨", "phone": "13800000000"},
        "expected_total": {"amount": sum(item.price_minor * many for item, many in lines), "currency": "CNY"},
    }


def order_at_once(ref: StoreRef, port: int, wishes: Sequence[Wish]) -> list[Answer]:
    """Send every order at the same moment, each on a connection of its own; return the answers in order."""
    answers: list[Answer | None] = [None] * len(wishes)
    gate = threading.Barrier(len(wishes))

    def press(place: int) -> None:
        wish = wishes[place]
        gate.wait(timeout=_PATIENCE)
        answers[place] = post(ref, port, wish)

    threads = [threading.Thread(target=press, args=(place,)) for place in range(len(wishes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * _PATIENCE)
    said = [answer for answer in answers if answer]
    assert len(said) == len(wishes), "somebody was not answered"
    return said


def post(ref: StoreRef, port: int, wish: Wish, *, path: str = "") -> Answer:
    """Press once, on a connection of its own."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2 * _PATIENCE)
    with closing(line):
        return press(line, ref, wish, path=path)


def press(line: http.client.HTTPConnection, ref: StoreRef, wish: Wish, *, path: str = "") -> Answer:
    """Press once, on a connection that stays open."""
    since = time.monotonic()
    headers = {
        "Host": f"{ref.slug}.linli.test",
        "Authorization": f"Bearer {wish.token}",
        "Idempotency-Key": wish.key,
        "Content-Type": "application/json",
    }
    line.request("POST", path or wish.path, body=json.dumps(wish.body), headers=headers)
    answer = line.getresponse()
    words = json.loads(answer.read() or b"{}")
    return Answer(answer.status, words, time.monotonic() - since)
