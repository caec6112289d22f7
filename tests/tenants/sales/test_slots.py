"""A time of day takes so many orders and no more; whoever gives an order up before it leaves frees the place."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.delivery.models import DeliverySlot, SlotDay, WayKind
from tenants.delivery.slots import SlotFull, slot_problem, slots_on, take_slot
from tenants.delivery.slots_desk import SlotCapacityWrong, SlotThere, SlotTimesWrong, save_slot
from tenants.delivery.ways import Wanted
from tenants.fulfilment.services.dispatch import dispatch_order
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.payments.models import SandboxCharge
from tenants.payments.news import PaymentNews
from tenants.sales.books import check
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.close_unpaid import close_unpaid
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import CannotDeliver, Contact, place_order
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import an_offer
from tests.factories.checkouts import a_checkout, an_offer_for, orders_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order, a_started_payment, news_of
from tests.factories.times import NOW, TOMORROW, later
from tests.tenants.sales.test_delivery import a_way, an_address, paid
from tests.tenants.sales.test_sourcing import BOSS


def a_slot(kind: WayKind = WayKind.SAME_DAY, **words: Any) -> DeliverySlot:
    usual: dict[str, Any] = {"starts": time(18), "ends": time(20), "capacity": 1, "is_on": True}
    return save_slot(kind=a_way(kind), **{**usual, **words}, now=NOW, by_name="老板")


def wanting(member: Member, slot: DeliverySlot | None, kind: WayKind = WayKind.SAME_DAY) -> Wanted:
    return Wanted(kind, an_address(member).pk, slot.pk if slot else None)


def ordered_at(
    slot: DeliverySlot | None, *, item: CampaignItem | None = None, now: Any = NOW, expected: int = 1790
) -> Order:
    """A piece of 12.90, brought for 5.00."""
    member = a_member()
    return place_order(
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        lines=[WantedLine((item or an_offer()).pk, 1)],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=expected,
        key="tap",
        now=now,
        delivery=wanting(member, slot, WayKind(slot.kind) if slot else WayKind.SAME_DAY),
    )


AFTER = TOMORROW + timedelta(days=1)


def wanting_each(member: Member, *slots: DeliverySlot | None) -> Wanted:
    """A slot for each pickup day from tomorrow on."""
    ids = {TOMORROW + timedelta(days=days): slot.pk for days, slot in enumerate(slots) if slot}
    return Wanted(WayKind.SAME_DAY, an_address(member).pk, slot_ids=ids)


def quoted_days(items: Sequence[CampaignItem], member: Member, wanted: Wanted) -> Quote:
    return quote_lines(
        lines=[WantedLine(item.pk, 1) for item in items],
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        now=NOW,
        splits=True,
        wanted_delivery=wanted,
    )


def problem_of(*items: CampaignItem, slot: DeliverySlot | None, splits: bool = False) -> str:
    member = a_member()
    quote = quote_lines(
        lines=[WantedLine(item.pk, 1) for item in items],
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        now=NOW,
        splits=splits,
        wanted_delivery=wanting(member, slot),
    )
    assert quote.can_order == (quote.delivery_problem == "")
    return quote.delivery_problem


def taken(slot: DeliverySlot, day: date = TOMORROW) -> int:
    return sum(SlotDay.objects.filter(slot=slot, day=day).values_list("taken", flat=True))


def paid_late(order: Order) -> PaymentNews:
    """Close an order while its money is on the way; return what the payment company says after that."""
    payment = a_started_payment(order)
    with transaction.atomic():
        close_unpaid(order=order, reason="超时", actor=BOSS, now=NOW)
    SandboxCharge.objects.filter(key=payment.key).update(state="paid")
    return news_of(payment)


class TestQuote:
    def test_asks_for_a_slot_only_where_there_are_some(self, in_acme: StoreRef) -> None:
        a_way(WayKind.SAME_DAY)
        assert problem_of(an_offer(), slot=None) == ""
        slot = a_slot()
        assert problem_of(an_offer(), slot=None) == "请选择送货时段"
        assert problem_of(an_offer(), slot=slot) == ""

    def test_a_full_one_is_told_and_another_takes_it(self, in_acme: StoreRef) -> None:
        slot, other = a_slot(), a_slot(starts=time(20), ends=time(21))
        ordered_at(slot)
        assert problem_of(an_offer(), slot=slot) == "这个时段约满了，请换一个"
        assert problem_of(an_offer(), slot=other) == ""

    def test_what_is_off_gone_or_of_another_way_is_told(self, in_acme: StoreRef) -> None:
        a_slot(starts=time(9), ends=time(10))
        for slot in (a_slot(is_on=False), a_slot(WayKind.NEXT_DAY)):
            assert problem_of(an_offer(), slot=slot) == "这个时段不能约了，请换一个"

    def test_goods_of_several_days_ask_for_one_each(self, in_acme: StoreRef) -> None:
        slot, member = a_slot(), a_member()
        items = an_offer_for(0, title="苹果"), an_offer_for(1)
        assert problem_of(*items, slot=slot, splits=True) == f"{TOMORROW:%m-%d} 提货的商品：请选择送货时段"
        later_words = f"{AFTER:%m-%d} 提货的商品："
        ordered_at(slot, item=an_offer_for(1), expected=1490)
        for second, problem in ((None, "请选择送货时段"), (slot, "这个时段约满了，请换一个")):
            wanted = wanting_each(member, slot, second)
            assert quoted_days(items, member, wanted).delivery_problem == later_words + problem
        other = a_slot(starts=time(9), ends=time(10))
        assert quoted_days(items, member, wanting_each(member, slot, other)).can_order

    def test_every_days_slots_are_read_in_one_statement(self, in_acme: StoreRef) -> None:
        slot, member = a_slot(), a_member()
        items = tuple(an_offer_for(days) for days in range(4))
        with CaptureQueriesContext(connection) as captured:
            quoted_days(items, member, wanting_each(member, slot, slot, slot, slot))
        assert sum("delivery_deliveryslot" in query["sql"] for query in captured) == 1


class TestOffered:
    def test_says_what_is_left_on_each_day(self, in_acme: StoreRef) -> None:
        slot = a_slot(capacity=3)
        ordered_at(slot)
        for days, left in ((0, 2), (1, 3)):
            (one,) = slots_on(kind=WayKind.SAME_DAY, pickup_date=TOMORROW + timedelta(days=days), now=NOW)
            assert (one.left, one.hours, one.has_begun) == (left, "18:00–20:00", False)

    def test_the_next_day_is_the_day_after_pickup(self, in_acme: StoreRef) -> None:
        order = ordered_at(a_slot(WayKind.NEXT_DAY))
        assert order.slot is not None
        assert order.slot["day"] == (TOMORROW + timedelta(days=1)).isoformat()

    def test_one_that_has_begun_is_over(self, in_acme: StoreRef) -> None:
        early = a_slot(starts=time(0), ends=time(1))  # NOW is noon at the store
        (one,) = slots_on(kind=WayKind.SAME_DAY, pickup_date=TOMORROW - timedelta(days=1), now=NOW)
        assert (one.slot_id, one.has_begun) == (early.pk, True)


class TestOrder:
    def test_keeps_its_time_whatever_the_store_changes(self, in_acme: StoreRef) -> None:
        slot = a_slot()
        order = ordered_at(slot)
        save_slot(
            kind=WayKind.SAME_DAY,
            starts=time(8),
            ends=time(9),
            capacity=5,
            is_on=False,
            now=NOW,
            by_name="老板",
            slot_id=slot.pk,
        )
        order.refresh_from_db()
        assert order.slot is not None
        assert order.slot["text"] == f"{TOMORROW:%m-%d} 18:00–20:00"

    def test_a_missing_or_full_one_is_refused_and_takes_nothing(self, in_acme: StoreRef) -> None:
        slot = a_slot()
        ordered_at(slot)
        for wanted, sentence in ((None, "请选择送货时段"), (slot, "约满了")):
            with pytest.raises(CannotDeliver, match=sentence):
                ordered_at(wanted)
        assert (Order.objects.count(), taken(slot)) == (1, 1)

    def test_the_statement_itself_refuses_what_is_full(self, in_acme: StoreRef) -> None:
        order = ordered_at(a_slot(capacity=2))
        take_slot(slot=order.slot)
        with pytest.raises(SlotFull):
            take_slot(slot=order.slot)
        SlotDay.objects.update(taken=1)

    def test_of_a_checkout_every_order_takes_a_place(self, in_acme: StoreRef) -> None:
        slot, member = a_slot(), a_member()
        checkout = a_checkout((an_offer_for(0), 1), member=member, expected=1490, delivery=wanting(member, slot))
        assert [order.slot and order.slot["id"] for order in orders_of(checkout)] == [str(slot.pk)]
        assert taken(slot) == 1

    def test_several_orders_take_their_places_together_or_none(self, in_acme: StoreRef) -> None:
        slot = a_slot(capacity=2)
        kept = ordered_at(slot).slot
        offered = slots_on(kind=WayKind.SAME_DAY, pickup_date=TOMORROW, now=NOW)
        for orders, problem in ((1, ""), (2, "这个时段约满了，请换一个")):
            assert slot_problem(offered=offered, slot_id=slot.pk, orders=orders) == problem
        with pytest.raises(SlotFull):
            take_slot(slot=kept, orders=2)
        assert taken(slot) == 1

    def test_of_several_days_each_order_has_its_own(self, in_acme: StoreRef) -> None:
        evening, morning, member = a_slot(), a_slot(starts=time(9), ends=time(10)), a_member()
        lines = (an_offer_for(0, title="苹果"), 1), (an_offer_for(1), 1)
        wanted = wanting_each(member, evening, morning)
        first, second = orders_of(a_checkout(*lines, member=member, expected=2980, delivery=wanted))
        assert [order.slot and order.slot["text"] for order in (first, second)] == [
            f"{TOMORROW:%m-%d} 18:00–20:00",
            f"{AFTER:%m-%d} 09:00–10:00",
        ]
        assert (taken(evening), taken(evening, AFTER), taken(morning), taken(morning, AFTER)) == (1, 0, 0, 1)

        with transaction.atomic():
            close_unpaid(order=second, reason="", actor=BOSS, now=NOW)
        assert (taken(evening), taken(morning, AFTER)) == (1, 0)

    def test_of_several_days_all_places_are_taken_or_none(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slot, member = a_slot(), a_member()
        lines = (an_offer_for(0, title="苹果"), 1), (an_offer_for(1), 1)
        ordered_at(slot, item=an_offer_for(1), expected=1490)
        # The quote saw a place of the second day that is gone when the order takes it
        monkeypatch.setattr("tenants.delivery.ways.slots_problem", lambda **facts: "")
        with pytest.raises(SlotFull):
            a_checkout(*lines, member=member, expected=2980, delivery=wanting_each(member, slot, slot))
        assert (taken(slot), taken(slot, AFTER), Order.objects.count()) == (0, 1, 1)

    def test_what_is_fetched_asks_nothing_of_slots(self, in_acme: StoreRef) -> None:
        a_slot()
        item, member, point = an_offer(), a_member(), a_leader_with_point()
        with CaptureQueriesContext(connection) as captured:
            order = a_pending_order(item, member=member, point=point)
        assert order.slot is None
        assert not [query for query in captured if "delivery_slotday" in query["sql"]]
        assert not [query for query in captured if "delivery_deliveryslot" in query["sql"]]


class TestFreed:
    def test_by_an_order_that_is_not_paid(self, in_acme: StoreRef) -> None:
        slot = a_slot()
        ordered_at(slot)
        expire_orders(now=later(minutes=16))
        assert taken(slot) == 0
        ordered_at(slot)

    def test_by_a_paid_order_given_up_before_it_leaves(self, in_acme: StoreRef) -> None:
        slot = a_slot()
        order = paid(ordered_at(slot))
        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        assert taken(slot) == 0

    def test_not_by_parts_nor_by_what_has_left(self, in_acme: StoreRef) -> None:
        slot = a_slot()
        order = paid(ordered_at(slot))
        line = order.lines.get()
        part = [WantedRefund(line.pk, amount_minor=100)]
        refund_lines(order_id=order.pk, wanted=part, reason="", actor=BOSS, key="1", now=NOW)
        assert taken(slot) == 1
        dispatch_order(order_id=order.pk, note="", actor=BOSS, now=NOW)
        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        assert taken(slot) == 1

    def test_money_that_comes_late_takes_it_again_or_goes_back(self, in_acme: StoreRef) -> None:
        slot = a_slot()
        lost = ordered_at(slot)
        late = paid_late(lost)
        other = ordered_at(slot)
        settle_payment(news=late, now=NOW)
        lost.refresh_from_db()
        assert (lost.state, taken(slot)) == (OrderState.CLOSED, 1)

        late = paid_late(other)
        assert taken(slot) == 0
        settle_payment(news=late, now=NOW)
        other.refresh_from_db()
        assert (other.state, taken(slot)) == (OrderState.PAID, 1)


class TestBooks:
    def test_a_place_nobody_has_and_one_too_few_are_found(self, in_acme: StoreRef, broken_books: None) -> None:
        slot = a_slot(capacity=5)
        ordered_at(slot)
        for wrong in (0, 2):
            SlotDay.objects.update(taken=wrong)
            assert [finding.subject for finding in check(NOW)] == [str(slot.pk)]


class TestDesk:
    @pytest.mark.parametrize(
        ("words", "refusal"),
        [
            ({"ends": time(18)}, SlotTimesWrong),
            ({"capacity": 0}, SlotCapacityWrong),
            ({}, SlotThere),
        ],
    )
    def test_what_cannot_be_is_refused(self, in_acme: StoreRef, words: dict[str, Any], refusal: Any) -> None:
        a_slot()
        with pytest.raises(refusal):
            a_slot(**words)
