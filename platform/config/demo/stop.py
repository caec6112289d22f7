"""Finding a demo that runs, and ending it."""

import json
import os
import signal
import time

from config.demo import environment


def demo_is_running() -> bool:
    """Say whether the process that owns the demo is alive."""
    return _owner() is not None


def stop_demo() -> bool:
    """Ask the running demo to end and wait until it has; False when none runs."""
    owner = _owner()
    if owner is None:
        return False
    os.kill(owner, signal.SIGTERM)
    for _ in range(600):
        if not _is_alive(owner):
            return True
        time.sleep(0.1)
    return False


def _owner() -> int | None:
    try:
        pid = int(json.loads(environment.MANIFEST.read_text())["pids"]["demo"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return pid if _is_alive(pid) else None


def _is_alive(pid: int) -> bool:
    try:
        words = open(f"/proc/{pid}/cmdline", "rb").read()  # noqa: SIM115 - a pseudo file
    except OSError:
        return False
    return b"demo" in words  # a stale manifest may name a number that is somebody else's now
