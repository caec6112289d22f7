"""Reading orders: one's own only, newest first, in few statements."""

from datetime import timedelta
from typing import Any

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import (
    OrderMissing,
    count_orders_by_state,
    cursor_of,
    order_for_desk,
    order_of,
    orders_for_desk,
    orders_of,
    timeline_of,
)
from tests.factories.campaigns import an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, TOMORROW, later


class TestOrderOf:
    def test_reads_an_order_with_its_lines(self, in_acme: StoreRef, django_assert_num_queries: Any) -> None:
        order = a_pending_order(an_offer(), an_offer(title="丰水梨"))

        with django_assert_num_queries(2):
            read = order_of(member=order.member, order_id=order.id, now=NOW)
            assert [line.title for line in read.lines.all()] == ["洛川苹果", "丰水梨"]

    def test_is_missing_for_anybody_else(self, in_acme: StoreRef) -> None:
        order = a_pending_order()
        for member, order_id in ((a_member(), order.id), (order.member, new_id())):
            with pytest.raises(OrderMissing):
                order_of(member=member, order_id=order_id, now=NOW)


class TestOrdersOf:
    def test_lists_newest_first_page_by_page(self, in_acme: StoreRef, django_assert_num_queries: Any) -> None:
        member, item = a_member(), an_offer()
        placed = [a_pending_order(item, member=member, now=later(minutes=m // 2)) for m in range(5)]
        a_pending_order(item)

        seen: list[Order] = []
        with django_assert_num_queries(7):  # orders and lines of three pages; the fourth is empty
            while page := orders_of(member=member, after=cursor_of(seen[-1]) if seen else None, limit=2):
                seen += page
                assert all(order.lines.all() for order in page)

        assert {order.id for order in seen} == {order.id for order in placed}
        assert [order.placed_at for order in seen] == sorted((order.placed_at for order in placed), reverse=True)

    def test_filters_and_counts_by_state(self, in_acme: StoreRef) -> None:
        member = a_member()
        paid, _pending = a_paid_order(member=member), a_pending_order(member=member)

        assert orders_of(member=member, state="paid") == [paid]
        counts = count_orders_by_state(member=member)
        assert (counts["paid"], counts["pending_payment"], counts["closed"]) == (1, 1, 0)
        assert set(counts) == set(OrderState.values)


class TestOrdersForDesk:
    def test_finds_by_each_filter(self, in_acme: StoreRef) -> None:
        eggs = an_offer(title="土鸡蛋")
        wanted = a_paid_order(eggs, member=a_member(nickname="赵叔"), now=later(hours=1))
        other = a_pending_order()
        Order.objects.filter(pk=wanted.pk).update(contact_name="赵叔", contact_phone="13912345678")

        for filters in (
            {"state": "paid"},
            {"query": wanted.number},
            {"query": "12345678"},
            {"query": "赵"},
            {"query": "鸡蛋"},
            {"pickup_point_id": wanted.pickup_point_id},
            {"leader_id": wanted.leader_id},
            {"campaign_id": eggs.campaign_id},
            {"placed_from": later(minutes=30)},
        ):
            assert list(orders_for_desk(**filters)) == [wanted], filters
        assert list(orders_for_desk(placed_to=later(hours=1))) == [other]
        assert list(orders_for_desk(pickup_date=TOMORROW)) == [wanted, other]
        assert list(orders_for_desk(pickup_date=TOMORROW + timedelta(days=1))) == []

    def test_takes_two_statements_a_page(self, in_acme: StoreRef, django_assert_num_queries: Any) -> None:
        item = an_offer()
        for _order in range(4):
            a_pending_order(item)

        with django_assert_num_queries(2):
            page = orders_for_desk()[:20]
            assert [(order.member.nickname, order.lines.all()[0].title) for order in page]

    def test_reads_one_with_its_payments(self, in_acme: StoreRef) -> None:
        order = order_for_desk(a_paid_order().id)
        assert [payment.state for payment in order.payments.all()] == ["succeeded"]
        with pytest.raises(OrderMissing):
            order_for_desk(new_id())


class TestTimeline:
    def test_tells_what_happened_in_sentences(self, in_acme: StoreRef) -> None:
        order = a_paid_order(now=later(minutes=2))

        assert [(one.at, one.sentence) for one in timeline_of(order)] == [
            (later(minutes=2), "提交订单，等待付款"),
            (later(minutes=2), "付款成功 ¥12.90"),
        ]
