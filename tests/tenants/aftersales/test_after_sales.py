"""After-sales requests: asked, judged, given back to the fen; and whoever does nothing is not waited for."""

from datetime import timedelta
from typing import Any

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.aftersales.models import AfterSale, Party, Reason, Remedy, State
from tenants.aftersales.photos import TooManyPhotos
from tenants.aftersales.selectors import (
    AfterSaleMissing,
    PhotoMissing,
    after_sale_for_leader,
    after_sale_of,
    after_sales_for_desk,
    left_of,
    liabilities_by_party,
    reasons_since,
    story_of,
)
from tenants.aftersales.services.ask import (
    Asker,
    LineMissing,
    MoreThanLeft,
    NothingAsked,
    PhotoNeeded,
    TooLateToAsk,
    ask_after_sale,
)
from tenants.aftersales.services.decide import (
    AlreadyDecided,
    AnswerNeeded,
    Decision,
    MoreThanPieces,
    SharesOff,
    approve,
    reject,
)
from tenants.aftersales.services.follow import (
    AppealNeeded,
    TooLateToReopen,
    appeal,
    note_opinion,
    note_replaced,
    reopen,
    take_goods_back,
    withdraw_after_sale,
)
from tenants.aftersales.services.sweep import sweep_after_sales
from tenants.inventory.models import Stock
from tenants.inventory.services.move_stock import StockShort
from tenants.journal.services import Actor
from tenants.orders.models import Order, OrderState
from tenants.payments.models import Refund, SandboxCharge
from tenants.sales.services.complete_orders import complete_orders
from tenants.sales.services.refund_lines import TooMuchRefunded, refund_whole
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.aftersales import a_photo, an_after_sale, asked_for, by_leader, by_member, fetched
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", id="1", name="陈店长")
REFUND = Decision(Remedy.REFUND)


def an_order(*, quantity: int = 3, price_minor: int = 1000, in_stock: int = 10) -> Order:
    return fetched(a_paid_order(an_offer(price_minor=price_minor, in_stock=in_stock), quantity=quantity))


def grant(after_sale: AfterSale, decision: Decision = REFUND, *, now: Any = NOW) -> AfterSale:
    return approve(after_sale_id=after_sale.pk, decision=decision, actor=BOSS, now=now)


def refuse(after_sale: AfterSale, *, now: Any = NOW) -> AfterSale:
    return reject(after_sale_id=after_sale.pk, answer="照片看不出问题", actor=BOSS, now=now)


def send_money() -> None:
    SandboxCharge.objects.update(state="paid")
    watch_payments(now=later(minutes=1))


