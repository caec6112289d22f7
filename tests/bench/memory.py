"""A backend's memory after it has served N stores: PostgreSQL keeps a catalog cache for every table it ever touched.

    python -m tests.bench.memory --stores 50,200

One connection goes from store to store and reads what a shop window, a checkout and a back office read. Beside it the
same walk with the connection recycled as the product does it (LINLI_STORES_PER_CONNECTION, decision 0041).
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from kit.tenancy import StoreRef, in_store
from tests.bench.frame import Sheet, memory_of
from tests.bench.town import Town, main
from tests.isolation.planting import store_models

STEPS = (1, 10, 50, 100, 200, 500, 1000)
NEVER = 1_000_000


def bench(town: Town) -> Sequence[Sheet]:
    """Walk through as many stores as there are."""
    town.grow_to(town.sizes[-1])
    sheet = Sheet(
        "Memory of one backend after touching N stores",
        goal="bounded by recycling",
        headings=(
            "stores touched",
            "MiB private",
            f"MiB, recycled after {settings.LINLI_STORES_PER_CONNECTION} stores",
        ),
    )
    steps = [step for step in STEPS if step <= len(town.schemas)]
    bounded = walk(town.schemas, steps)
    usual, settings.LINLI_STORES_PER_CONNECTION = settings.LINLI_STORES_PER_CONNECTION, NEVER
    kept = walk(town.schemas, steps)
    settings.LINLI_STORES_PER_CONNECTION = usual
    sheet.lines = [(f"{n:,}", f"{kept[n]:.0f}", f"{bounded[n]:.0f}") for n in steps]
    sheet.reached = f"{kept[steps[-1]]:.0f} MiB never recycled, at most {max(bounded.values()):.0f} MiB recycled"
    return [sheet]


def walk(schemas: Sequence[str], steps: Iterable[int]) -> dict[int, float]:
    """Serve one store after the other; return the most any backend held up to each step."""
    connection.close()
    found, most = {}, 0.0
    for number, schema in enumerate(schemas, start=1):
        connection.close_if_unusable_or_obsolete()  # as every request begins
        touch(StoreRef(merchant_id=UUID(int=number), schema=schema))
        if number in steps or number % settings.LINLI_STORES_PER_CONNECTION == 0:
            most = max(most, memory_of(connection.connection.info.backend_pid))
            if number in steps:
                found[number] = most
    connection.close()
    return found


def touch(ref: StoreRef) -> None:
    """Read a row of every table of a store: what a day's requests come to."""
    with in_store(ref):
        for model in store_models():
            list(model._base_manager.all()[:1])


if __name__ == "__main__":
    main(bench, __doc__)
