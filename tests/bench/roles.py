"""What a role for every store costs, at 2, 200 and 2,000 roles: making it, logging in, putting it on, dropping it.

    python -m tests.bench.roles --roles 2000

Runs on a server of its own (from the wheel), because roles belong to a whole cluster.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from config.servers.ports import free_port
from config.servers.postgres import Postgres, start_postgres

MOST = 5000
TIMES = 200


@dataclass(frozen=True)
class Row:
    """One number of roles; microseconds unless said otherwise."""

    roles: int
    make_ms: float  # role, schema, grants and default rights, with a table
    login: float
    first_switch: float  # of a new connection
    path: float  # SET search_path alone, as before
    both: float  # SET search_path; SET ROLE in one round trip
    both_local: float  # the same with LOCAL, in a transaction of its own
    after_change: float  # the first switch after some role was made anywhere
    drop_ms: float


def measure(*, most: int = 2000) -> list[Row]:
    """Measure at 2, 200, 2,000 … roles up to ``most``."""
    place = Path(tempfile.mkdtemp(prefix="linli-bench-roles-"))
    place.chmod(0o755)
    server = start_postgres(data=place / "pg", port=free_port(), forgetful=True)
    try:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE ROLE owner_ NOLOGIN CREATEROLE")
            admin.execute("CREATE ROLE stores_ NOLOGIN NOINHERIT")
            admin.execute("CREATE ROLE app_ LOGIN NOINHERIT")
            admin.execute("GRANT owner_, stores_ TO app_")
            admin.execute("CREATE DATABASE bench OWNER owner_")
            sizes = [size for size in (2, 200, 2000, MOST) if size <= most]
            made, rows = 0, []
            for size in sizes:
                rows.append(_measured(server, admin, made, size))
                made = size
            return rows
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _measured(server: Postgres, admin: psycopg.Connection, made: int, size: int) -> Row:
    url = server.url("bench").replace("postgres@", "app_@")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SET ROLE owner_")
        began = time.perf_counter()
        for number in range(made, size):
            _make(owner, f"t_{number}")
        make_ms = 1000 * (time.perf_counter() - began) / (size - made)

    def login() -> psycopg.Connection:
        return psycopg.connect(url, autocommit=True)

    def first_switch() -> float:
        with login() as fresh:
            return _once(lambda: fresh.execute("SET search_path = t_0; SET ROLE t_0"))

    with login() as app:
        turn = [0]

        def switch(words: str) -> Callable[[], object]:
            def act() -> object:
                turn[0] ^= 1
                return app.execute(words.format(turn[0]))

            return act

        both = switch("SET search_path = t_{0}; SET ROLE t_{0}")
        local = switch("BEGIN; SET LOCAL search_path = t_{0}; SET LOCAL ROLE t_{0}; COMMIT")
        return Row(
            roles=size,
            make_ms=make_ms,
            login=_median(lambda: login().close(), times=40),
            first_switch=sorted(first_switch() for _n in range(20))[10],
            path=_median(switch("SET search_path = t_{0}")),
            both=_median(both),
            both_local=_median(local),
            after_change=_after_changes(admin, both),
            drop_ms=_drop(admin) / 1000,
        )


def _make(owner: psycopg.Connection, name: str) -> None:
    owner.execute(f"""
        CREATE ROLE {name} NOLOGIN NOINHERIT; GRANT {name} TO stores_; CREATE SCHEMA {name};
        GRANT USAGE ON SCHEMA {name} TO {name};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name};
        CREATE TABLE {name}.orders (id int PRIMARY KEY)""")


def _after_changes(admin: psycopg.Connection, switch: Callable[[], object]) -> float:
    took = []
    for number in range(20):
        admin.execute(f"CREATE ROLE extra_{number}; GRANT extra_{number} TO stores_")
        took.append(_once(switch))
    return sorted(took)[10]


def _drop(admin: psycopg.Connection) -> float:
    return sorted(_once(lambda n=n: admin.execute(f"DROP ROLE extra_{n}")) for n in range(20))[10]  # type: ignore[misc]


def _once(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return 1e6 * (time.perf_counter() - began)


def _median(act: Callable[[], object], *, times: int = TIMES) -> float:
    return sorted(_once(act) for _n in range(times))[times // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roles", type=int, default=2000)
    rows = measure(most=min(parser.parse_args().roles, MOST))
    table = Table(title="A role for every store (medians; µs unless said otherwise)")
    for heading in ("roles", "make ms", "login", "first switch", "path alone", "path + role", "LOCAL, own tx"):
        table.add_column(heading, justify="right")
    for heading in ("after a change", "drop ms"):
        table.add_column(heading, justify="right")
    for row in rows:
        figures = (row.login, row.first_switch, row.path, row.both, row.both_local, row.after_change)
        table.add_row(str(row.roles), f"{row.make_ms:.2f}", *(f"{one:.0f}" for one in figures), f"{row.drop_ms:.2f}")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
