"""AddField + AddIndex on many stores: the fleet's route against Django's own migrate in each, in one run.

    python -m tests.bench.fleet --stores 50

CPU seconds are the client's plus those of the PostgreSQL backends that served it (read from /proc, so the server must
run on this machine; otherwise only the client's are shown). Needs LINLI_TEST_DATABASE_URL.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.core.management import call_command  # noqa: E402 - needs the settings
from django.db import connection  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import track  # noqa: E402
from rich.table import Table  # noqa: E402

from control.fleet.services.migrate_fleet import migrate_fleet  # noqa: E402
from control.provisioning.models import PooledSchema  # noqa: E402
from control.provisioning.selectors import fingerprint_of  # noqa: E402
from control.provisioning.services.fill_pool import fill_pool  # noqa: E402
from kit.tenancy import StoreRef, in_control, in_store  # noqa: E402
from tests.control.fleet.releases import ADD_BIRTHDAY, released  # noqa: E402
from tests.database import BORN, own_database  # noqa: E402

LATER = BORN + timedelta(days=30)
MOST = 1000


@dataclass
class Cost:
    """What one way took for so many stores, in seconds."""

    stores: int
    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0

    @property
    def cpu(self) -> float:
        return self.client + self.server

    def per_store(self) -> tuple[float, float]:
        """CPU and wall milliseconds a store."""
        return 1000 * self.cpu / self.stores, 1000 * self.wall / self.stores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--one-by-one", type=int, help="measure Django's way on so many only; ratios are per store")
    options = parser.parse_args()
    stores = min(options.stores, MOST)
    os.environ.setdefault("LINLI_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:55999/postgres")
    by_django = min(options.one_by_one or stores, stores)
    costs: dict[str, Cost] = {}
    with own_database(worker="bench_fleet") as url, tempfile.TemporaryDirectory() as folder:
        fill_pool(target=stores + by_django, now=BORN)
        with in_control():
            names = list(PooledSchema.objects.order_by("schema_name").values_list("schema_name", flat=True))
            slow, fast = names[:by_django], names[by_django : by_django + stores]
        with released(Path(folder), ADD_BIRTHDAY):
            costs["Django's migrate in each store"] = _cost(url, by_django, lambda: _one_by_one(slow))
            with in_control():
                PooledSchema.objects.exclude(schema_name__in=fast).delete()
            costs[f"linli fleet migrate, {options.workers} workers, plan included"] = _cost(
                url, stores, lambda: migrate_fleet(now=LATER, workers=options.workers)
            )
            migrate_fleet(now=LATER)  # nothing; leaves the rows
            costs["linli fleet migrate, nothing to do"] = _cost(url, stores, lambda: migrate_fleet(now=LATER))
            with in_control():
                assert len({fingerprint_of(name) for name in [*slow, *fast]}) == 1, "the catalogs differ"
    _show(costs, stores)


def _one_by_one(schemas: list[str]) -> None:
    """As django-tenants' standard executor does it: the migrate command in each schema, on a new connection."""
    for schema in track(schemas, description="one by one"):
        with in_store(StoreRef(merchant_id=None, schema=schema), as_owner=True):  # type: ignore[arg-type]
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        connection.close()


def _cost(url: str, stores: int, work: Callable[[], object]) -> Cost:
    cost = Cost(stores)
    connection.close()
    with _backends_watched(url) as spent:
        wall, client = time.monotonic(), time.process_time()
        work()
        cost.wall, cost.client = time.monotonic() - wall, time.process_time() - client
        time.sleep(0.1)
    cost.server = sum(last - first for first, last in spent.values())
    return cost


@contextmanager
def _backends_watched(url: str) -> Iterator[dict[int, tuple[float, float]]]:
    """Sample the CPU seconds of the database's backends, all of which begin after this: {pid: (0, last seen)}."""
    spent: dict[int, tuple[float, float]] = {}
    over = threading.Event()
    name = urlsplit(url).path.lstrip("/")

    def look() -> None:
        with psycopg.connect(os.environ["LINLI_TEST_DATABASE_URL"], autocommit=True) as watch:
            while not over.wait(0.02):
                for (pid,) in watch.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name]).fetchall():
                    if seconds := _cpu_of(pid):
                        spent[pid] = (spent.get(pid, (0.0, 0.0))[0], seconds)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield spent
    finally:
        over.set()
        watcher.join()


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _show(costs: dict[str, Cost], stores: int) -> None:
    cpu_before, wall_before = next(iter(costs.values())).per_store()
    table = Table(title=f"AddField + AddIndex, {stores} stores")
    table.add_column("way")
    for heading in ("stores", "wall s", "CPU s client", "CPU s server", "CPU ms a store", "CPU ratio", "wall ratio"):
        table.add_column(heading, justify="right")
    for way, cost in costs.items():
        cpu, wall = cost.per_store()
        figures = (f"{cost.wall:.2f}", f"{cost.client:.2f}", f"{cost.server:.2f}", f"{cpu:.1f}")
        ratios = (f"{cpu_before / max(cpu, 0.001):.1f}×", f"{wall_before / max(wall, 0.001):.1f}×")
        table.add_row(way, str(cost.stores), *figures, *ratios)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
