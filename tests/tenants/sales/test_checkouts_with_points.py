"""Points on a checkout are held, used and given back by each of its orders; goods of a team never join one."""

import pytest

from kit.tenancy import StoreRef
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.points.models import PointsUse, Purse, UseState
from tenants.sales.books import check
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_checkout import TeamsApart
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import a_team_offer
from tests.factories.checkouts import a_checkout, an_offer_for, orders_of
from tests.factories.orders import a_started_payment, news_of
from tests.factories.points import a_member_with_points, a_points_rule
from tests.factories.times import NOW, later


def purse(member: Member) -> tuple[int, int]:
    found = Purse.objects.get(member=member)
    return found.balance, found.locked


def used(order: Order) -> PointsUse:
    return PointsUse.objects.get(basket=order.pk)


def test_each_order_holds_its_share_and_gives_it_back_with_its_money(in_acme: StoreRef) -> None:
    a_points_rule()
    member = a_member_with_points(501)
    lines = ((an_offer_for(0, title="苹果", price_minor=1990), 1), (an_offer_for(1, price_minor=990), 1))

    first, second = orders_of(a_checkout(*lines, member=member, uses_points=True))

    assert purse(member) == (501, 501)
    assert used(first).points + used(second).points == 501
    assert (used(first).off_minor, used(second).off_minor) == (1990 - first.total_minor, 990 - second.total_minor)
    settle_payment(news=news_of(a_started_payment(first)), now=NOW)
    assert purse(member) == (0, 0)
    assert {used(first).state, used(second).state} == {UseState.USED}
    refund_whole(order_id=second.pk, reason="坏果", actor=Actor(kind="person", name="陈店长"), key="all", now=NOW)
    assert purse(member) == (used(second).points, 0)
    assert check(NOW) == []


def test_an_unpaid_checkout_frees_the_points_of_all_its_orders(in_acme: StoreRef) -> None:
    a_points_rule()
    member = a_member_with_points(400)
    checkout = a_checkout(member=member, uses_points=True)

    expire_orders(now=later(minutes=30))

    assert purse(member) == (400, 0)
    assert {used(order).state for order in orders_of(checkout)} == {UseState.RELEASED}
    assert check(later(minutes=30)) == []


def test_a_share_may_round_down_to_no_point_at_all(in_acme: StoreRef) -> None:
    a_points_rule(per_yuan=1)  # a point is a whole yuan
    member = a_member_with_points(1)
    first, second = orders_of(a_checkout(member=member, uses_points=True))

    settle_payment(news=news_of(a_started_payment(first)), now=NOW)

    assert sorted([used(first).points, used(second).points]) == [0, 1]
    assert purse(member) == (0, 0)
    assert check(NOW) == []


def test_goods_of_a_team_are_an_order_of_their_own(in_acme: StoreRef) -> None:
    with pytest.raises(TeamsApart):
        a_checkout((a_team_offer(), 1))
