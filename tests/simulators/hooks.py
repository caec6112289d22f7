"""A merchant's webhook receiver that misbehaves in every way we know of."""

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HUGE = 50_000_000
METADATA = "http://169.254.169.254/latest/meta-data/"


@dataclass(frozen=True)
class Heard:
    """One call as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers each call with the next of ``answers`` (a status, or "slow", "reset", "redirect", "huge"); then 200."""

    answers: list[int | str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    sent: int = 0
    on_call: Callable[[], None] = lambda: None
    released: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(
                    Heard(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                )
                receiver.on_call()
                receiver.answer(self, receiver.answers.pop(0) if receiver.answers else 200)

            do_GET = do_POST  # noqa: N815 - where a redirect that is followed would come to

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, call: BaseHTTPRequestHandler, how: int | str) -> None:
        if how == "slow":
            self.released.wait(30)
            return
        if how == "reset":
            call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            call.connection.close()
            return
        status = {"redirect": 302, "huge": 200}.get(str(how), how)
        call.send_response(int(status))
        if how == "redirect":
            call.send_header("Location", METADATA)
        if how == 429:
            call.send_header("Retry-After", "600")
        call.send_header("Content-Length", str(HUGE if how == "huge" else 0))
        call.end_headers()
        if how == "huge":
            self._pour(call)

    def _pour(self, call: BaseHTTPRequestHandler) -> None:
        try:
            while self.sent < HUGE:
                call.wfile.write(b"x" * 65_536)
                self.sent += 65_536
        except OSError:
            return

    def stop(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
