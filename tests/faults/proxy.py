"""A wire to PostgreSQL that a test can cut."""

import socket
import threading
from contextlib import suppress


class Proxy:
    """Hands every connection on to a server, until told to refuse."""

    def __init__(self, *, to: tuple[str, int]) -> None:
        self._to = to
        self._refuses = False
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._receive, daemon=True).start()

    def refuse(self) -> None:
        """Cut every wire and take no new ones."""
        self._refuses = True
        with self._lock:
            wires, self._pairs = self._pairs, set()
        for wire in wires:
            _close(wire)

    def accept(self) -> None:
        """Hand on again."""
        self._refuses = False

    def close(self) -> None:
        """End for good."""
        self.refuse()
        _close(self._door)

    def _receive(self) -> None:
        while True:
            try:
                near, _address = self._door.accept()
            except OSError:
                return
            if self._refuses:
                _close(near)
                continue
            try:
                far = socket.create_connection(self._to)
            except OSError:
                _close(near)
                continue
            with self._lock:
                self._pairs |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with self._lock:
            self._pairs -= {source, target}
        _close(source)
        _close(target)


def _close(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