class TestAsking:
    def test_goes_to_the_leader_then_to_the_store_then_back_by_the_way_it_came(self, in_acme: StoreRef) -> None:
        order = an_order()
        after_sale = an_after_sale(order, quantity=2)
        assert (after_sale.state, after_sale.number) == (State.LEADER_REVIEW, f"{order.number}-1")

        by = by_leader(order)
        note_opinion(
            after_sale_id=after_sale.pk, leader=order.leader, agrees=True, words="属实", actor=by.actor, now=NOW
        )
        grant(after_sale)
        send_money()
        assert sweep_after_sales(now=later(minutes=5)) == 1

        after_sale.refresh_from_db()
        order.refresh_from_db()
        assert (after_sale.state, Refund.objects.get().amount_minor, order.refunded_minor) == (State.DONE, 2000, 2000)
        told = [one.what.removeprefix("after_sale.") for one in story_of(after_sale)]
        assert told == ["asked", "leader_agreed", "approved", "refunding", "done"]

    def test_once_a_key(self, in_acme: StoreRef) -> None:
        order = an_order()
        made = {
            ask_after_sale(asked=asked_for(order), by=by_member(order), key="tap", now=NOW).pk for _tap in range(50)
        }
        assert len(made) == AfterSale.objects.count() == 1

    def test_several_of_a_line_up_to_what_is_left(self, in_acme: StoreRef) -> None:
        order = an_order(quantity=3)
        first = an_after_sale(order, quantity=2)
        with pytest.raises(MoreThanLeft) as refused:
            an_after_sale(order, quantity=2)
        assert refused.value.facts == {"left_quantity": 1, "left_minor": 1000}
        an_after_sale(order, quantity=1)
        refuse(first)
        an_after_sale(order, quantity=2)

    def test_whole_pieces_in_any_order_sum_to_what_was_paid(self, in_acme: StoreRef) -> None:
        order = an_order(quantity=3, price_minor=333)
        requests = [an_after_sale(order) for _piece in range(3)]
        for one in reversed(requests):
            grant(one)
        assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 999
        assert left_of([order.lines.get()])[order.lines.get().pk].amount_minor == 0

    def test_a_part_of_the_price_takes_no_piece(self, in_acme: StoreRef) -> None:
        order = an_order(quantity=2)
        grant(an_after_sale(order, quantity=2, amount_minor=300), Decision(Remedy.REFUND, amount_minor=250))
        line = order.lines.get()
        assert (line.refunded_minor, line.refunded_quantity) == (250, 0)
        with pytest.raises(MoreThanPieces):
            grant(an_after_sale(order), Decision(Remedy.REFUND, amount_minor=1001))

    def test_by_the_leader_goes_to_the_store_at_once(self, in_acme: StoreRef) -> None:
        order = an_order()
        by = by_leader(order)
        photo = a_photo(order.leader.member)
        asked = asked_for(order, reason=Reason.SPOILT, photo_ids=[photo.pk])
        made = ask_after_sale(asked=asked, by=by, key="k", now=NOW)
        assert (made.state, made.leader_agrees, made.photos.count()) == (State.STORE_REVIEW, True, 1)

    def test_by_staff_even_when_the_order_is_completed(self, in_acme: StoreRef) -> None:
        order = an_order()
        complete_orders(now=later(hours=50))
        with pytest.raises(TooLateToAsk):
            an_after_sale(order, now=later(hours=51))
        made = ask_after_sale(asked=asked_for(order), by=Asker(BOSS), key="k", now=later(hours=51))
        assert made.state == State.STORE_REVIEW

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"quantity": 0}, NothingAsked),
            ({"quantity": -1}, NothingAsked),
            ({"amount_minor": 0}, NothingAsked),
            ({"amount_minor": -5}, NothingAsked),
            ({"quantity": 10**9}, MoreThanLeft),
            ({"amount_minor": 1001}, MoreThanLeft),
            ({"amount_minor": 10**15}, MoreThanLeft),
            ({"reason": Reason.SPOILT}, PhotoNeeded),
            ({"photo_ids": [new_id()]}, PhotoMissing),
            ({"photo_ids": [new_id() for _n in range(7)]}, TooManyPhotos),
        ],
    )
    def test_of_what_cannot_be_is_refused(
        self, in_acme: StoreRef, changes: dict[str, Any], refusal: type[Exception]
    ) -> None:
        order = an_order()
        with pytest.raises(refusal):
            an_after_sale(order, **changes)
        assert not AfterSale.objects.exists()

    def test_of_another_members_order_or_one_not_paid_is_refused(self, in_acme: StoreRef) -> None:
        order, waiting = an_order(), a_pending_order()
        other = Asker(Actor(kind="member"), member=a_member())
        with pytest.raises(LineMissing):
            ask_after_sale(asked=asked_for(order), by=other, key="k", now=NOW)
        stranger = Asker(Actor(kind="leader"), leader=a_leader_with_point().leader)
        with pytest.raises(LineMissing):
            ask_after_sale(asked=asked_for(order), by=stranger, key="k", now=NOW)
        with pytest.raises(TooLateToAsk):
            an_after_sale(waiting)

    def test_is_read_by_its_parties_only(self, in_acme: StoreRef) -> None:
        order = an_order()
        made = an_after_sale(order)
        assert after_sale_of(member=order.member, after_sale_id=made.pk) == made
        assert after_sale_for_leader(leader=order.leader, after_sale_id=made.pk) == made
        with pytest.raises(AfterSaleMissing):
            after_sale_of(member=a_member(), after_sale_id=made.pk)
        with pytest.raises(AfterSaleMissing):
            after_sale_for_leader(leader=a_leader_with_point().leader, after_sale_id=made.pk)


