"""What the outbox adds to a checkout: an order placed, its payment settled, in one store after another.

    python -m tests.bench.outbox --stores 20

The same stories in turn with the fact for billing left in the outbox, and without it. Both in the paying story's own
transaction, which is all that a member waits for; collecting is another bench.
"""

from tests.bench.town import Town, main  # isort: skip - it sets Django up

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from unittest.mock import patch

from django.db import connection

from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control, in_store
from tenants.campaigns.models import CampaignItem
from tenants.journal.models import OutboxFact
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.sales.services.settle_payment import settle_payment
from tests.bench.frame import Sheet, cpu_of, interleaved, median
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order, a_started_payment, news_of
from tests.factories.times import NOW

STORES, GOODS, LINES, ROUNDS = 20, 6, 3, 12
_Shop = tuple[StoreRef, list[CampaignItem], PickupPoint, Member]
_numbers = count()


def bench(town: Town) -> Sequence[Sheet]:
    """Check out once in every store, with and without, so many rounds."""
    size = max(town.sizes[-1], 2)
    if len(town.schemas) < size:
        town.grow_to(size)
    with in_control():
        merchants = list(Merchant.objects.filter(schema_name__in=town.schemas[:STORES]).order_by("id"))
    shops = [_shop(merchant.ref) for merchant in merchants]
    with_it, without = partial(_round, shops), partial(_round, shops, "tenants.sales.services.settle_payment")
    with_it(), without()  # plans made, pages read
    facts = _facts(shops)
    found = interleaved({"with": with_it, "without": without}, rounds=ROUNDS)
    assert _facts(shops) - facts == ROUNDS * len(shops), "the outbox did not take part, or took part twice"
    connection.close()
    ours, bare = median(found["with"]), median(found["without"])
    cost = [ours / bare - 1 for ours, bare in zip(found["with"], found["without"], strict=True)]
    note = f"CPU of here and the backend, median of {ROUNDS} rounds through {len(shops)} stores"
    return [
        Sheet(
            "A checkout with and without the outbox",
            goal="the outbox costs ≤ 10 % of a checkout, across many stores",
            reached=f"{100 * median(cost):+.1f} % (median of the rounds)",
            headings=("checkout of three lines", "stores", "CPU ms each", "ratio", "note"),
            lines=[
                ("without the outbox", str(len(shops)), f"{1000 * bare:.2f}", "1.000", note),
                ("with the outbox", str(len(shops)), f"{1000 * ours:.2f}", f"{ours / bare:.3f}", note),
            ],
        )
    ]


def _shop(store: StoreRef) -> _Shop:
    with in_store(store):
        campaign = an_open_campaign(*(a_product(title=f"商品{n}", in_stock=1_000_000) for n in range(GOODS)))
        return store, list(campaign.items.order_by("id")), a_leader_with_point(), a_member()


def _round(shops: Sequence[_Shop], *without: str) -> float:
    """CPU seconds of one checkout in this process and its backend."""
    gc.collect()
    gc.disable()
    spent = 0.0
    with ExitStack() as stack:
        for module in without:
            stack.enter_context(patch(f"{module}.leave_fact"))
        for shop in shops:
            spent += _checkout(shop)
    gc.enable()
    return spent / len(shops)


def _checkout(shop: _Shop) -> float:
    store, items, point, member = shop
    with in_store(store):
        began = _cpu()
        order = a_pending_order(*items[:LINES], member=member, point=point)
        payment = a_started_payment(order, key=f"bench-{next(_numbers)}")
        settle_payment(news=news_of(payment), now=NOW)
        return _cpu() - began


def _cpu() -> float:
    connection.ensure_connection()
    return time.process_time() + cpu_of(connection.connection.info.backend_pid)


def _facts(shops: Sequence[_Shop]) -> int:
    return sum(_each_count(shops))


def _each_count(shops: Sequence[_Shop]) -> Iterator[int]:
    for store, *_rest in shops:
        with in_store(store):
            yield OutboxFact.objects.count()


if __name__ == "__main__":
    main(bench, __doc__)
