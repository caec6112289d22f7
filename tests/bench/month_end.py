"""The end of a month for every merchant at once: fees closed, subscription renewed, one invoice each, posted.

Stores of one table: their outbox is all that a month's end opens of them. The wallet pays, so no card company is asked.

python -m tests.bench.month_end --stores 200
"""

from tests.bench.town import Town, main  # isort: skip - it sets Django up

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import psycopg

from billing.models.invoices import Invoice, InvoiceState
from billing.services.collect_and_rate import collect_and_rate
from billing.services.grant_promo import approve_grant, grant_promo
from billing.services.run_due import run_due
from control.merchants.models import Merchant
from kit.ids import new_id, new_schema_name
from kit.tenancy import in_control
from kit.tenancy.roles import CONTROL
from tests.bench.billed import ENDS, SHANGHAI, STARTS, billed, leave_facts, let_go
from tests.bench.frame import Row, Sheet, measured
from tests.stores import store_ref

ORDERS = 20  # of each merchant over the month
NEXT = datetime(2027, 2, 1, tzinfo=SHANGHAI)


def bench(town: Town) -> Sequence[Sheet]:
    """Let so many merchants sell for a month, then let it end."""
    size = town.sizes[-1]
    stores = billed(_narrow_stores(town.url, size))
    _fill_wallets([store.merchant_id for store in stores])
    leave_facts(town.url, stores, each=ORDERS, since=ENDS)
    with in_control():
        run_due(now=ENDS)  # a month that went before: an account's books are opened once
        collect_and_rate(now=NEXT)
        before = Invoice.objects.count()
        cost = measured(town.url, lambda: run_due(now=NEXT), things=size)
        made = Invoice.objects.filter(period_starts_at=NEXT, state=InvoiceState.PAID).count()
        assert (made, Invoice.objects.count() - before) == (size, size)
        Merchant.objects.filter(pk__in=[store.merchant_id for store in stores]).update(state="erased")
    let_go(stores)
    with psycopg.connect(town.url, autocommit=True) as owner:
        for store in stores:
            owner.execute(f'DROP SCHEMA "{store.schema}" CASCADE')
    row = Row("run_due", size, cost, note=f"{1000 * cost.wall / size:.0f} s by the clock for 1,000")
    reached = f"{cost.cpu_ms_each:.0f} s of CPU for 1,000 (of {size} measured)"
    return [Sheet("A month's end", goal="≤ 60 s for 1,000 merchants", reached=reached, rows=[row])]


def _narrow_stores(url: str, size: int) -> list[str]:
    names = [new_schema_name() for _number in range(size)]
    like = store_ref("acme").schema
    with psycopg.connect(url, autocommit=True) as owner:
        for name in names:
            owner.execute(f'CREATE SCHEMA "{name}"')
            owner.execute(f'CREATE TABLE "{name}".journal_outboxfact (LIKE "{like}".journal_outboxfact INCLUDING ALL)')
            owner.execute(f'GRANT USAGE ON SCHEMA "{name}" TO {CONTROL}')
            owner.execute(f'GRANT SELECT, DELETE, UPDATE ON "{name}".journal_outboxfact TO {CONTROL}')
    with in_control():
        Merchant.objects.bulk_create(
            Merchant(slug=f"m{name[2:12]}z", name=name, schema_name=name, state="active", state_since=STARTS,
                     created_at=STARTS)
            for name in names
        )  # fmt: skip
    return names


def _fill_wallets(merchant_ids: Sequence[UUID]) -> None:
    with in_control():
        for merchant_id in merchant_ids:
            asked = grant_promo(
                merchant_id=merchant_id, amount_minor=20_000_00, expires_at=None, reason="bench", key=new_id(),
                by="one@linli.test", now=STARTS,
            )  # fmt: skip
            if asked.granted_at is None:
                approve_grant(grant_id=asked.pk, by="two@linli.test", now=STARTS)


if __name__ == "__main__":
    main(bench, __doc__)
