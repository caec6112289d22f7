"""The demo's market uses the real stories: goods come by lot from suppliers, money comes through the companies."""

import random
from datetime import timedelta

import pytest

from config.demo.market.channels import open_channels
from config.demo.market.plan import STORES
from config.demo.market.supplies import ZONE, buy_goods, find_suppliers
from kit.tenancy import StoreRef
from tenants.inventory.models import Batch, Stock
from tenants.payments.channels import offered_ways
from tenants.purchasing.models import PurchaseOrder, PurchaseState
from tests.factories.books import books_add_up
from tests.factories.catalog import a_product
from tests.factories.times import NOW
from tests.simulators.companies import Companies

__all__ = ["books_add_up"]
STORE = STORES[0]


@pytest.mark.parametrize("past", [0, 3, 4])
def test_goods_come_by_lot_and_are_counted(in_acme: StoreRef, past: int) -> None:
    sku = a_product(in_stock=10)
    suppliers = find_suppliers(store=STORE, now=NOW)

    day = NOW.astimezone(ZONE).date() - timedelta(days=past)
    buy_goods(store=STORE, suppliers=suppliers, skus=[sku], day=day, now=NOW, luck=random.Random(1))

    lots = list(Batch.objects.all())
    assert len(lots) == (1 if past == 4 else 0)
    assert Stock.objects.get(sku=sku).on_hand == 10 + sum(lot.on_hand for lot in lots)
    states = set(PurchaseOrder.objects.values_list("state", flat=True))
    assert (
        states == {0: {PurchaseState.SENT}, 3: set(), 4: states & {PurchaseState.RECEIVED, PurchaseState.CLOSED}}[past]
    )
    assert (past == 3) == (not states)


def test_a_store_collects_through_the_companies_and_no_longer_by_the_trial_cashier(
    in_acme: StoreRef, companies: Companies
) -> None:
    assert {way.provider for way in offered_ways()} == {"sandbox"}

    open_channels(by_name=STORE.owner, by_email="owner@acme.example", now=NOW)

    assert {way.provider for way in offered_ways()} == {"wechat", "alipay", "balance"}
