"""Building a store's schema: our bundle, against django-tenants' clone_schema and create_schema.

python -m tests.bench.provision --stores 50,200
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.db import connection, transaction

from control.provisioning.models import Bundle
from control.provisioning.services.fill_pool import build_schema
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import in_control
from tests.bench.frame import Row, Sheet, measured
from tests.bench.peers import peer
from tests.bench.town import LATER, Town, main

OURS, PEERS = 8, 2
GOAL = 1.0  # store a second on one core


def bench(town: Town) -> Sequence[Sheet]:
    """Measure at every size the town grows to."""
    sheet = Sheet("Provisioning: one schema", goal="refill ≥ 1 store/s on one core (CPU seconds)")
    for size in town.sizes:
        town.grow_to(size)
        sheet.rows += rows(town, size)
    worst = max(row.cost.cpu_ms_each for row in sheet.rows if row.way.startswith("bundle"))
    sheet.reached = f"{1000 / worst:.1f} stores/s at {town.sizes[-1]:,} stores"
    return [sheet]


def rows(town: Town, size: int) -> list[Row]:
    """Measure the three ways beside ``size`` stores; what they build is dropped again."""
    found = []
    for act, way in (
        ("create_schema", "django-tenants create_schema (migrations)"),
        ("clone_schema", "django-tenants clone_schema"),
    ):
        with _names(town.url, PEERS) as names:
            found.append(Row(way, size, peer(act, town.url, schemas=names), f"{PEERS} samples"))
    with in_control():
        bundle = Bundle.objects.get(pk=current_bundle(now=LATER).pk)
    with _names(town.url, OURS) as names:

        def build() -> None:
            for name in names:
                with in_control(), transaction.atomic(durable=True):
                    build_schema(name=name, bundle=bundle)

        connection.close()
        found.append(Row("bundle replay, fingerprint checked", size, measured(town.url, build, things=OURS)))
    return found


@contextmanager
def _names(url: str, count: int) -> Iterator[list[str]]:
    names = [new_schema_name() for _n in range(count)]
    try:
        yield names
    finally:
        connection.close()
        with psycopg.connect(url, autocommit=True) as admin:  # what django-tenants made, it made as the superuser
            for name in names:
                admin.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
                admin.execute(f'DROP ROLE IF EXISTS "{name}"')


if __name__ == "__main__":
    main(bench, __doc__)
