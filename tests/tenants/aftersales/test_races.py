"""Two people decide at once, on connections of their own: one of them decides, and the money moves once."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from kit.tenancy import StoreRef, in_store
from tenants.aftersales.books import check
from tenants.aftersales.models import AfterSale, Party, Remedy
from tenants.aftersales.services.decide import AlreadyDecided, Decision, approve, reject
from tenants.aftersales.services.follow import note_opinion
from tenants.fulfilment.models import AfterUnclaimed, Unclaimed, UnclaimedState
from tenants.fulfilment.selectors import PickupMissing
from tenants.fulfilment.selectors_unclaimed import UnclaimedMissing
from tenants.fulfilment.services.hand_over import AlreadyTaken, HandedLine, NothingToHand, hand_over
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Refund
from tenants.points.models import Purse
from tenants.points.services.expire import expire_points
from tenants.sales.services.complete_orders import complete_orders
from tenants.sales.services.place_order import PriceChanged
from tenants.sales.services.unclaimed import end_unclaimed, look_for_unclaimed
from tests.database import own_database
from tests.factories.aftersales import an_after_sale, fetched
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.points import a_member_with_points, a_points_rule
from tests.factories.times import NOW, later
from tests.stores import store_ref
from tests.tenants.points.test_points import place
from tests.tenants.sales.test_races import at_once, kinds

LATE = later(days=2, hours=9)
ROUNDS = 4


@pytest.fixture(scope="module")
def open_database(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    with django_db_blocker.unblock(), own_database(worker=f"deciding_{worker_id}"):
        yield


@pytest.fixture
def shop(open_database: None, django_db_blocker: Any) -> Iterator[StoreRef]:
    with django_db_blocker.unblock():
        ref = store_ref("acme")
        with in_store(ref):
            yield ref
            assert check(NOW) == []


def by(name: str) -> Actor:
    return Actor(kind="person", name=name)


def test_of_people_who_grant_and_refuse_one_request_one_decides(shop: StoreRef) -> None:
    item = an_offer(in_stock=50)
    for _round in range(ROUNDS):
        before = Refund.objects.count()
        order = fetched(a_paid_order(item, quantity=2))
        asked = an_after_sale(order)
        note_opinion(after_sale_id=asked.pk, leader=order.leader, agrees=True, words="", actor=by("李姐"), now=NOW)
        decision = Decision(remedy=Remedy.REFUND, amount_minor=1290, liability={Party.STORE: 1_000_000})
        grants = [
            partial(approve, after_sale_id=asked.pk, decision=decision, actor=by(name), now=NOW) for name in "一二三"
        ]
        refusals = [
            partial(reject, after_sale_id=asked.pk, answer="看不出问题", actor=by(name), now=NOW) for name in "四五"
        ]

        told = kinds(at_once(shop, [*grants, *refusals]))

        assert told == {AfterSale: 1, AlreadyDecided: 4}
        asked.refresh_from_db()
        assert Refund.objects.count() - before == (asked.state == "refunding")


def test_who_comes_for_goods_that_are_being_given_back_gets_them_or_the_money(shop: StoreRef) -> None:
    for _round in range(ROUNDS):
        before = Refund.objects.count()
        order = a_paid_order(quantity=2)
        assert look_for_unclaimed(now=LATE) >= 1
        visit = the_visit_of(order)
        row = Unclaimed.objects.get(pickup=visit)
        lines = [HandedLine(line_id_of(order), 2)]
        handing = partial(hand_over, pickup_id=visit.pk, leader=order.leader, lines=lines, by_name="李姐", now=LATE)
        ending = partial(
            end_unclaimed, unclaimed_id=row.pk, outcome=AfterUnclaimed.RETURN, actor=by("店长"), note="", now=LATE
        )

        told = at_once(shop, [handing, ending, ending, handing])

        order.refresh_from_db()
        row.refresh_from_db()
        errors = [one for one in told if isinstance(one, Exception)]
        assert all(isinstance(one, UnclaimedMissing | PickupMissing | AlreadyTaken | NothingToHand) for one in errors)
        if order.state == OrderState.PICKED_UP:
            assert (Refund.objects.count(), row.state) == (before, UnclaimedState.REMINDED)
        else:
            assert (order.state, row.state) == (OrderState.CANCELLED, UnclaimedState.RETURNED)
            assert Refund.objects.count() == before + 1


def test_one_purse_is_spent_once_by_baskets_at_once(shop: StoreRef) -> None:
    a_points_rule(max_share_ppm=990_000)
    item = an_offer(price_minor=1000, in_stock=50)
    for _round in range(ROUNDS):
        member = a_member_with_points(500)
        baskets = [partial(place, member, (item, 1), total=500) for _basket in range(5)]

        told = kinds(at_once(shop, [*baskets, partial(expire_points, now=NOW)]))

        assert told.pop(Order) == 1
        assert told.pop(int) == 1
        assert sum(told.values()) == 4
        assert {one.__name__ for one in told} <= {PriceChanged.__name__, "PointsGone"}
        purse = Purse.objects.get(member=member)
        assert (purse.balance, purse.locked) == (500, 500)


def test_orders_completed_by_two_tasks_at_once_earn_once(shop: StoreRef) -> None:
    a_points_rule()
    item, member = an_offer(price_minor=1000, in_stock=50), a_member_with_points(1)
    for _order in range(3):
        fetched(a_paid_order(item, member=member))
    done = NOW + timedelta(hours=49)

    at_once(shop, [partial(complete_orders, now=done)] * 4)

    assert Purse.objects.get(member=member).balance == 1 + 3 * 10
