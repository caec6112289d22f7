"""The fleet: nothing to do, and AddField + AddIndex, against django-tenants' migrate_schemas.

    python -m tests.bench.fleet --stores 50,200

migrate_schemas is measured on a few stores of the same town (its cost a store grows with the town, so this flatters
it); all figures are per store.
"""

import os
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from django.db import connection, transaction

from control.fleet.crew import share_out
from control.fleet.models import StoreMigration
from control.fleet.services.migrate_fleet import migrate_fleet
from control.merchants.models import Merchant
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.record_bundle import current_bundle
from kit.tenancy import in_control
from tests.bench.frame import Cost, Row, Sheet, measured
from tests.bench.peers import peer
from tests.bench.town import LATER, Town, main
from tests.control.fleet.releases import ADD_BIRTHDAY, released

PEERS = 6
WORKERS = os.cpu_count() or 2


def bench(town: Town) -> Sequence[Sheet]:
    """Measure at every size the town grows to."""
    noop = Sheet("Fleet: nothing to do", goal="no-op on 1,000 stores ≤ 10 s")
    adding = Sheet("Fleet: AddField + AddIndex", goal="200 stores with ≥ 30× less CPU than migrate_schemas")
    for size in town.sizes:
        town.grow_to(size)
        noop.rows += nothing_to_do(town, size)
        adding.rows += add_field_and_index(town, size)
    noop.reached = f"{noop.rows[-1].cost.wall:.2f} s for {noop.rows[-1].cost.things:,} schemas"
    ratios = {
        peers.stores: peers.cost.cpu_ms_each / ours.cost.cpu_ms_each
        for peers, ours in zip(adding.rows[::3], adding.rows[1::3], strict=True)
    }
    adding.reached = ", ".join(f"{ratio:.0f}× at {size:,}" for size, ratio in ratios.items())
    return [noop, adding]


def nothing_to_do(town: Town, size: int) -> list[Row]:
    """Ask every store whether there is something to do."""
    few = town.schemas[:PEERS]
    peer("migrate_schemas", town.url, schemas=few)  # the first time it ticks off apps that have no table here
    theirs = peer("migrate_schemas", town.url, schemas=few)
    migrate_fleet(now=LATER)  # writes the rows of a first look
    connection.close()
    ours = measured(town.url, lambda: migrate_fleet(now=LATER, workers=WORKERS), things=_fleet_size())
    return [
        Row("django-tenants migrate_schemas", size, theirs, f"{PEERS} stores measured, {_for_all(theirs, size)}"),
        Row("linli fleet migrate", size, ours, f"{ours.wall:.2f} s in all"),
    ]


def add_field_and_index(town: Town, size: int) -> list[Row]:
    """Bring every store to a release of the bench's making, and take it back afterwards."""
    few = town.schemas[:PEERS]
    with tempfile.TemporaryDirectory() as folder, released(Path(folder), ADD_BIRTHDAY) as package:
        connection.close()
        theirs = peer("migrate_schemas", town.url, schemas=few, release=(folder, package))
        rest = _fleet_size() - PEERS
        # Once a release, in whichever process is first; sign-ups need it too
        recipe = measured(town.url, lambda: current_bundle(now=LATER), things=1)
        connection.close()
        ours = measured(town.url, lambda: migrate_fleet(now=LATER, workers=WORKERS), things=rest)
        with in_control():
            sample = {fingerprint_of(name) for name in [*few, *town.schemas[-PEERS:]]}
        assert len(sample) == 1, "the catalogs differ"
        _take_back(current_bundle(now=LATER).sha)
    return [
        Row("django-tenants migrate_schemas", size, theirs, f"{PEERS} stores measured, {_for_all(theirs, size)}"),
        Row(f"linli fleet migrate, {WORKERS} workers, plan included", size, ours, f"{ours.wall:.1f} s in all"),
        Row("… with the release's recipe recorded first", size, _together(ours, recipe), "the recipe once a release"),
    ]


def _together(ours: Cost, recipe: Cost) -> Cost:
    return Cost(ours.things, ours.wall + recipe.wall, ours.client + recipe.client, ours.server + recipe.server)


def _for_all(cost: Cost, size: int) -> str:
    return f"all would take {cost.cpu_ms_each * size / 1000:,.0f} CPU s (extrapolated)"


def _fleet_size() -> int:
    with in_control():
        return Merchant.objects.count() + PooledSchema.objects.count()


def _take_back(sha: str) -> None:
    with in_control():
        names = [*Merchant.objects.values_list("schema_name", flat=True)]
        names += PooledSchema.objects.values_list("schema_name", flat=True)

    def undo(name: str) -> None:
        with in_control(as_owner=True), transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{name}".members_member DROP COLUMN birthday')
            cursor.execute(f"DELETE FROM \"{name}\".django_migrations WHERE app = 'members' AND name = '0002_next'")

    share_out(deque([*names, "t_template"]), undo, workers=2, stop=Event())
    with in_control():
        Bundle.objects.filter(sha=sha).delete()
        StoreMigration.objects.all().delete()
        PooledSchema.objects.update(bundle_sha=Bundle.objects.latest("built_at").sha)
    connection.close()


if __name__ == "__main__":
    main(bench, __doc__)
