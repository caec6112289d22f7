"""The real web server on a socket of its own, for requests that no client library would send."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.servers.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds for one answer, or for the server to come up


@dataclass(frozen=True)
class Answer:
    """What came back: the status (0 when the server only closed the connection), the head and the body."""

    status: int
    head: str
    body: str


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def says(self, raw: bytes) -> Answer:
        """Send bytes as they are and read until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as wire:
            wire.sendall(raw)
            got = b""
            try:
                while piece := wire.recv(65_536):
                    got += piece
            except ConnectionResetError:
                pass
        head, _gap, body = got.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
        return Answer(status, head.decode("latin-1"), body.decode("utf-8", "replace"))

    def many(self, requests: list[bytes]) -> list[int]:
        """Send requests one after another on one connection; return the statuses. Each answer has its length."""
        statuses = []
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as wire, wire.makefile("rb") as lines:
            for raw in requests:
                wire.sendall(raw)
                statuses.append(int(lines.readline().split(b" ", 2)[1]))
                length = 0
                while (line := lines.readline().strip().lower()) != b"":
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                lines.read(length)
        return statuses


@contextmanager
def serving(*, database: str, folder: Path) -> Iterator[Server]:
    """Run the web server on a test database until the block ends."""
    server = Server(port=free_port(), log=folder / "web.log")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.isolation.wire_settings",
        "LINLI_DATABASE_URL": database,
        "LINLI_VAR": str(folder),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"),
        *("--port", str(server.port), "--workers", "1", "--blocking-threads", "4", "--log-level", "warning"),
        "config.wsgi:application",
    ]
    with server.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            if server.says(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(server.log.read_text()[-2000:])
