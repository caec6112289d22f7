"""Each promise about points is quiet while the books are in order, and speaks when one row is bent."""

from collections.abc import Callable

import pytest
from django.db.models import F

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.orders.models import LineDiscount, Order
from tenants.points.models import MoveKind, PointsGain, PointsMove, PointsUse, Purse, UseState
from tenants.sales.books import check
from tests.factories.campaigns import an_offer
from tests.factories.points import a_member_with_points, a_points_rule
from tests.factories.times import NOW
from tests.tenants.points.test_points import done, give_back, paid, place


def a_shop_with_points() -> Order:
    """Orders that locked, used, got back and earned points; the one returned is done."""
    a_points_rule()
    item, member = an_offer(price_minor=1000, in_stock=9), a_member_with_points(2000)
    place(member, (item, 1), total=500)
    part = paid(place(member, (item, 2), total=1000))
    give_back(part, key="a", quantity=1)
    return done(paid(place(member, (item, 1), total=500)))


def more_in_a_purse() -> None:
    Purse.objects.update(balance=F("balance") + 1)


def fewer_locked() -> None:
    Purse.objects.update(locked=F("locked") - 1)


def owed_for_nothing() -> None:
    Purse.objects.update(owed=5)


def a_move_of_nobody() -> None:
    PointsMove.objects.create(member=Purse.objects.get().member, kind=MoveKind.EARN, points=5, ref_id=new_id(), at=NOW)


def returned_without_a_move() -> None:
    PointsUse.objects.filter(returned__gt=0).update(returned=F("returned") + 1)


def used_without_a_move() -> None:
    use = PointsUse.objects.filter(state=UseState.LOCKED)
    Purse.objects.update(locked=0)
    use.update(state=UseState.USED)


def a_discount_too_small() -> None:
    LineDiscount.objects.filter(source="points").update(off_minor=F("off_minor") - 1)


def released_though_paid() -> None:
    PointsUse.objects.filter(state=UseState.USED, returned=0).update(state=UseState.RELEASED)


def earned_too_much() -> None:
    PointsGain.objects.update(points=F("points") + 1)
    PointsMove.objects.filter(kind=MoveKind.EARN).update(points=F("points") + 1)
    Purse.objects.update(balance=F("balance") + 1)


BENT = [
    (more_in_a_purse, "积分余额等于明细之和"),
    (fewer_locked, "积分余额等于明细之和"),
    (owed_for_nothing, "积分余额等于明细之和"),
    (a_move_of_nobody, "每笔获得的积分有一条明细"),
    (returned_without_a_move, "抵扣和退回的积分等于明细"),
    (used_without_a_move, "抵扣和退回的积分等于明细"),
    (a_discount_too_small, "积分抵扣额等于订单明细里的抵扣"),
    (released_though_paid, "积分抵扣额等于订单明细里的抵扣"),
    (earned_too_much, "完成的订单获得的积分不多于留下的钱"),
]


def test_is_quiet_while_all_is_in_order(in_acme: StoreRef) -> None:
    a_shop_with_points()
    assert check(NOW) == []


@pytest.mark.usefixtures("broken_books")
@pytest.mark.parametrize(("bend", "promise"), BENT, ids=lambda value: getattr(value, "__name__", ""))
def test_finds_what_was_bent(in_acme: StoreRef, bend: Callable[[], None], promise: str) -> None:
    a_shop_with_points()
    bend()
    found = [finding for finding in check(NOW) if finding.sentence.startswith(f"{promise}：")]
    assert {(finding.invariant, finding.store) for finding in found} == {("I8", "acme")}
