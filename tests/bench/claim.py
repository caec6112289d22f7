"""Claiming a ready schema for a new merchant: what a sign-up waits for.

    python -m tests.bench.claim --stores 50,200

The claim and the merchant's row in one transaction, on a warm connection; against building the schema on the spot.
"""

import time
from collections.abc import Sequence

from django.db import connection, transaction

from control.merchants.models import Merchant
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.services.drop_schema import drop_schema
from control.provisioning.services.fill_pool import build_schema, claim_schema, fill_pool
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import in_control
from tests.bench.frame import Cost, Row, Sheet, cpu_of, interleaved, median
from tests.bench.town import LATER, Town, main
from tests.database import BORN

ROUNDS = 15


def bench(town: Town) -> Sequence[Sheet]:
    """Measure at every size the town grows to."""
    sheet = Sheet("Claim: a schema for a sign-up", goal="≤ 5 ms median")
    for size in town.sizes:
        town.grow_to(size)
        sheet.rows += rows(size)
    sheet.reached = f"{sheet.rows[-1].cost.wall_ms_each:.2f} ms at {town.sizes[-1]:,} stores"
    return [sheet]


def rows(size: int) -> list[Row]:
    """Claim and build in turn; the medians of the rounds are compared."""
    fill_pool(target=ROUNDS + 1, now=LATER)
    with in_control():
        bundle = Bundle.objects.get(pk=current_bundle(now=LATER).pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
    spent: dict[str, list[float]] = {"claim": [], "build": []}
    alone: list[float] = []
    alone_cpu: list[float] = []
    taken: list[str] = []

    def timed(way: str) -> float:
        began, cpu = time.perf_counter(), time.process_time() + cpu_of(backend)
        with in_control(), transaction.atomic(durable=True):
            if way == "claim":
                name = claim_schema(now=LATER)
                alone.append(time.perf_counter() - began)
                alone_cpu.append(time.process_time() + cpu_of(backend) - cpu)
            else:
                name = new_schema_name()
                build_schema(name=name, bundle=bundle)
            Merchant.objects.create(
                slug=f"c{name[2:10]}z", name=name, schema_name=name, state_since=BORN, created_at=BORN
            )
        took = time.perf_counter() - began
        spent[way].append(time.process_time() + cpu_of(backend) - cpu)
        taken.append(name)
        return took

    timed("claim")  # warms the connection
    found = interleaved({"build": lambda: timed("build"), "claim": lambda: timed("claim")}, rounds=ROUNDS)
    with in_control():
        Merchant.objects.filter(schema_name__in=taken).delete()
        PooledSchema.objects.filter(schema_name__in=taken).delete()
        for name in taken:
            with transaction.atomic():
                drop_schema(name=name)
    connection.close()
    note = f"median of {ROUNDS}"
    return [
        Row("built on the spot (the pool is dry)", size, _middle(spent["build"], found["build"]), note),
        Row("claimed from the pool, its merchant written", size, _middle(spent["claim"], found["claim"]), note),
        Row("the claim alone", size, _middle(alone_cpu, alone), note),
    ]


def _middle(cpu: list[float], wall: list[float]) -> Cost:
    return Cost(things=1, wall=median(wall), client=median(cpu))


if __name__ == "__main__":
    main(bench, __doc__)
