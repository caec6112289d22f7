"""Giving back lines of a paid order: the money, and everything that hangs on it."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from kit.ids import new_id
from kit.tenancy import StoreRef, current_store, in_store
from tenants.campaigns.models import CampaignItem
from tenants.commissions.models import CommissionEntry, EntryState
from tenants.commissions.services.release_freezes import release_freezes
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.models import PickupState
from tenants.fulfilment.selectors import PickupMissing, pickups_for_leader, pickups_of_member
from tenants.fulfilment.services.hand_over import AlreadyTaken, HandedLine, hand_over
from tenants.fulfilment.services.reverse_handover import RefundedSince, reverse_handover
from tenants.inventory.models import Stock
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import (
    DiscountSource,
    LineDiscount,
    LineRefund,
    LineState,
    Order,
    OrderLine,
    OrderRefund,
    OrderState,
)
from tenants.orders.selectors import OrderMissing, timeline_of
from tenants.payments.methods import sandbox
from tenants.payments.models import Payment, PaymentState, Refund, RefundState, SandboxCharge
from tenants.payments.news import MethodUnreachable, RefundNews
from tenants.promotions.models import AfterRefund, Coupon, CouponKind, CouponState
from tenants.sales.services.refund_lines import (
    KeyOfAnother,
    NothingToRefund,
    NotRefundable,
    TooMuchRefunded,
    WantedRefund,
    refund_lines,
    refund_whole,
)
from tenants.sales.services.settle_refund import settle_refund
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order, line_id_of, the_visit_of
from tests.factories.promotions import a_coupon
from tests.factories.times import NOW, TOMORROW, later

BOSS = Actor(kind="person", id="1", name="陈店长")


def refund(order: Order, *wanted: WantedRefund, key: str = "", now: Any = NOW) -> OrderRefund:
    return refund_lines(order_id=order.pk, wanted=wanted, reason="坏了", actor=BOSS, key=key or str(new_id()), now=now)


def pieces(order: Order, quantity: int, **more: Any) -> WantedRefund:
    return WantedRefund(line_id_of(order), quantity=quantity, **more)


def money(order: Order, amount_minor: int) -> WantedRefund:
    return WantedRefund(line_id_of(order), amount_minor=amount_minor)


def hand(order: Order, quantity: int) -> None:
    hand_over(
        pickup_id=the_visit_of(order).pk,
        leader=order.leader,
        lines=[HandedLine(line_id_of(order), quantity)],
        by_name="李姐",
        now=NOW,
    )


def discounted(order: Order, net_minor: int, *, line: OrderLine | None = None, line_net: int = 0) -> Order:
    """As after a discount: the line's share is taken off its net amount, and the payment was for that."""
    off = order.total_minor - net_minor
    cut = line or order.lines.get()
    LineDiscount.objects.create(
        line=cut, source=DiscountSource.SPEND_AND_SAVE, source_id=new_id(), name="满减", off_minor=off
    )
    # Postings are only ever added: a cheaper order is made by hand here, by the owner of the tables
    with connection.cursor() as cursor:
        found, net = cut.pk, line_net if line else net_minor
        cursor.execute("UPDATE orders_orderline SET net_minor = %s WHERE id = %s", [net, found])
        cursor.execute("UPDATE commissions_commissionentry SET base_minor = %s WHERE order_line_id = %s", [net, found])
    with in_store(current_store(), as_owner=True), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_posting SET amount_minor = sign(amount_minor) * %s WHERE transfer_id IN"
            " (SELECT id FROM ledger_transfer WHERE what = 'payment.captured')",
            [net_minor],
        )
    Order.objects.filter(pk=order.pk).update(total_minor=F("total_minor") - off, paid_minor=net_minor)
    Payment.objects.filter(order=order).update(amount_minor=net_minor)
    order.refresh_from_db()
    return order


def send_money() -> None:
    SandboxCharge.objects.update(state="paid")  # our factory heard of it; the sandbox did not
    watch_payments(now=later(minutes=1))


