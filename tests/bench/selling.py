"""Placing an order of three lines, beside the same work as one statement of hand-written SQL, in one run.

    python -m tests.bench.selling --seconds 5

Ours goes through HTTP: token, idempotency key, prices, discounts, journal, stock, quota. pgbench's is the bare order:
order, lines, journal entry, stock with its moves, quota. Only the ratio counts; clients and servers share the machine.
Needs LINLI_TEST_DATABASE_URL, and pgbench on the path (or PGBENCH).
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.db import models  # noqa: E402 - needs the settings
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from kit.ids import new_id  # noqa: E402
from kit.tenancy import StoreRef, in_store  # noqa: E402
from tenants.campaigns.models import CampaignItem  # noqa: E402
from tenants.inventory.models import StockMove  # noqa: E402
from tenants.journal.models import JournalEntry  # noqa: E402
from tenants.leaders.models import PickupPoint  # noqa: E402
from tenants.orders.models import Order  # noqa: E402
from tests.database import own_database  # noqa: E402
from tests.factories.campaigns import an_open_campaign  # noqa: E402
from tests.factories.catalog import a_product  # noqa: E402
from tests.factories.leaders import a_leader_with_point  # noqa: E402
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_promotion  # noqa: E402
from tests.races.serving import Wish, basket, buyers, open_today, order_at_once, web  # noqa: E402
from tests.stores import store_ref  # noqa: E402

GOODS, LINES, CLIENTS = 90, 3, 8
_TPS = re.compile(r"tps = ([\d.]+)")


def main() -> None:
    """Measure both and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    seconds = parser.parse_args().seconds
    with own_database(worker="bench_selling") as database, tempfile.TemporaryDirectory() as folder:
        ref, now = store_ref("acme"), datetime.now(UTC)
        with in_store(ref):
            point, items = _stocked_shop(now)
        with web(database=database, workers=1) as port, in_store(ref):
            ours = _by_http(ref, port, point, items, now=now, seconds=seconds)
        with in_store(ref):
            script = _script(Path(folder), database, ref)
        limit = _by_pgbench(database, ref, script, seconds=seconds)
    table = Table("placing an order, 3 lines, 8 clients", "a second", "of the limit")
    table.add_row("one hand-written statement (pgbench)", f"{limit:.0f}", "1")
    table.add_row("ours over HTTP, one server process", f"{ours:.0f}", f"{ours / limit:.3f}")
    Console().print(table)


def _stocked_shop(now: datetime) -> tuple[PickupPoint, list[CampaignItem]]:
    a_promotion(TWENTY_FIVE_LESS_THREE)
    campaign = an_open_campaign(*(a_product(title=f"商品{number}", in_stock=1_000_000) for number in range(GOODS)))
    open_today(now)
    return a_leader_with_point(), list(campaign.items.order_by("id"))


def _by_http(
    ref: StoreRef, port: int, point: PickupPoint, items: list[CampaignItem], *, now: datetime, seconds: int
) -> float:
    """Let eight members order one basket after another; return orders a second."""
    placed, end = [0] * CLIENTS, time.monotonic() + seconds

    def shop(place: int, token: str) -> None:
        luck = Random(place)
        while time.monotonic() < end:
            lines = [(item, 1) for item in luck.sample(items, LINES)]
            body = basket(point, *lines)
            body["expected_total"]["amount"] -= 300
            (answer,) = order_at_once(ref, port, [Wish(token, str(new_id()), body)])
            assert answer.status == 201, answer.words
            placed[place] += 1

    clients = [
        threading.Thread(target=shop, args=(place, token))
        for place, (_member, token) in enumerate(buyers(CLIENTS, now=now))
    ]
    since = time.monotonic()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(placed) / (time.monotonic() - since)


def _script(folder: Path, database: str, ref: StoreRef) -> Path:
    """Write the same order in SQL; what is not drawn anew is copied from an order of ours."""
    with psycopg.connect(database, autocommit=True, options=f"-c search_path={ref.schema}") as owner:
        owner.execute(
            "CREATE TABLE bench_item AS "
            "SELECT row_number() OVER (ORDER BY id)::int AS n, id, sku_id FROM campaigns_campaignitem"
        )
        owner.execute("CREATE UNIQUE INDEX ON bench_item (n)")
        owner.execute("ANALYZE")
    order = Order.objects.latest("placed_at")
    line = order.lines.order_by("id")[0]
    move = StockMove.objects.get(ref_id=line.pk)
    entry = JournalEntry.objects.get(subject_id=order.pk)
    third = GOODS // LINES
    draws = [f"\\set i{part} random({part * third + 1}, {(part + 1) * third})" for part in range(LINES)]
    new = {"id": "gen_random_uuid()"}
    number = {"number": "substr(md5(random()::text), 1, 14)", "key": "gen_random_uuid()::text"}
    of_line = {"order_id": "o.id", "campaign_item_id": "w.id", "sku_id": "w.sku_id"}
    parts = [
        f"o AS ({_copy(order, new | number)} RETURNING id)",
        "w AS (SELECT id, sku_id FROM bench_item WHERE n IN (:i0, :i1, :i2) ORDER BY n)",
        f"l AS ({_copy(line, new | of_line, 'o, w')} RETURNING id, sku_id)",
        f"j AS ({_copy(entry, new | {'subject_id': 'o.id'}, 'o')})",
        "s AS (UPDATE inventory_stock s SET reserved = reserved + 1 FROM w WHERE s.sku_id = w.sku_id)",
        f"m AS ({_copy(move, new | {'sku_id': 'l.sku_id', 'ref_id': 'l.id'}, 'l')})",
        "q AS (UPDATE campaigns_campaignitem i SET taken = taken + 1 FROM w WHERE i.id = w.id)",
    ]
    path = folder / "order.sql"
    path.write_text("\n".join([*draws, f"WITH {', '.join(parts)} SELECT count(*) FROM l;", ""]))
    return path


def _copy(like: models.Model, drawn: dict[str, str], source: str = "") -> str:
    """Write an INSERT of a row like another one, with some columns drawn anew."""
    meta = like._meta
    columns = [str(field.column) for field in meta.concrete_fields]
    values = ", ".join(drawn.get(column, f"t.{column}") for column in columns)
    sources = ", ".join(filter(None, [f"{meta.db_table} t", source]))
    into = f"INSERT INTO {meta.db_table} ({', '.join(columns)})"
    return f"{into} SELECT {values} FROM {sources} WHERE t.id = '{like.pk}'"


def _by_pgbench(database: str, ref: StoreRef, script: Path, *, seconds: int) -> float:
    pgbench = os.environ.get("PGBENCH") or shutil.which("pgbench")
    assert pgbench, "pgbench is not on the path; set PGBENCH"
    done = subprocess.run(
        [
            pgbench,
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CLIENTS),
            "-j",
            "2",
            "-T",
            str(seconds),
            "-f",
            str(script),
            database,
        ],
        env={**os.environ, "PGOPTIONS": f"-c search_path={ref.schema}"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = _TPS.search(done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])


if __name__ == "__main__":
    main()
