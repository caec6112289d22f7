"""下一批送达: missing pieces come on a later day at the same point; who will not wait gets the money back."""

from datetime import timedelta
from typing import Any

import pytest

from kit.tenancy import StoreRef
from tenants.aftersales.books import check
from tenants.aftersales.models import Ending, ShareRule, Shortage, ShortLine
from tenants.aftersales.selectors_shortages import NothingDue, goods_due
from tenants.aftersales.services.refuse_later import NothingToRefuse, refuse_later
from tenants.aftersales.services.tell_shortage import (
    NoneToGive,
    ToldShort,
    WrongLaterDay,
    plan_shortage,
    settle_short,
    tell_shortage,
)
from tenants.campaigns.models import CampaignItem
from tenants.fulfilment.models import Pickup, PickupState, Unclaimed
from tenants.fulfilment.selectors import desk_counts, pickup_of_leader, pickups_for_leader, pickups_of_member
from tenants.fulfilment.services.hand_over import AlreadyTaken, HandedLine, TooMuch, hand_over
from tenants.fulfilment.services.reverse_handover import reverse_handover
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderLine, OrderState
from tenants.orders.selectors import OrderMissing
from tenants.payments.models import Refund
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tenants.sales.services.unclaimed import look_for_unclaimed
from tests.factories.campaigns import an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.times import TOMORROW, later

BOSS = Actor(kind="person", id="1", name="陈店长")
AFTER = later(hours=12)
NEXT = TOMORROW + timedelta(days=2)


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    for room in ("aftersales.services.settle_short", "sales.services.unclaimed"):
        monkeypatch.setattr(f"tenants.{room}.send_store_sms.delay", lambda **words: sent.append(words["text"]))
    return sent


def told(item: CampaignItem, there: int, **more: Any) -> ToldShort:
    words: dict[str, Any] = {"ending": Ending.LATER, "later_on": NEXT, "pickup_date": TOMORROW} | more
    return ToldShort(item.sku_id, there=there, rule=ShareRule.FIRST_PAID, reason="", **words)


def tell(short: ToldShort, key: str = "k") -> Shortage:
    return tell_shortage(told=short, seen=plan_shortage(told=short, now=AFTER).mark, key=key, actor=BOSS, now=AFTER)


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.select_related("order").get(order=order)


def visit(order: Order, day: Any = TOMORROW) -> Pickup:
    return Pickup.objects.get(member=order.member, pickup_date=day)


def hand(order: Order, pieces: int, day: Any = TOMORROW) -> None:
    lines = [HandedLine(line_id_of(order), pieces)]
    hand_over(pickup_id=visit(order, day).pk, leader=order.leader, lines=lines, by_name="李姐", now=AFTER)


def put_off(*, quantity: int = 3, there: int = 1) -> tuple[CampaignItem, Order]:
    """An order of three of which two come two days later."""
    item = an_offer(in_stock=10)
    order = a_paid_order(item, quantity=quantity)
    tell(told(item, there))
    return item, order