class TestShares:
    @pytest.mark.parametrize("steps", [*permutations([1, 2, 4]), (7,), (1,) * 7])
    def test_any_steps_sum_to_what_was_paid(self, in_acme: StoreRef, steps: tuple[int, ...]) -> None:
        order = discounted(a_paid_order(an_offer(price_minor=333), quantity=7), 2000)

        amounts = [refund(order, pieces(order, step)).amount_minor for step in steps]

        assert sum(amounts) == 2000
        line = order.lines.get()
        assert (line.refunded_minor, line.refunded_quantity, line.state) == (2000, 7, LineState.REFUNDED)
        assert all(abs(amount * 7 - 2000 * step) < 7 * step for amount, step in zip(amounts, steps, strict=True))

    def test_an_amount_given_before_is_never_given_twice(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(price_minor=1000), quantity=2)
        assert refund(order, money(order, 300)).amount_minor == 300
        assert refund(order, pieces(order, 1)).amount_minor == 1000
        assert refund(order, pieces(order, 1)).amount_minor == 700

    def test_a_line_that_cost_nothing_is_withdrawn_without_money(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(price_minor=500), an_offer(price_minor=500))
        line = order.lines.first()
        assert line
        discounted(order, 500, line=line, line_net=0)

        given = refund(order, WantedRefund(line.pk, quantity=1))

        line.refresh_from_db()
        assert (given.amount_minor, Refund.objects.count(), line.state) == (0, 0, LineState.REFUNDED)


