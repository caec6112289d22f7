"""The same works as a page of goods, a product, an order: as hand-written SQL, run by pgbench."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
from django.db import models

from kit.tenancy import StoreRef
from tenants.inventory.models import StockMove
from tenants.journal.models import GivenAnswer, JournalEntry
from tenants.orders.models import LineDiscount
from tests.bench.shop import CLIENTS, GOODS, LINES, PAGE, Shop

_TPS = re.compile(r"tps = ([\d.]+)")
_GOODS = """
SELECT json_agg(found) FROM (
    SELECT p.id, p.title, p.subtitle, (
        SELECT json_agg(json_build_object('id', i.id, 'label', s.label, 'price', i.price_minor,
                        'left', least(st.on_hand - st.reserved - st.held, i.quota - i.taken)) ORDER BY i.position)
        FROM catalog_sku s
        JOIN campaigns_campaignitem i ON i.sku_id = s.id
        JOIN campaigns_campaign c ON c.id = i.campaign_id AND c.state = 'published'
        JOIN inventory_stock st ON st.sku_id = s.id
        WHERE s.product_id = p.id AND s.is_active
    ) AS items
    FROM catalog_product p WHERE {which} AND p.state = 'on_sale' ORDER BY p.id LIMIT {limit}
) found;
"""


def scripts(folder: Path, database: str, ref: StoreRef, shop: Shop) -> dict[str, Path]:
    """Write the three scripts; rows are drawn by number from small tables made beside the shop's."""
    with psycopg.connect(database, autocommit=True, options=f"-c search_path={ref.schema}") as owner:
        for name, table, rest in (("item", "campaigns_campaignitem", ", sku_id"), ("product", "catalog_product", "")):
            numbered = f"SELECT row_number() OVER (ORDER BY id)::int AS n, id{rest} FROM {table}"
            owner.execute(f"CREATE TABLE bench_{name} AS {numbered}")
            owner.execute(f"CREATE UNIQUE INDEX ON bench_{name} (n)")
        owner.execute("ANALYZE")
    drawn = "(SELECT id FROM bench_product WHERE n = :n)"
    page = _GOODS.format(which=f"p.id > {drawn}", limit=PAGE)
    one = _GOODS.format(which=f"p.id = {drawn}", limit=1)
    written = {
        "a page of 20 goods": f"\\set n random(1, {GOODS - PAGE - 1})\n{page}",
        "one product": f"\\set n random(1, {GOODS})\n{one}",
        "an order of three lines": _order(len(shop.items)),
    }
    paths = {}
    for number, (work, text) in enumerate(written.items()):
        paths[work] = folder / f"{number}.sql"
        paths[work].write_text(text)
    return paths


def per_second(database: str, ref: StoreRef, script: Path, *, seconds: int) -> float:
    """Run a script by as many clients as the shop has; return transactions a second."""
    pgbench = os.environ.get("PGBENCH") or shutil.which("pgbench") or "pgbench"
    how = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-f", str(script), database]
    done = subprocess.run(
        [pgbench, *how],
        env={**os.environ, "PGOPTIONS": f"-c search_path={ref.schema}"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = _TPS.search(done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])


def _order(items: int) -> str:
    """One statement that writes what an order writes: itself, lines with their discounts, journal entry, kept answer,
    stock with its moves, quota, both within their limits. What is not drawn is copied.
    """
    discount = LineDiscount.objects.select_related("line__order").latest("id")
    order, line = discount.line.order, discount.line
    move = StockMove.objects.get(ref_id=line.pk)
    entry = JournalEntry.objects.get(subject_id=order.pk)
    answer = GivenAnswer.objects.filter(status=201).latest("created_at")
    third = items // LINES
    draws = [f"\\set i{part} random({part * third + 1}, {(part + 1) * third})" for part in range(LINES)]
    new = {"id": "gen_random_uuid()"}
    number = {"number": "substr(md5(random()::text), 1, 14)", "key": "gen_random_uuid()::text"}
    of_line = {"order_id": "o.id", "campaign_item_id": "w.id", "sku_id": "w.sku_id"}
    parts = [
        f"o AS ({_copy(order, new | number)} RETURNING id)",
        "w AS (SELECT id, sku_id FROM bench_item WHERE n IN (:i0, :i1, :i2) ORDER BY n)",
        f"l AS ({_copy(line, new | of_line, 'o, w')} RETURNING id, sku_id)",
        f"j AS ({_copy(entry, new | {'subject_id': 'o.id'}, 'o')})",
        f"d AS ({_copy(discount, new | {'line_id': 'l.id'}, 'l')})",
        f"a AS ({_copy(answer, new | {'key': 'gen_random_uuid()::text'})})",
        (
            "s AS (UPDATE inventory_stock s SET reserved = reserved + 1 FROM w WHERE s.sku_id = w.sku_id"
            " AND s.on_hand + s.planned - s.reserved - s.held >= 1)"
        ),
        f"m AS ({_copy(move, new | {'sku_id': 'l.sku_id', 'ref_id': 'l.id'}, 'l')})",
        (
            "q AS (UPDATE campaigns_campaignitem i SET taken = taken + 1 FROM w WHERE i.id = w.id"
            " AND (i.quota IS NULL OR i.taken < i.quota))"
        ),
    ]
    return "\n".join([*draws, f"WITH {', '.join(parts)} SELECT count(*) FROM l;", ""])


def _copy(like: models.Model, drawn: dict[str, str], source: str = "") -> str:
    """Write an INSERT of a row like another one, with some columns drawn anew."""
    meta = like._meta
    columns = [str(field.column) for field in meta.concrete_fields]
    values = ", ".join(drawn.get(column, f"t.{column}") for column in columns)
    sources = ", ".join(filter(None, [f"{meta.db_table} t", source]))
    into = f"INSERT INTO {meta.db_table} ({', '.join(columns)})"
    return f"{into} SELECT {values} FROM {sources} WHERE t.id = '{like.pk}'"
