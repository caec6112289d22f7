"""Collecting what stores sold and giving each order its fee: events a second, by one worker and by two.

python -m tests.bench.metering
"""

import resource
from collections.abc import Sequence
from functools import partial

from tests.bench.town import Town, main  # isort: skip - it sets Django up

from billing.services.collect_usage import collect_usage
from billing.services.rate_usage import rate_usage
from kit.tenancy import StoreRef
from tests.bench.billed import ENDS, billed, leave_facts, let_go, shared
from tests.bench.frame import Cost, Row, Sheet, measured

STORES, EVENTS = 20, 3_000  # of each store; twice, for one worker and for two


def bench(town: Town) -> Sequence[Sheet]:
    """Fill outboxes, collect, rate; each by one worker, then again by two."""
    size = town.sizes[-1]
    if len(town.schemas) < size:
        town.grow_to(size)
    stores = billed(town.schemas[:STORES])
    sheets = [
        Sheet("Collecting usage", goal="≥ 5,000 events/s"),
        Sheet("Rating usage", goal="≥ 30,000 events/s on two cores"),
    ]
    for workers in (1, 2):
        events = leave_facts(town.url, stores, each=EVENTS)
        for sheet, work in zip(sheets, (_collect, _rate), strict=True):
            children = _children()
            cost = measured(town.url, partial(shared, work, stores, workers=workers), things=events)
            cost.client += _children() - children
            sheet.rows.append(Row(_worker_said(workers), len(stores), cost, note=_rate_said(cost)))
    let_go(stores)
    for sheet in sheets:
        sheet.reached = ", ".join(row.note for row in sheet.rows)
    return sheets


def _collect(store: StoreRef) -> None:
    collect_usage(store=store, now=ENDS)


def _rate(store: StoreRef) -> None:
    rate_usage(merchant_id=store.merchant_id, now=ENDS)


def _children() -> float:
    """CPU seconds of processes that have ended: the second worker's client is one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _worker_said(workers: int) -> str:
    return "one worker" if workers == 1 else f"{workers} workers"


def _rate_said(cost: Cost) -> str:
    return f"{cost.things / cost.wall:,.0f}/s by the clock, {2 * cost.things / cost.cpu:,.0f}/s were two cores ours"


if __name__ == "__main__":
    main(bench, __doc__)
