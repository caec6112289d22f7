"""What is brought to the door costs what was said, reaches no further than was said, and its fee ends by one rule."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.delivery.addresses import (
    MOST_ADDRESSES,
    AddressDraft,
    AddressMissing,
    TooManyAddresses,
    address_of,
    addresses_of,
    forget_address,
    save_address,
)
from tenants.delivery.models import Address, WayKind
from tenants.delivery.ways import Wanted, all_ways, offered_ways, save_way, words_about
from tenants.fulfilment.services.dispatch import NotToDispatch, dispatch_order
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.members.models import Member
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import timeline_of
from tenants.payments.models import SandboxCharge
from tenants.sales.books import check
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.deliver_order import deliver_order
from tenants.sales.services.place_order import CannotDeliver, Contact, PriceChanged, place_order
from tenants.sales.services.preview_refund import preview_refund
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.checkouts import a_checkout, an_offer_for, orders_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order, a_started_payment, news_of, the_visit_of
from tests.factories.times import NOW, later
from tests.tenants.sales.test_sourcing import BOSS, a_place

# The point of the tests lies at 30.259244, 120.130742: 0.01 degrees north are 1.1 km
HOME = (Decimal("30.263000"), Decimal("120.130742"))
AWAY = (Decimal("30.289244"), Decimal("120.130742"))


def a_way(kind: WayKind = WayKind.LEADER_HOME, **words: Any) -> WayKind:
    usual: dict[str, Any] = {"is_on": True, "fee_minor": 500, "free_from_minor": None, "reach_m": None}
    save_way(kind=kind, **{**usual, **words}, now=NOW, by_name="老板")
    return kind


def an_address(member: Member, place: tuple[Decimal, Decimal] | None = HOME, **words: Any) -> Address:
    north, east = place or (None, None)
    usual: dict[str, Any] = {"name": "王阿姨", "phone": "13800000000", "city": "杭州市", "detail": "文三路 1 号 2-301"}
    draft = AddressDraft(**{**usual, **words}, latitude=north, longitude=east)
    return save_address(member=member, draft=draft, now=NOW)


def quoted(member: Member, wanted: Wanted, quantity: int = 1, price_minor: int = 1290) -> Quote:
    return quote_lines(
        lines=[WantedLine(an_offer(price_minor=price_minor).pk, quantity)],
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        now=NOW,
        wanted_delivery=wanted,
    )


def ordered(
    member: Member | None = None, *, kind: WayKind | None = None, quantity: int = 2, total: int = 3080
) -> Order:
    """Two pieces of 12.90, brought for 5.00."""
    member = a_member()
    return place_order(
        member=member,
        pickup_point_id=a_leader_with_point().pk,
        lines=[WantedLine(an_offer().pk, quantity)],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=total,
        key="tap",
        now=NOW,
        delivery=Wanted(kind or a_way(), an_address(member).pk),
    )


def paid(order: Order) -> Order:
    payment = a_started_payment(order)
    SandboxCharge.objects.filter(key=payment.key).update(state="paid")
    settle_payment(news=news_of(payment), now=NOW)
    order.refresh_from_db()
    return order


def sales_of(order: Order) -> int:
    return -balance_of(book=Book.SALES, party_id=order.pk)


class TestQuote:
    def test_adds_the_fee_to_the_goods(self, in_acme: StoreRef) -> None:
        member = a_member()
        quote = quoted(member, Wanted(a_way(), an_address(member).pk))
        assert (quote.goods_minor, quote.delivery_minor, quote.total_minor) == (1290, 500, 1790)
        assert quote.can_order

    def test_brings_enough_for_nothing(self, in_acme: StoreRef) -> None:
        member = a_member()
        wanted = Wanted(a_way(free_from_minor=2580), an_address(member).pk)
        assert quoted(member, wanted, quantity=2).delivery_minor == 0
        assert quoted(member, wanted, price_minor=2579).delivery_minor == 500

    @pytest.mark.parametrize(
        ("reach_m", "place", "problem"),
        [
            (1000, HOME, ""),
            (1000, AWAY, "超出配送范围 2.3 km"),
            (None, AWAY, ""),
            (None, None, ""),
            (1000, None, "这个地址没有定位，无法确认是否在配送范围内，请编辑地址补上定位"),
        ],
    )
    def test_says_how_far_an_address_is_out_of_reach(
        self, in_acme: StoreRef, reach_m: int | None, place: Any, problem: str
    ) -> None:
        member = a_member()
        quote = quoted(member, Wanted(a_way(reach_m=reach_m), an_address(member, place).pk))
        assert quote.delivery_problem == problem
        assert quote.can_order == (problem == "")

    def test_the_stores_own_way_is_measured_from_its_nearest_place(self, in_acme: StoreRef) -> None:
        member = a_member()
        a_place("城北店", ("30.288000", "120.130742"))
        address = an_address(member, AWAY)

        by_store = quoted(member, Wanted(a_way(WayKind.SAME_DAY, reach_m=1000), address.pk))
        by_leader = quoted(member, Wanted(a_way(reach_m=1000), address.pk))

        assert by_store.delivery_problem == ""
        assert by_leader.delivery_problem == "超出配送范围 2.3 km"

    def test_a_way_that_is_off_and_a_foreign_address_are_told(self, in_acme: StoreRef) -> None:
        member = a_member()
        other = an_address(a_member())
        assert quoted(member, Wanted(a_way(is_on=False), other.pk)).delivery_problem == "本店暂不支持这种配送方式"
        assert quoted(member, Wanted(a_way(), other.pk)).delivery_problem == "请选择收货地址"


class TestOrder:
    def test_keeps_what_was_agreed(self, in_acme: StoreRef) -> None:
        order = ordered()
        Address.objects.update(detail="搬走了")
        a_way(fee_minor=900)

        order.refresh_from_db()
        assert (order.delivery, order.delivery_minor, order.total_minor) == ("leader_home", 500, 3080)
        assert order.address is not None
        assert order.address["text"] == "杭州市文三路 1 号 2-301"
        assert paid(order).paid_minor == 3080

    def test_a_fee_that_moved_is_told(self, in_acme: StoreRef) -> None:
        with pytest.raises(PriceChanged):
            ordered(total=2580)

    def test_what_cannot_be_brought_is_refused_with_its_reason(self, in_acme: StoreRef) -> None:
        with pytest.raises(CannotDeliver, match="暂不支持"):
            ordered(kind=WayKind.NEXT_DAY)
        assert Order.objects.count() == 0

    def test_what_is_fetched_reads_nothing_of_it(self, in_acme: StoreRef) -> None:
        item, member, point = an_offer(), a_member(), a_leader_with_point()
        with CaptureQueriesContext(connection) as captured:
            a_pending_order(item, member=member, point=point)
        assert not [q for q in captured if "delivery_deliveryway" in q["sql"] or "delivery_address" in q["sql"]]

    def test_of_a_checkout_each_day_is_brought_for_its_fee(self, in_acme: StoreRef) -> None:
        member = a_member()
        wanted = Wanted(a_way(), an_address(member).pk)
        checkout = a_checkout((an_offer_for(0), 1), (an_offer_for(1), 1), member=member, expected=2980, delivery=wanted)
        assert [order.delivery_minor for order in orders_of(checkout)] == [500, 500]
        assert checkout.total_minor == 2980


class TestFee:
    def test_goes_back_with_the_whole_order(self, in_acme: StoreRef) -> None:
        order = paid(ordered())

        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        watch_payments(now=later(minutes=1))

        order.refresh_from_db()
        assert (order.state, order.refunded_minor) == (OrderState.CANCELLED, 3080)

    def test_goes_back_with_the_last_of_several_parts(self, in_acme: StoreRef) -> None:
        order = paid(ordered())
        line = order.lines.get()
        one = [WantedRefund(line.pk, quantity=1)]

        first = refund_lines(order_id=order.pk, wanted=one, reason="", actor=BOSS, key="1", now=NOW)
        seen = preview_refund(order_id=order.pk, wanted=one)
        last = refund_lines(order_id=order.pk, wanted=one, reason="", actor=BOSS, key="2", now=NOW)

        assert (first.amount_minor, last.amount_minor, last.delivery_minor) == (1290, 1790, 500)
        assert (seen.amount_minor, seen.delivery_minor) == (1790, 500)

    def test_stays_once_the_order_is_on_its_way(self, in_acme: StoreRef) -> None:
        order = paid(ordered())
        dispatch_order(order_id=order.pk, note="老李 13900000000", actor=BOSS, now=NOW)
        assert sales_of(order) == 500

        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        watch_payments(now=later(minutes=1))

        order.refresh_from_db()
        assert (order.state, order.refunded_minor, sales_of(order)) == (OrderState.CANCELLED, 2580, 500)

    def test_is_earned_once_however_often_it_leaves(self, in_acme: StoreRef) -> None:
        order = paid(ordered())
        for note in ("老李", "", "小张"):
            dispatch_order(order_id=order.pk, note=note, actor=BOSS, now=NOW)
        order.refresh_from_db()
        assert (sales_of(order), order.dispatch_note) == (500, "小张")

    def test_bears_no_commission(self, in_acme: StoreRef) -> None:
        order = paid(ordered())
        assert {entry.base_minor for line in order.lines.all() for entry in line.commissions.all()} == {2580}


class TestBringing:
    def test_the_leader_hands_it_out_at_the_door(self, in_acme: StoreRef) -> None:
        order = paid(ordered())
        line = order.lines.get()

        hand_over(
            pickup_id=the_visit_of(order).pk,
            leader=order.leader,
            lines=[HandedLine(line.pk, 2)],
            by_name="李姐",
            now=NOW,
        )

        order.refresh_from_db()
        assert (order.state, sales_of(order), order.dispatched_at) == (OrderState.PICKED_UP, 3080, NOW)
        assert order.state_label(NOW) == "已送达"
        assert [one.sentence for one in timeline_of(order)][-2:] == ["开始配送", "送达 2 件，经手人 李姐"]

    def test_the_store_brings_it(self, in_acme: StoreRef) -> None:
        order = paid(ordered(kind=a_way(WayKind.NEXT_DAY)))
        assert order.state_label(NOW) == "待配送"
        dispatch_order(order_id=order.pk, note="小张", actor=BOSS, now=NOW)
        order.refresh_from_db()
        assert order.state_label(NOW) == "配送中"

        for _twice in range(2):
            deliver_order(order_id=order.pk, by_name="小张", now=NOW)

        order.refresh_from_db()
        assert (order.state, sales_of(order)) == (OrderState.PICKED_UP, 3080)

    def test_what_is_fetched_or_unpaid_is_not_brought(self, in_acme: StoreRef) -> None:
        for order in (paid(a_pending_order()), ordered()):
            with pytest.raises(NotToDispatch):
                dispatch_order(order_id=order.pk, note="", actor=BOSS, now=NOW)
            with pytest.raises(NotToDispatch):
                deliver_order(order_id=order.pk, by_name="小张", now=NOW)


class TestBooks:
    def test_a_fee_that_is_not_in_the_total_is_found(self, in_acme: StoreRef, broken_books: None) -> None:
        order = ordered()
        Order.objects.filter(pk=order.pk).update(delivery_minor=1)
        assert [finding.subject for finding in check(NOW)] == [order.number]

    def test_a_fee_given_back_on_the_way_is_found(self, in_acme: StoreRef, broken_books: None) -> None:
        order = paid(ordered())
        cancel_order(order_id=order.pk, member=order.member, reason="", now=NOW)
        Order.objects.filter(pk=order.pk).update(dispatched_at=NOW)
        assert {finding.subject for finding in check(NOW)} == {order.number}
        assert len(check(NOW)) == 2  # the fee went back, and is not in the sales


class TestAddresses:
    def test_the_first_is_the_usual_one_until_another_is(self, in_acme: StoreRef) -> None:
        member = a_member()
        first, second = an_address(member), an_address(member, detail="学院路 2 号")
        assert [one.pk for one in addresses_of(member)] == [first.pk, second.pk]

        draft = AddressDraft("王阿姨", "13800000000", "杭州市", "学院路 2 号", is_default=True)
        save_address(member=member, draft=draft, now=NOW, address_id=second.pk)
        assert [one.pk for one in addresses_of(member)] == [second.pk, first.pk]

        forget_address(member=member, address_id=second.pk)
        assert [(one.pk, one.is_default) for one in addresses_of(member)] == [(first.pk, True)]

    def test_are_nobody_elses(self, in_acme: StoreRef) -> None:
        address, stranger = an_address(a_member()), a_member()
        with pytest.raises(AddressMissing):
            address_of(member=stranger, address_id=address.pk)
        forget_address(member=stranger, address_id=address.pk)
        assert Address.objects.count() == 1

    def test_are_not_endless(self, in_acme: StoreRef) -> None:
        member = a_member()
        for _more in range(MOST_ADDRESSES):
            an_address(member)
        with pytest.raises(TooManyAddresses):
            an_address(member)


class TestWays:
    def test_are_off_until_they_are_set(self, in_acme: StoreRef) -> None:
        assert len(all_ways()) == 4
        assert offered_ways() == []
        a_way(free_from_minor=3900, reach_m=1500)
        assert [words_about(way) for way in offered_ways()] == ["配送费 ¥5.00，满 ¥39.00 免配送费，1.5 km 内"]
