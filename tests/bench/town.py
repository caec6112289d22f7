"""A town of stores: a PostgreSQL of the bench's own, and as many stores in it as a bench asks for."""

import argparse
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event

import psycopg
from django.db import connection, transaction
from rich.console import Console
from rich.progress import Progress

from config.servers.ports import free_port
from config.servers.postgres import start_postgres
from control.fleet.crew import share_out
from control.merchants.models import Merchant
from control.provisioning.models import Bundle
from control.provisioning.services.fill_pool import build_schema
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import in_control
from tests.bench.frame import Sheet, show
from tests.database import BORN, own_database

LATER = BORN + timedelta(days=30)
DEFAULT = (50, 200)
_BUILDERS = 2


@dataclass
class Town:
    """The database's address and the schemas of its stores, growing from size to size."""

    url: str
    sizes: Sequence[int]
    schemas: list[str] = field(default_factory=list)

    def grow_to(self, size: int) -> None:
        """Build stores until there are ``size``; they are registered, so the fleet knows them."""
        with in_control():
            bundle = Bundle.objects.get(pk=current_bundle(now=LATER).pk)
        names = deque(new_schema_name() for _n in range(size - len(self.schemas)))
        made = list(names)

        def build(name: str) -> None:
            with in_control(), transaction.atomic(durable=True):
                build_schema(name=name, bundle=bundle)
                Merchant.objects.create(
                    slug=f"s{name[2:10]}z",
                    name=name,
                    schema_name=name,
                    state="trial",
                    state_since=BORN,
                    created_at=BORN,
                )
            progress.advance(bar)

        with Progress(console=Console(stderr=True)) as progress:
            bar = progress.add_task(f"building up to {size:,} stores", total=len(made))
            share_out(names, build, workers=_BUILDERS, stop=Event())
        self.schemas += made
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
            admin.execute("ANALYZE pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_namespace")
        connection.close()


@contextmanager
def town(sizes: Sequence[int]) -> Iterator[Town]:
    """Start a server (forgetful: nothing is synced to disk), and point Django at an empty town in it."""
    place = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    place.chmod(0o755)
    server = start_postgres(data=place / "pg", port=free_port(), forgetful=True)
    os.environ["LINLI_TEST_DATABASE_URL"] = server.url()
    try:
        with own_database(worker="bench") as url:
            yield Town(url=url, sizes=sizes)  # acme and rival are in it: the stores of the request bench
            connection.close()
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def main(bench: Callable[[Town], Sequence[Sheet]], doc: str) -> None:
    """Run one bench by itself: ``python -m tests.bench.<name> [--stores 50,200]``."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", default=",".join(map(str, DEFAULT)), help="sizes of the town (50,200)")
    sizes = sorted(int(size) for size in parser.parse_args().stores.split(","))
    with town(sizes) as here:
        show(list(bench(here)))