class TestDeciding:
    def test_twice_is_refused(self, in_acme: StoreRef) -> None:
        made = an_after_sale(an_order())
        grant(made)
        for again in (grant, refuse):
            with pytest.raises(AlreadyDecided):
                again(made)
        assert Refund.objects.count() == 1

    def test_of_what_was_given_back_meanwhile_is_refused_and_changes_nothing(self, in_acme: StoreRef) -> None:
        order = an_order()
        made = an_after_sale(order, quantity=2)
        other = an_after_sale(order, quantity=1)
        grant(other)
        refund_whole(order_id=order.pk, reason="全退", actor=BOSS, key="all", now=NOW)
        with pytest.raises(TooMuchRefunded):
            grant(made)
        made.refresh_from_db()
        assert (made.state, made.liabilities.count()) == (State.LEADER_REVIEW, 0)

    def test_spoilt_goods_are_lost_and_unopened_ones_sold_again(self, in_acme: StoreRef) -> None:
        order = an_order(quantity=3)
        grant(an_after_sale(order, reason=Reason.SHORT))
        assert Stock.objects.get().on_hand == 7
        grant(an_after_sale(order), Decision(Remedy.REFUND, restock=True))
        assert Stock.objects.get().on_hand == 8

    def test_spoilt_goods_that_still_wait_are_lost_too(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(in_stock=10), quantity=2)
        grant(an_after_sale(order, reason=Reason.SHORT, quantity=2))
        order.refresh_from_db()
        assert (Stock.objects.get().on_hand, order.state) == (8, OrderState.CANCELLED)

    def test_goods_come_back_by_the_leader_before_the_money_goes(self, in_acme: StoreRef) -> None:
        order = an_order()
        made = grant(an_after_sale(order, remedy=Remedy.RETURN), Decision(Remedy.RETURN))
        assert (made.state, Refund.objects.count()) == (State.RETURNING, 0)
        with pytest.raises(AfterSaleMissing):
            take_goods_back(
                after_sale_id=made.pk,
                leader=a_leader_with_point().leader,
                is_unopened=True,
                actor=BOSS,
                now=NOW,
            )

        take_goods_back(after_sale_id=made.pk, leader=order.leader, is_unopened=True, actor=BOSS, now=NOW)

        made.refresh_from_db()
        assert (made.state, Refund.objects.get().amount_minor) == (State.REFUNDING, 1000)
        assert Stock.objects.get().on_hand == 8

    def test_other_goods_leave_the_stock_and_no_money_goes(self, in_acme: StoreRef) -> None:
        order = an_order(in_stock=4)
        made = grant(an_after_sale(order), Decision(Remedy.REPLACE))
        note_replaced(after_sale_id=made.pk, leader=None, actor=BOSS, now=NOW)
        made.refresh_from_db()
        assert (made.state, Stock.objects.get().on_hand, Refund.objects.count()) == (State.DONE, 0, 0)
        second = grant(an_after_sale(order), Decision(Remedy.REPLACE))
        with pytest.raises(StockShort):
            note_replaced(after_sale_id=second.pk, leader=None, actor=BOSS, now=NOW)

    def test_a_rejection_is_appealed_once_and_then_final(self, in_acme: StoreRef) -> None:
        order = an_order()
        made = an_after_sale(order)
        with pytest.raises(AnswerNeeded):
            reject(after_sale_id=made.pk, answer=" ", actor=BOSS, now=NOW)
        refuse(made)
        words: dict[str, Any] = {"member": order.member, "photo_ids": [], "actor": BOSS, "now": NOW}
        with pytest.raises(AppealNeeded):
            appeal(after_sale_id=made.pk, words="", **words)
        appeal(after_sale_id=made.pk, words="请再看看", **words)
        assert refuse(made).state == State.FINAL
        with pytest.raises(AlreadyDecided):
            appeal(after_sale_id=made.pk, words="再来", **words)

    def test_a_wrong_rejection_is_taken_back_within_a_day(self, in_acme: StoreRef) -> None:
        made = refuse(an_after_sale(an_order()))
        assert reopen(after_sale_id=made.pk, actor=BOSS, now=later(hours=23)).state == State.STORE_REVIEW
        refuse(made)
        with pytest.raises(TooLateToReopen):
            reopen(after_sale_id=made.pk, actor=BOSS, now=later(hours=25))

    def test_is_taken_back_by_its_member_alone(self, in_acme: StoreRef) -> None:
        order = an_order()
        made = an_after_sale(order)
        with pytest.raises(AfterSaleMissing):
            withdraw_after_sale(after_sale_id=made.pk, member=a_member(), actor=BOSS, now=NOW)
        withdraw_after_sale(after_sale_id=made.pk, member=order.member, actor=BOSS, now=NOW)
        with pytest.raises(AlreadyDecided):
            grant(made)


class TestLiability:
    def test_is_shared_to_the_fen(self, in_acme: StoreRef) -> None:
        shares = {Party.SUPPLIER: 333_333, Party.LEADER: 333_333, Party.STORE: 333_334}
        made = grant(an_after_sale(an_order()), Decision(Remedy.REFUND, liability=shares))
        amounts = dict(made.liabilities.values_list("party", "amount_minor"))
        assert sum(amounts.values()) == 1000
        assert sorted(amounts.values()) == [333, 333, 334]
        by_party = {row["party"]: row["amount"] for row in liabilities_by_party(since=NOW - timedelta(days=1))}
        assert by_party == {**amounts, "warehouse": 0, "driver": 0}
        assert reasons_since(NOW - timedelta(days=1))[0]["amount"] == 1000

    @pytest.mark.parametrize(
        "shares",
        [{}, {Party.STORE: 999_999}, {Party.STORE: 1_000_001}, {Party.STORE: 1_500_000, Party.LEADER: -500_000}],
    )
    def test_that_is_no_whole_is_refused(self, in_acme: StoreRef, shares: dict[Party, int]) -> None:
        made = an_after_sale(an_order())
        with pytest.raises(SharesOff):
            grant(made, Decision(Remedy.REFUND, liability=shares))


def test_the_queue_shows_what_waits_by_its_deadline(in_acme: StoreRef) -> None:
    order = an_order()
    an_after_sale(order)
    first = ask_after_sale(asked=asked_for(order), by=Asker(BOSS), key="1", now=NOW)
    second = ask_after_sale(asked=asked_for(order), by=Asker(BOSS), key="2", now=later(minutes=1))
    assert list(after_sales_for_desk(tab="waiting")) == [first, second]
    assert after_sales_for_desk(query=order.number).count() == 3
    assert after_sales_for_desk(query="不存在").count() == 0
