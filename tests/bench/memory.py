"""What a PostgreSQL backend keeps in memory after it has served N stores, with connections recycled and without.

    python -m tests.bench.memory --stores 200

Private memory is read from /proc, so the server must run on this machine. Needs LINLI_TEST_DATABASE_URL.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.apps import apps  # noqa: E402 - needs the settings
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from control.provisioning.models import PooledSchema  # noqa: E402
from control.provisioning.services.fill_pool import fill_pool  # noqa: E402
from kit.tenancy import StoreRef, in_control, in_store  # noqa: E402
from kit.tenancy.sql import run  # noqa: E402
from tests.database import BORN, own_database  # noqa: E402

NEVER = 1_000_000
TABLES = 30  # of each store, as a day of requests would


@dataclass(frozen=True)
class Row:
    """One backend after so many stores."""

    stores: int
    recycled_after: int  # stores; 0: never
    mib: float  # most it held
    connections: int


def measure(*, stores: tuple[int, ...] = (50, 200)) -> list[Row]:
    """Serve each number of stores on one connection, recycled as in a deployment and never."""
    with own_database(worker="bench_memory"):
        fill_pool(target=max(stores), now=BORN)
        with in_control():
            names = list(PooledSchema.objects.order_by("schema_name").values_list("schema_name", flat=True))
        limit = settings.LINLI_STORES_PER_CONNECTION
        rows = [_served(names[:count], recycled_after=after) for count in stores for after in (0, limit)]
        settings.LINLI_STORES_PER_CONNECTION = limit
        return rows


def _served(names: list[str], *, recycled_after: int) -> Row:
    settings.LINLI_STORES_PER_CONNECTION = recycled_after or NEVER
    connection.close()
    most, backends = 0, set()
    for name in names:
        connection.close_if_unusable_or_obsolete()  # as every request begins
        with in_store(StoreRef(merchant_id=None, schema=name)):  # type: ignore[arg-type]
            for table in _tables()[:TABLES]:
                run(f'SELECT * FROM "{table}" LIMIT 1')
            pid = run("SELECT pg_backend_pid() AS pid")[0]["pid"]
            backends.add(pid)
            most = max(most, _private_kib(pid))
    return Row(len(names), recycled_after, most / 1024, len(backends))


def _private_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


def _tables() -> list[str]:
    labels = [app.rsplit(".", 1)[-1] for app in settings.TENANT_APPS if app.startswith("tenants.")]
    return [model._meta.db_table for label in labels for model in apps.get_app_config(label).get_models()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=200)
    os.environ.setdefault("LINLI_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:55999/postgres")
    most = parser.parse_args().stores
    table = Table(title=f"A backend's private memory after serving stores, {TABLES} tables each")
    for heading in ("stores", "recycled after", "connections", "most MiB in one backend"):
        table.add_column(heading, justify="right")
    for row in measure(stores=tuple(size for size in (50, 200, 1000) if size <= most)):
        table.add_row(str(row.stores), str(row.recycled_after or "never"), str(row.connections), f"{row.mib:.1f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
