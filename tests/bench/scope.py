"""What the guarded scope adds to a request.

    python -m tests.bench.scope

The same requests through the whole stack, in turn: as the product does it, two stores alternating so that every
request sends its search_path and its SET ROLE; the same without the roles of the stores (LINLI_STORE_ROLES=off); and
with the guard taken out (no scope asked for, no statement, rows and queries that remember nothing), one store, its
path set when the connection opened.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection, models
from django.db.backends.postgresql.base import DatabaseWrapper as PlainWrapper
from django.db.backends.postgresql.operations import DatabaseOperations as PlainOperations
from django.test import Client

from control.merchants import directory
from kit.tenancy import StoreRef, in_store
from kit.tenancy.backend.base import DatabaseWrapper
from kit.tenancy.models import ScopedModel, ScopedQuerySet
from tests.bench.frame import Sheet, cpu_of, interleaved, median
from tests.bench.town import Town, main
from tests.database import second_lock_off
from tests.isolation.planting import ONE_ID, plant
from tests.stores import store_ref

ROUNDS, REQUESTS = 12, 20
PAGES = (
    ("open group buys", "/api/v1/campaigns"),
    ("one product", f"/api/v1/products/{ONE_ID}"),
    ("pickup points nearby", "/api/v1/pickup-points?lat=30.25&lng=120.15"),
    ("the store itself", "/api/v1/store"),
)


def bench(town: Town) -> Sequence[Sheet]:
    """Measure the four pages; the town's size does not matter to it."""
    sheet = Sheet(
        "A request inside the guarded scope",
        goal="scope overhead ≤ 15 % of a typical request's time",
        headings=("page", "statements", "bare ms", "scope, no roles ms", "scope and role ms", "overhead", "note"),
    )
    directory.KEEP = 3600.0
    stores = [store_ref("acme"), store_ref("rival")]
    for ref, mark in zip(stores, ("MARKA", "MARKB"), strict=True):
        plant(ref, mark=mark)
    note = f"CPU, median of {ROUNDS} × {REQUESTS}"
    shares = []
    for name, path in PAGES:
        bare, unlocked, scoped, statements = _measure(stores, path)
        shares.append(scoped / bare - 1)
        spent = [f"{1000 * seconds:.2f}" for seconds in (bare, unlocked, scoped)]
        sheet.lines.append((name, str(statements), *spent, f"{100 * shares[-1]:+.1f} %", note))
    sheet.reached = f"{100 * median(shares):.1f} % (median of the pages), at most {100 * max(shares):.1f} %"
    return [sheet]


def _measure(stores: Sequence[StoreRef], path: str) -> tuple[float, float, float, int]:
    clients = [Client(headers={"host": f"{ref.slug}.linli.test"}) for ref in stores]
    for client in clients:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:200])
    statements = _statements(clients[0], path)

    def scoped() -> float:
        return _timed(lambda n: clients[n % 2].get(path))

    def unlocked() -> float:
        with second_lock_off():
            return scoped()

    def bare() -> float:
        with _without_the_guard(stores[0]):
            return _timed(lambda _n: clients[0].get(path))

    found = interleaved({"bare": bare, "unlocked": unlocked, "scoped": scoped}, rounds=ROUNDS)
    connection.close()
    return median(found["bare"]), median(found["unlocked"]), median(found["scoped"]), statements


def _timed(ask: Callable[[int], Any]) -> float:
    """CPU seconds of a request, this process and its backend together."""
    ask(0), ask(1)
    gc.collect()
    gc.disable()
    began = time.process_time() + _backend_cpu()
    for n in range(REQUESTS):
        ask(n)
    spent = time.process_time() + _backend_cpu() - began
    gc.enable()
    return spent / REQUESTS


def _backend_cpu() -> float:
    return cpu_of(connection.connection.info.backend_pid) if connection.connection else 0.0


def _statements(client: Client, path: str) -> int:
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        client.get(path)
    return len(seen)


@contextmanager
def _without_the_guard(ref: StoreRef) -> Iterator[None]:
    """Take the scope's parts out one by one; the connection keeps one store's path."""
    with in_store(ref), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with ExitStack() as out:
        for owner, name, plain in (
            (DatabaseWrapper, "_cursor", PlainWrapper._cursor),  # type: ignore[attr-defined]
            (ScopedModel, "from_db", models.Model.__dict__["from_db"]),
            (ScopedModel, "save_base", models.Model.save_base),
            (ScopedQuerySet, "__init__", models.QuerySet.__init__),
            (ScopedQuerySet, "_add_hints", models.QuerySet._add_hints),  # type: ignore[attr-defined]
        ):
            out.enter_context(patch.object(owner, name, plain))
        out.enter_context(patch.object(connection.ops, "compiler_module", PlainOperations.compiler_module))
        out.enter_context(patch.object(connection.ops, "_cache", None))
        connection.execute_wrappers.remove(connection._refuse_strayed)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            connection.execute_wrappers.insert(0, connection._refuse_strayed)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(bench, __doc__)