class TestWhatFollows:
    def test_a_whole_order_undoes_everything(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)
        item = an_offer(in_stock=10, quota=5)
        order = a_paid_order(item, quantity=2)

        refund_whole(order_id=order.pk, reason="不想要了", actor=BOSS, key="k", now=NOW)
        send_money()

        order.refresh_from_db()
        item.refresh_from_db()
        stock = Stock.objects.get()
        assert (order.state, order.refunded_minor, order.close_reason) == (OrderState.CANCELLED, 2580, "不想要了")
        assert (stock.on_hand, stock.reserved, item.taken, item.sold) == (10, 0, 0, 0)
        assert the_visit_of(order).state == PickupState.VOID
        assert pickups_of_member(member=order.member, now=NOW) == []
        assert pickups_for_leader(leader=order.leader, date=TOMORROW) == []
        for book in (Book.CLEARING, Book.ORDER, Book.SALES, Book.COMMISSION_PAYABLE, Book.COMMISSION_EXPENSE):
            assert balance_of(book=book) == 0, book
        assert set(CommissionEntry.objects.values_list("state", flat=True)) == {EntryState.REVERSED}
        told = [one.what for one in timeline_of(order)]
        assert told[-3:] == ["order.refund_requested", "order.cancelled", "order.refunded"]

    def test_pieces_leave_the_visit(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=3)
        refund(order, pieces(order, 1))
        assert [visit.pieces for visit in pickups_for_leader(leader=order.leader, date=TOMORROW)] == [2]  # type: ignore[attr-defined]

        hand(order, 2)

        order.refresh_from_db()
        assert (order.state, the_visit_of(order).state) == (OrderState.PICKED_UP, PickupState.TAKEN)
        with pytest.raises(AlreadyTaken):
            hand(order, 1)

    def test_a_void_visit_opens_again_for_the_next_order(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        refund(order, pieces(order, 1))
        with pytest.raises(PickupMissing):
            hand(order, 1)
        a_paid_order(member=order.member, point=order.pickup_point)
        assert the_visit_of(order).state == PickupState.WAITING

    def test_withdrawing_what_waits_completes_a_visit_half_fetched(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=100_000, by_name="陈店长", now=NOW)
        order = a_paid_order(an_offer(price_minor=1000), quantity=2)
        hand(order, 1)

        refund(order, pieces(order, 1))

        order.refresh_from_db()
        assert (order.state, the_visit_of(order).state) == (OrderState.PICKED_UP, PickupState.TAKEN)
        assert balance_of(book=Book.SALES, party_id=order.pk) == -1000
        assert set(CommissionEntry.objects.values_list("state", flat=True)) == {EntryState.PENDING}
        assert balance_of(book=Book.COMMISSION_PAYABLE) == -100

    def test_fetched_goods_are_lost_unless_they_come_back_unopened(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10, price_minor=1000)
        order = a_paid_order(item, quantity=4)
        hand(order, 3)

        refund(order, pieces(order, 1, of_handed=True))
        assert (Stock.objects.get().on_hand, the_visit_of(order).state) == (6, PickupState.PARTLY_TAKEN)
        refund(order, pieces(order, 1, of_handed=True, restock=True))
        assert Stock.objects.get().on_hand == 7
        assert balance_of(book=Book.SALES, party_id=order.pk) == -1000
        assert list(LineRefund.objects.order_by("id").values_list("withdrawn_quantity", "returned_quantity")) == [
            (0, 0),
            (0, 1),
        ]

    def test_commission_is_taken_back_in_parts_to_the_fen(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=83_000, by_name="陈店长", now=NOW)
        order = a_paid_order(an_offer(price_minor=333), quantity=3)
        for left in (666, 333, 0):
            refund(order, pieces(order, 1))
            assert balance_of(book=Book.COMMISSION_PAYABLE, party_id=order.leader_id) == -(left * 83 // 1000)

    def test_a_commission_ready_to_pay_goes_below_zero_rather_than_stay(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=100_000, by_name="陈店长", now=NOW)
        order = a_paid_order(an_offer(price_minor=1000), quantity=2)
        hand(order, 2)
        release_freezes(now=later(hours=49))

        refund(order, pieces(order, 1), now=later(hours=50))

        available = CommissionEntry.objects.filter(state=EntryState.AVAILABLE)
        assert sorted(available.values_list("amount_minor", flat=True)) == [-100, 200]

    def test_a_handover_whose_goods_were_refunded_cannot_be_reversed(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        hand(order, 1)
        refund(order, pieces(order, 1))
        handover = the_visit_of(order).handovers.get()
        with pytest.raises(RefundedSince):
            reverse_handover(handover_id=handover.pk, leader=order.leader, reason="错", by_name="李姐", now=NOW)

    def test_a_coupon_comes_back_with_the_whole_order_only(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=2)
        coupon = a_coupon(order.member)
        CouponKind.objects.update(after_refund=AfterRefund.RETURN, spent_minor=500)
        Coupon.objects.filter(pk=coupon.pk).update(state=CouponState.USED, basket=order.pk, off_minor=500)

        refund(order, pieces(order, 1))
        coupon.refresh_from_db()
        assert coupon.state == CouponState.USED
        refund(order, pieces(order, 1))
        coupon.refresh_from_db()
        assert coupon.state == CouponState.ISSUED


class TestMoney:
    def test_goes_back_by_the_latest_payment_first(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(price_minor=1000))
        first = order.payments.get()
        Payment.objects.filter(pk=first.pk).update(amount_minor=400)
        second = Payment.objects.create(
            order=order,
            attempt=2,
            method="sandbox",
            amount_minor=600,
            currency="CNY",
            state=PaymentState.SUCCEEDED,
            key="second",
            provider_ref="second",
            created_at=NOW,
            settled_at=later(minutes=1),
        )
        refund(order, money(order, 700))
        assert dict(Refund.objects.values_list("payment", "amount_minor")) == {second.pk: 600, first.pk: 100}
        # not left to the books: an order with two payments is not made by any story yet
        Refund.objects.all().delete()
        order.refunds.all().delete()
        order.lines.update(refunded_minor=0)
        second.delete()
        Payment.objects.update(amount_minor=1000, refunding_minor=0)

    def test_a_silent_provider_leaves_it_unknown_and_it_ends_once(
        self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = a_paid_order()
        refund(order, pieces(order, 1))
        answer = sandbox.refund

        def done_but_silent(**asked: Any) -> RefundNews:
            answer(**asked)
            raise MethodUnreachable(asked["key"])

        monkeypatch.setattr(sandbox, "refund", done_but_silent)
        send_money()
        assert Refund.objects.get().state == RefundState.UNKNOWN
        watch_payments(now=later(hours=2))
        order.refresh_from_db()
        assert (Refund.objects.get().state, order.refunded_minor) == (RefundState.SUCCEEDED, 1290)

    def test_billing_is_told_when_it_has_gone(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=2)
        refund(order, pieces(order, 1))
        assert not OutboxFact.objects.filter(meter="order_refunded").exists()
        send_money()
        fact = OutboxFact.objects.get(meter="order_refunded")
        assert fact.event_key == f"order_refunded:{Refund.objects.get().pk}"
        assert (fact.amount_minor, fact.payload["ref_event_key"]) == (1290, f"order_paid:{order.pk}")

    def test_whatever_order_the_news_comes_in(self, in_acme: StoreRef) -> None:
        for news in permutations(
            [RefundState.SUCCEEDED, RefundState.FAILED, RefundState.UNKNOWN, RefundState.SUCCEEDED]
        ):
            order = a_paid_order()
            refund(order, pieces(order, 1))
            key = Refund.objects.get(payment__order=order).key
            for state in news:
                settle_refund(news=RefundNews(key=key, state=state, provider_ref=key), now=NOW)
            order.refresh_from_db()
            assert (order.refunded_minor, Refund.objects.get(key=key).state) == (1290, RefundState.SUCCEEDED)


class TestOnce:
    def test_the_same_key_fifty_times_is_one_refund(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=3)
        given = {refund(order, pieces(order, 1), key="tap").pk for _tap in range(50)}
        assert len(given) == Refund.objects.count() == 1
        assert order.lines.get().refunded_quantity == 1

    def test_the_same_key_for_something_else_is_refused(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=3)
        refund(order, pieces(order, 1), key="tap")
        with pytest.raises(KeyOfAnother):
            refund(order, pieces(order, 2), key="tap")


class TestRefusals:
    @pytest.mark.parametrize(
        ("wish", "refusal"),
        [
            (lambda order: [], NothingToRefund),
            (lambda order: [WantedRefund(new_id(), quantity=1)], NothingToRefund),
            (lambda order: [pieces(order, 1), pieces(order, 1)], NothingToRefund),
            (lambda order: [pieces(order, 0)], NothingToRefund),
            (lambda order: [pieces(order, -1)], NothingToRefund),
            (lambda order: [money(order, -1)], NothingToRefund),
            (lambda order: [pieces(order, 1, amount_minor=5)], NothingToRefund),
            (lambda order: [pieces(order, -1, amount_minor=5)], NothingToRefund),
            (lambda order: [pieces(order, 3)], TooMuchRefunded),
            (lambda order: [pieces(order, 10**30)], TooMuchRefunded),
            (lambda order: [money(order, 2581)], TooMuchRefunded),
            (lambda order: [money(order, 10**30)], TooMuchRefunded),
        ],
    )
    def test_of_what_cannot_be(
        self, in_acme: StoreRef, wish: Callable[[Order], list[WantedRefund]], refusal: type[Exception]
    ) -> None:
        order = a_paid_order(quantity=2)
        with pytest.raises(refusal):
            refund(order, *wish(order))
        assert not Refund.objects.exists()

    def test_of_orders_that_are_not_paid_not_there_or_given_back(self, in_acme: StoreRef) -> None:
        waiting, paid = a_pending_order(), a_paid_order()
        with pytest.raises(NotRefundable):
            refund(waiting, pieces(waiting, 1))
        with pytest.raises(OrderMissing):
            refund_whole(order_id=new_id(), reason="", actor=BOSS, key="k", now=NOW)
        refund_whole(order_id=paid.pk, reason="", actor=BOSS, key="k", now=NOW)
        with pytest.raises(NotRefundable):
            refund_whole(order_id=paid.pk, reason="", actor=BOSS, key="other", now=NOW)

    @pytest.mark.parametrize("column", ["refunded_minor", "refunded_quantity", "withdrawn_quantity"])
    def test_by_the_database_whatever_a_story_forgets(self, in_acme: StoreRef, column: str) -> None:
        line = a_paid_order().lines.get()
        bent = OrderLine.objects.filter(pk=line.pk)
        with pytest.raises(IntegrityError, match=r"line_refund|not_handed_more"), transaction.atomic():
            bent.update(**{column: 99_999})


def test_limits_and_quota_are_free_again(in_acme: StoreRef) -> None:
    item = an_offer(quota=2, per_member_limit=2)
    order = a_paid_order(item, quantity=2)
    refund(order, pieces(order, 1))
    assert a_pending_order(item, member=order.member, point=order.pickup_point).total_minor == 1290
    assert CampaignItem.objects.get(pk=item.pk).taken == 2
