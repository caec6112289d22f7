"""Selling through the running server, beside the same work in hand-written SQL, in one run.

    python -m tests.bench.selling

Ours goes over HTTP: routing, token, permissions, idempotency key, prices, discounts, journal, stock, quota. The SQL is
the bare thing, run by pgbench on the same server, which syncs to disk as a shop's does. Clients, server and database
share the machine, so only the ratios count. Needs pgbench on the path (or PGBENCH); without it there is no sheet.
"""

from tests.bench.town import Town, main  # isort: skip - it sets Django up

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connection

from config.servers.ports import free_port
from config.servers.postgres import start_postgres
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tests.bench.frame import Sheet
from tests.bench.hand_sql import per_second, scripts
from tests.bench.shop import CLIENTS, Shop, a_stocked_shop, order_on, pages_of, requests_on
from tests.database import own_database, point_django_at
from tests.factories.campaigns import an_offer
from tests.races.serving import Wish, basket, buyers, open_today, order_at_once, web
from tests.stores import store_ref

SECONDS = 6
BUYERS, PIECES = 200, 50
GOALS = {"a page of 20 goods": 0.25, "one product": 0.05, "an order of three lines": 0.08}
_HEADINGS = ("work", "hand-written SQL /s", "one process /s", "ratio", "two processes /s", "ratio", "goal", "p95 ms")


def bench(town: Town) -> Sequence[Sheet]:
    """Measure the four works on a durable server of its own; the town has no part in it."""
    if not (os.environ.get("PGBENCH") or shutil.which("pgbench")):
        return []
    with _durable() as database:
        ref = store_ref("acme")
        with in_store(ref):
            shop = a_stocked_shop(datetime.now(UTC))
        _trade(database, ref, shop)
        _settle(database)
        ours = {workers: _ours(database, ref, shop, workers=workers) for workers in (1, 2)}
        flash = _flash(database, ref, shop)
        with tempfile.TemporaryDirectory() as folder, in_store(ref):
            written = scripts(Path(folder), database, ref, shop)
            connection.close()
            limits = {work: per_second(database, ref, script, seconds=SECONDS) for work, script in written.items()}
    sheet = Sheet(
        f"Selling through the running server, {CLIENTS} clients",
        goal="a page ≥ 0.25, an order ≥ 0.08 of hand-written SQL",
        headings=_HEADINGS,
        lines=[_line(work, limits[work], ours) for work in GOALS],
    )
    best = {work: max(found[work][0] for found in ours.values()) / limits[work] for work in GOALS}
    sheet.reached = ", ".join(f"{work} {ratio:.3f}" for work, ratio in best.items())
    return [sheet, flash]


@contextmanager
def _durable() -> Iterator[str]:
    """A PostgreSQL that syncs, with the two stores in it; Django looks there meanwhile."""
    before, name = os.environ["LINLI_TEST_DATABASE_URL"], str(connection.settings_dict["NAME"])
    place = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    place.chmod(0o755)
    connection.close()
    server = start_postgres(data=place / "pg", port=free_port(), forgetful=False)
    os.environ["LINLI_TEST_DATABASE_URL"] = server.url()
    try:
        with own_database(worker="selling") as database:
            yield database
            connection.close()
    finally:
        os.environ["LINLI_TEST_DATABASE_URL"] = before
        point_django_at(urlsplit(before)._replace(path=f"/{name}").geturl())
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _trade(database: str, ref: StoreRef, shop: Shop) -> None:
    # A shop has sold before. In one that has not, every look-up of an order is planned as a walk through a table that
    # is still empty, and the walk grows with each order until the tables are analysed
    with in_store(ref):
        tokens = [token for _member, token in buyers(CLIENTS, now=datetime.now(UTC))]
    with web(database=database, workers=1) as port:
        order_on([port], ref, shop, tokens, seconds=SECONDS)


def _settle(database: str) -> None:
    # As autovacuum leaves a shop overnight: whoever is measured first would else be planned for empty tables
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _ours(database: str, ref: StoreRef, shop: Shop, *, workers: int) -> dict[str, tuple[float, float]]:
    """Say for each work how many a second, and the 95th percentile in ms."""
    with in_store(ref):
        tokens = [token for _member, token in buyers(CLIENTS, now=datetime.now(UTC))]
    with ExitStack() as servers:
        # A port for each process, drawn for each request as a proxy does: of two behind one port the first that wakes
        # takes every connection of a burst, and keeps them
        ports = [servers.enter_context(web(database=database, workers=1)) for _worker in range(workers)]
        return {
            "a page of 20 goods": requests_on(ports, ref, pages_of(shop), seconds=SECONDS),
            "one product": requests_on(
                ports, ref, [f"/api/v1/products/{key}" for key in shop.products], seconds=SECONDS
            ),
            "an order of three lines": order_on(ports, ref, shop, tokens, seconds=SECONDS),
        }


def _line(work: str, limit: float, ours: dict[int, dict[str, tuple[float, float]]]) -> Sequence[str]:
    (one, _slow), (two, p95) = ours[1][work], ours[2][work]
    ratios = f"{one / limit:.3f}", f"{two / limit:.3f}"
    return work, f"{limit:,.0f}", f"{one:,.0f}", ratios[0], f"{two:,.0f}", ratios[1], f"≥ {GOALS[work]}", f"{p95:.0f}"


def _flash(database: str, ref: StoreRef, shop: Shop) -> Sheet:
    """Two hundred press the button at once for fifty pieces."""
    took: list[float] = []
    sold: list[int] = []
    with web(database=database, workers=2) as port:
        for _round in range(5):
            with in_store(ref):
                now = datetime.now(UTC)
                item = an_offer(in_stock=PIECES, title=f"限量{len(sold)}")
                open_today(now)
                words = basket(shop.point, (item, 1))
                wishes = [Wish(token, str(new_id()), words) for _member, token in buyers(BUYERS, now=now)]
                connection.close()
            began = time.monotonic()
            answers = order_at_once(ref, port, wishes)
            took.append(time.monotonic() - began)
            sold.append(sum(answer.status == 201 for answer in answers))
    return Sheet(
        "A flash sale through the running server, two processes",
        goal=f"exactly {PIECES} sold, over in 2 s on an idle machine",
        reached=f"{sorted(set(sold))} sold, {max(took):.2f} s at most",
        headings=("round", "buyers", "pieces", "sold", "over after s"),
        lines=[
            (str(number + 1), str(BUYERS), str(PIECES), str(many), f"{seconds:.2f}")
            for number, (many, seconds) in enumerate(zip(sold, took, strict=True))
        ],
    )


if __name__ == "__main__":
    main(bench, __doc__)
