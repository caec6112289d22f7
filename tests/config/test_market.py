"""The demo's market uses the real stories: goods come by lot from suppliers, money comes through the companies."""

import random
from datetime import timedelta

import pytest

from config.demo.market.afterwards import live_on, set_up_service
from config.demo.market.channels import open_channels
from config.demo.market.days import Neighbourhood
from config.demo.market.plan import STORES
from config.demo.market.supplies import ZONE, buy_goods, find_suppliers
from kit.tenancy import StoreRef
from tenants.aftersales.models import AfterSale
from tenants.campaigns.models import Campaign
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.inventory.models import Batch, Stock
from tenants.leaders.models import ServiceArea
from tenants.payments.channels import offered_ways
from tenants.points.models import Purse
from tenants.purchasing.models import PurchaseOrder, PurchaseState
from tenants.reviews.models import Review
from tests.factories.aftersales import fetched
from tests.factories.books import books_add_up
from tests.factories.campaigns import an_offer
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW, later
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


def test_neighbours_complain_praise_and_earn_points(in_acme: StoreRef) -> None:
    point, gifted = a_leader_with_point(), a_member()
    set_up_service(points=[point], members=[gifted], now=NOW, by_name=STORE.owner)
    old = fetched(a_paid_order(point=point))
    item = an_offer(in_stock=50)
    then = later(days=3)
    Campaign.objects.update(cutoff_at=later(days=9), pickup_date=later(days=4).date())
    for _neighbour in range(12):
        order = a_paid_order(item, quantity=2, point=point, now=then)
        lines = [HandedLine(line_id_of(order), 2)]
        hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=lines, by_name="李姐", now=then)
    people = Neighbourhood(store=STORE, skus=[], points=[point], members=[])

    live_on(people=people, now=then, luck=random.Random(1))

    assert Purse.objects.get(member=old.member).balance == 12
    assert Purse.objects.get(member=gifted).balance == 200
    assert Review.objects.count() == 10
    assert Review.objects.exclude(reply="").count() == 4
    assert {one.state for one in AfterSale.objects.all()} >= {"store_review", "refunding", "rejected"}
    assert ServiceArea.objects.get().points.get() == point


def test_a_store_collects_through_the_companies_and_no_longer_by_the_trial_cashier(
    in_acme: StoreRef, companies: Companies
) -> None:
    assert {way.provider for way in offered_ways()} == {"sandbox"}

    open_channels(by_name=STORE.owner, by_email="owner@acme.example", now=NOW)

    assert {way.provider for way in offered_ways()} == {"wechat", "alipay", "balance"}