def test_the_rest_is_fetched_on_the_later_day_and_neither_day_more(
    in_acme: StoreRef, texts: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        item, order = put_off()
    line = line_of(order)
    assert (line.later_quantity, line.later_on, line.shortage_notes) == (2, NEXT, ["2 份改到 11-23 提货"])
    assert Stock.objects.get(sku=item.sku_id).on_hand == 10 - 3 - 2  # they are taken a second time
    assert len(texts) == 1
    assert visit(order, NEXT).code in texts[0]
    shown = [(one.pickup.pickup_date, [row.due_on(one.pickup.pickup_date) for row in one.lines])
             for one in pickups_of_member(member=order.member, now=AFTER)]  # fmt: skip
    assert shown == [(TOMORROW, [1]), (NEXT, [2])]
    for day, pieces in ((TOMORROW, 1), (NEXT, 2)):
        (coming,) = pickups_for_leader(leader=order.leader, date=day)
        assert (coming.line_count, coming.pieces) == (1, pieces)  # type: ignore[attr-defined]
        assert desk_counts(leader=order.leader, date=day).pieces_waiting == pieces
        assert len(pickup_of_leader(leader=order.leader, pickup_id=coming.pk).lines) == 1
    assert [(row["day"], row["pieces"]) for row in goods_due(now=AFTER)] == [(TOMORROW, 1), (NEXT, 2)]

    with pytest.raises(TooMuch):
        hand(order, 2)
    hand(order, 1)
    order.refresh_from_db()
    assert (order.state, visit(order).state, visit(order, NEXT).state) == (
        OrderState.PARTLY_PICKED, PickupState.TAKEN, PickupState.WAITING,
    )  # fmt: skip
    with pytest.raises(AlreadyTaken):
        hand(order, 1)
    hand(order, 1, NEXT)
    assert visit(order, NEXT).state == PickupState.PARTLY_TAKEN
    hand(order, 1, NEXT)
    order.refresh_from_db()
    assert (order.state, visit(order, NEXT).state, line_of(order).later_handed_quantity) == (
        OrderState.PICKED_UP, PickupState.TAKEN, 2,
    )  # fmt: skip
    last = visit(order, NEXT).handovers.order_by("pk").last()
    assert last
    reverse_handover(handover_id=last.pk, leader=order.leader, reason="点错", by_name="李姐", now=AFTER)
    order.refresh_from_db()
    assert (order.state, line_of(order).later_left, visit(order).state) == (
        OrderState.PARTLY_PICKED, 1, PickupState.TAKEN,
    )  # fmt: skip
    assert not check(AFTER)


def test_all_of_an_order_may_come_later_then_there_is_nothing_on_its_own_day(in_acme: StoreRef) -> None:
    _item, order = put_off(quantity=2, there=0)
    assert (visit(order).state, visit(order, NEXT).state) == (PickupState.VOID, PickupState.WAITING)
    hand(order, 2, NEXT)
    order.refresh_from_db()
    assert order.state == OrderState.PICKED_UP
    assert not check(AFTER)


def test_who_will_not_wait_gets_the_money_once_and_only_before_that_day(in_acme: StoreRef) -> None:
    item, order = put_off()
    with pytest.raises(OrderMissing):
        refuse_later(line_id=line_id_of(order), member=a_member(), now=AFTER)
    refuse_later(line_id=line_id_of(order), member=order.member, now=AFTER)
    assert [refund.amount_minor for refund in Refund.objects.all()] == [2 * 1290]
    assert Stock.objects.get(sku=item.sku_id).on_hand == 10 - 3
    assert (line_of(order).later_quantity, line_of(order).left_on(TOMORROW)) == (0, 1)
    assert (visit(order).state, visit(order, NEXT).state) == (PickupState.WAITING, PickupState.VOID)
    with pytest.raises(NothingToRefuse):
        refuse_later(line_id=line_id_of(order), member=order.member, now=AFTER)
    _item, other = put_off()
    with pytest.raises(NothingToRefuse):
        refuse_later(line_id=line_id_of(other), member=other.member, now=AFTER + timedelta(days=3))
    assert not check(AFTER)


def test_a_refund_takes_what_is_due_on_its_own_day_first(in_acme: StoreRef) -> None:
    _item, order = put_off()
    for key, pieces, left in (("a", 1, (0, 2)), ("b", 1, (0, 1))):
        wanted = [WantedRefund(line_id_of(order), quantity=pieces)]
        refund_lines(order_id=order.pk, wanted=wanted, reason="", actor=BOSS, key=key, now=AFTER)
        assert (line_of(order).left_on(TOMORROW), line_of(order).left_on(NEXT)) == left
    assert (visit(order).state, visit(order, NEXT).state) == (PickupState.VOID, PickupState.WAITING)
    assert not check(AFTER)


def test_short_on_the_later_day_again_it_moves_on_or_is_given_back(in_acme: StoreRef) -> None:
    item, order = put_off()
    again = NEXT + timedelta(days=1)
    tell(told(item, 0, pickup_date=NEXT, later_on=again), key="again")
    assert (line_of(order).later_on, line_of(order).later_quantity) == (again, 2)
    assert (visit(order, NEXT).state, visit(order, again).state) == (PickupState.VOID, PickupState.WAITING)
    tell(told(item, 1, pickup_date=again, ending=Ending.REFUND, later_on=None), key="end")
    assert (line_of(order).later_quantity, line_of(order).refunded_quantity) == (1, 1)
    assert line_of(order).left_on(TOMORROW) == 1
    assert Stock.objects.get(sku=item.sku_id).on_hand == 10 - 3 - 2 - 2
    assert not check(AFTER)


def test_is_done_once_a_key_and_gone_on_with(in_acme: StoreRef) -> None:
    item = an_offer(in_stock=10)
    order = a_paid_order(item, quantity=3)
    short = told(item, 1)
    seen = plan_shortage(told=short, now=AFTER).mark
    made = {tell_shortage(told=short, seen=seen, key="k", actor=BOSS, now=AFTER).pk for _click in range(3)}
    assert line_of(order).later_quantity == 2
    ShortLine.objects.update(settled_at=None, came_quantity=0)
    OrderLine.objects.update(later_quantity=0, later_on=None)
    hand(order, 2)  # two were there after all
    assert settle_short(shortage_id=made.pop(), now=AFTER) == (1, 0)
    assert (line_of(order).later_quantity, Stock.objects.get(sku=item.sku_id).on_hand) == (1, 10 - 3 - 1)
    assert not check(AFTER)


def test_the_day_and_the_stock_are_checked(in_acme: StoreRef) -> None:
    item = an_offer(in_stock=4)
    a_paid_order(item, quantity=3)
    for wrong in (None, TOMORROW, TOMORROW - timedelta(days=1), TOMORROW + timedelta(days=31)):
        with pytest.raises(WrongLaterDay):
            plan_shortage(told=told(item, 1, later_on=wrong), now=AFTER)
    with pytest.raises(NoneToGive, match="只有 1 份，要 2 份"):
        tell(told(item, 1))
    with pytest.raises(NothingDue):
        plan_shortage(told=told(item, 1, pickup_date=NEXT), now=AFTER)


def test_who_does_not_come_on_the_later_day_is_reminded_of_that_visit(in_acme: StoreRef) -> None:
    _item, order = put_off()
    hand(order, 1)
    assert look_for_unclaimed(now=AFTER + timedelta(days=3)) == 0
    assert look_for_unclaimed(now=AFTER + timedelta(days=4, hours=12)) == 1
    assert Unclaimed.objects.get().pickup == visit(order, NEXT)
