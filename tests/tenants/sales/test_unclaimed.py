"""Goods nobody fetched: reminded of once, then decided by the store's rule or by a person, once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kit.tenancy import StoreRef
from tenants.aftersales.books import check
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.fulfilment.models import AfterUnclaimed, Pickup, PickupState, Unclaimed, UnclaimedState
from tenants.fulfilment.selectors_unclaimed import (
    UnclaimedMissing,
    count_unclaimed_of,
    lines_left,
    money_in_part,
    money_left,
    unclaimed_for_desk,
    unclaimed_of_leader,
    unclaimed_rule,
)
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.fulfilment.unclaimed import evening_of, last_day_over
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.orders.selectors import timeline_of
from tenants.payments.models import Refund
from tenants.sales.services.refund_lines import TooMuchRefunded, WantedRefund, refund_lines
from tenants.sales.services.unclaimed import (
    AmountMoved,
    NoDiscountSet,
    RuleOutOfBounds,
    WrongHold,
    end_unclaimed,
    hold_longer,
    keep_unclaimed_rule,
    look_for_unclaimed,
)
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW

BOSS = Actor(kind="person", name="陈店长")
EVENING = datetime(2026, 11, 21, 12, tzinfo=UTC)  # eight in Shanghai, of the pickup day
REMINDED, DECIDED = EVENING + timedelta(hours=24), EVENING + timedelta(hours=48)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that went out, at once instead of at the commit that a test never reaches."""
    texts: list[str] = []
    monkeypatch.setattr(
        "tenants.sales.services.unclaimed.send_store_sms.delay", lambda **words: texts.append(words["text"])
    )
    monkeypatch.setattr("tenants.sales.services.unclaimed.transaction.on_commit", lambda send: send())
    return texts


def hand(order: Order, quantity: int, *, now: datetime = EVENING) -> None:
    lines = [HandedLine(line_id_of(order), quantity)]
    hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=lines, by_name="李姐", now=now)


def told(order: Order) -> list[str]:
    order.refresh_from_db()
    return [one.what for one in timeline_of(order)]


class TestReminding:
    def test_once_a_day_after_the_evening_of_the_pickup_day(self, in_acme: StoreRef, sent: list[str]) -> None:
        order = a_paid_order(quantity=2)
        fetched = a_paid_order()
        hand(fetched, 1)

        assert look_for_unclaimed(now=REMINDED - timedelta(minutes=1)) == 0
        assert look_for_unclaimed(now=REMINDED) == 1
        assert look_for_unclaimed(now=REMINDED + timedelta(hours=1)) == 0

        visit = the_visit_of(order)
        assert len(sent) == 1
        assert visit.code in sent[0]
        assert Unclaimed.objects.get().pickup == visit
        assert "order.unclaimed" in told(order)
        assert count_unclaimed_of(order.leader_id) == 1
        assert [row.pickup for row in unclaimed_of_leader(order.leader)] == [visit]

    def test_nobody_who_gave_it_back_or_of_long_ago(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        Pickup.objects.update(state=PickupState.VOID)
        assert look_for_unclaimed(now=REMINDED) == 0
        Pickup.objects.update(state=PickupState.WAITING)
        assert look_for_unclaimed(now=REMINDED + timedelta(days=20)) == 0
        assert order.state == OrderState.PAID


class TestDeciding:
    def test_somebody_must_where_the_rule_asks(self, in_acme: StoreRef) -> None:
        order = a_paid_order(quantity=2)
        look_for_unclaimed(now=REMINDED)
        assert look_for_unclaimed(now=DECIDED) == 1
        assert look_for_unclaimed(now=DECIDED + timedelta(hours=1)) == 0
        row = Unclaimed.objects.get()
        assert row.state == UnclaimedState.DUE
        assert money_left(lines_left([row])[row.pk]) == 2580
        assert Refund.objects.count() == 0
        order.refresh_from_db()
        assert order.state == OrderState.PAID

    @pytest.mark.parametrize(
        ("outcome", "state", "back"),
        [(AfterUnclaimed.RETURN, UnclaimedState.RETURNED, 2), (AfterUnclaimed.LOSS, UnclaimedState.LOST, 0)],
    )
    def test_the_rule_decides_by_itself_once(
        self, in_acme: StoreRef, outcome: AfterUnclaimed, state: UnclaimedState, back: int
    ) -> None:
        keep_unclaimed_rule(remind_hours=24, decide_hours=48, outcome=outcome, by_name="老板", now=NOW)
        item = an_offer(in_stock=10)
        order = a_paid_order(item, quantity=3)
        hand(order, 1)
        look_for_unclaimed(now=REMINDED)

        assert look_for_unclaimed(now=DECIDED) == 1
        assert look_for_unclaimed(now=DECIDED) == 0

        row = Unclaimed.objects.get()
        assert (row.state, row.refunded_minor, row.decide_at) == (state, 2580, None)
        assert Refund.objects.get().amount_minor == 2580
        assert Stock.objects.get(sku=item.sku_id).on_hand == 7 + back
        order.refresh_from_db()
        assert order.state == OrderState.PICKED_UP  # of what is left of it, all was fetched
        assert told(order)[-1] == "order.refund_requested"

    def test_a_person_decides_at_once_and_only_once(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        look_for_unclaimed(now=REMINDED)
        row = Unclaimed.objects.get()
        asked = {"unclaimed_id": row.pk, "actor": BOSS, "now": REMINDED}
        end_unclaimed(outcome=AfterUnclaimed.RETURN, note="联系不上", **asked)  # type: ignore[arg-type]
        with pytest.raises(UnclaimedMissing):
            end_unclaimed(outcome=AfterUnclaimed.LOSS, note="", **asked)  # type: ignore[arg-type]
        order.refresh_from_db()
        assert (order.state, order.close_reason, Refund.objects.count()) == (OrderState.CANCELLED, "联系不上", 1)
        assert Pickup.objects.get().state == PickupState.VOID

    def test_kept_longer_it_waits_and_the_member_is_told(self, in_acme: StoreRef, sent: list[str]) -> None:
        order = a_paid_order()
        look_for_unclaimed(now=REMINDED)
        row = Unclaimed.objects.get()
        for until in (date(2026, 11, 21), date(2026, 12, 20)):
            with pytest.raises(WrongHold):
                hold_longer(unclaimed_id=row.pk, until=until, actor=BOSS, now=REMINDED)

        hold_longer(unclaimed_id=row.pk, until=date(2026, 11, 25), actor=BOSS, now=REMINDED)

        assert "2026-11-25" in sent[-1]
        assert told(order)[-1] == "order.held"
        assert look_for_unclaimed(now=DECIDED) == 0
        assert look_for_unclaimed(now=datetime(2026, 11, 25, 12, tzinfo=UTC)) == 1
        row.refresh_from_db()
        assert row.state == UnclaimedState.DUE

    def test_who_comes_after_all_gets_it(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        look_for_unclaimed(now=REMINDED)
        hand(order, 1, now=REMINDED)
        assert look_for_unclaimed(now=REMINDED + timedelta(minutes=1)) == 1
        row = Unclaimed.objects.get()
        assert row.state == UnclaimedState.FETCHED
        with pytest.raises(UnclaimedMissing):
            end_unclaimed(unclaimed_id=row.pk, outcome=AfterUnclaimed.LOSS, actor=BOSS, note="", now=DECIDED)
        assert not unclaimed_of_leader(order.leader)

    def test_two_orders_of_one_visit_go_together(self, in_acme: StoreRef) -> None:
        first = a_paid_order(quantity=1)
        second = a_paid_order(quantity=2, member=first.member, point=first.pickup_point)
        look_for_unclaimed(now=REMINDED)
        row = Unclaimed.objects.get()
        end_unclaimed(unclaimed_id=row.pk, outcome=AfterUnclaimed.RETURN, actor=BOSS, note="", now=REMINDED)
        assert {order.state for order in Order.objects.filter(pk__in=[first.pk, second.pk])} == {OrderState.CANCELLED}
        row.refresh_from_db()
        assert row.refunded_minor == 3870


def test_a_rule_that_cannot_be_is_refused(in_acme: StoreRef) -> None:
    for remind, decide in ((0, 48), (48, 48), (48, 24), (24, 241)):
        with pytest.raises(RuleOutOfBounds):
            keep_unclaimed_rule(
                remind_hours=remind, decide_hours=decide, outcome=AfterUnclaimed.ASK, by_name="", now=NOW
            )


def test_a_day_is_over_at_eight_in_the_stores_own_evening() -> None:
    zone = "Asia/Shanghai"
    assert evening_of(date(2026, 11, 21), zone=zone) == EVENING
    assert last_day_over(now=REMINDED, hours=24, zone=zone) == date(2026, 11, 21)
    assert last_day_over(now=REMINDED - timedelta(seconds=1), hours=24, zone=zone) == date(2026, 11, 20)


def test_is_found_by_state_and_by_who(in_acme: StoreRef) -> None:
    order = a_paid_order()
    look_for_unclaimed(now=REMINDED)
    assert unclaimed_for_desk(state=UnclaimedState.REMINDED, query=order.member.phone).count() == 1
    assert unclaimed_for_desk(state=UnclaimedState.DUE).count() == 0
    assert unclaimed_for_desk(query="13999999999").count() == 0


@pytest.mark.usefixtures("broken_books")
def test_what_nobody_looked_at_in_time_is_found_by_the_books(in_acme: StoreRef) -> None:
    a_paid_order()
    look_for_unclaimed(now=REMINDED)
    assert check(DECIDED) == []
    found = check(DECIDED + timedelta(hours=3))
    assert [(one.invariant, one.sentence.split("：")[0]) for one in found] == [("I10", "逾期未取的货到期都有人处理")]
    look_for_unclaimed(now=DECIDED)
    assert check(DECIDED + timedelta(hours=3)) == []


class TestAtADiscount:
    def rule(self, percent: int | None = 80, *, now: datetime = NOW) -> None:
        keep_unclaimed_rule(
            remind_hours=24,
            decide_hours=48,
            outcome=AfterUnclaimed.PART if percent else AfterUnclaimed.ASK,
            back_ppm=percent and percent * 10_000,
            by_name="陈店长",
            now=now,
        )

    def test_the_rule_gives_a_part_back_and_the_rest_is_the_shops(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=100_000, by_name="", now=NOW)
        self.rule()
        item = an_offer(in_stock=10)
        order = a_paid_order(item, quantity=3)
        hand(order, 1)
        look_for_unclaimed(now=REMINDED)
        look_for_unclaimed(now=DECIDED)
        row = Unclaimed.objects.get()
        assert (row.state, row.refunded_minor, row.kept_minor) == (UnclaimedState.PARTLY, 2064, 516)
        assert [refund.amount_minor for refund in Refund.objects.all()] == [2064]
        assert Stock.objects.get(sku=item.sku_id).on_hand == 7  # they do not come back
        assert -balance_of(book=Book.SALES) == 1290 + 516
        assert -balance_of(book=Book.COMMISSION_PAYABLE) == 129  # of what was fetched alone
        order.refresh_from_db()
        assert order.state == OrderState.PICKED_UP
        assert not check(DECIDED)

    def test_orders_placed_before_it_was_told_get_all_of_it(self, in_acme: StoreRef) -> None:
        before = a_paid_order()
        self.rule(now=NOW + timedelta(minutes=1))
        after = a_paid_order(member=before.member, point=before.pickup_point, now=NOW + timedelta(minutes=2))
        look_for_unclaimed(now=REMINDED)
        (row,) = unclaimed_for_desk()
        left = lines_left([row])[row.pk]
        assert (money_left(left), money_in_part(left, unclaimed_rule())) == (2580, 1290 + 1032)
        look_for_unclaimed(now=DECIDED)
        row.refresh_from_db()
        assert (row.refunded_minor, row.kept_minor) == (1290 + 1032, 258)
        assert (told(before)[-1], told(after)[-1]) == ("order.cancelled", "order.cancelled")
        assert not check(DECIDED)

    def test_what_the_shop_keeps_is_never_given_back_with_the_rest(self, in_acme: StoreRef) -> None:
        self.rule()
        order = a_paid_order(quantity=3)
        hand(order, 1)
        look_for_unclaimed(now=REMINDED)
        look_for_unclaimed(now=DECIDED)
        line = order.lines.get()
        assert line.left_minor == 1290
        for wanted in (WantedRefund(line.pk, amount_minor=1291), WantedRefund(line.pk, quantity=2)):
            with pytest.raises(TooMuchRefunded):
                refund_lines(order_id=order.pk, wanted=[wanted], reason="", actor=BOSS, key="x", now=DECIDED)
        wanted = WantedRefund(line.pk, quantity=1, of_handed=True)
        refund_lines(order_id=order.pk, wanted=[wanted], reason="", actor=BOSS, key="y", now=DECIDED)
        assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 3 * 1290 - 516
        assert not check(DECIDED)

    def test_a_person_does_what_was_seen_or_nothing(self, in_acme: StoreRef) -> None:
        a_paid_order()
        look_for_unclaimed(now=REMINDED)
        unclaimed_id = Unclaimed.objects.get().pk
        what = {"unclaimed_id": unclaimed_id, "outcome": AfterUnclaimed.PART, "actor": BOSS, "note": "", "now": DECIDED}
        with pytest.raises(NoDiscountSet):
            end_unclaimed(**what, seen_minor=0)  # type: ignore[arg-type]
        self.rule(now=NOW - timedelta(days=1))
        with pytest.raises(AmountMoved):
            end_unclaimed(**what, seen_minor=1290)  # type: ignore[arg-type]
        assert not Refund.objects.exists()
        end_unclaimed(**what, seen_minor=1032)  # type: ignore[arg-type]
        with pytest.raises(UnclaimedMissing):
            end_unclaimed(**what, seen_minor=1032)  # type: ignore[arg-type]
        assert [refund.amount_minor for refund in Refund.objects.all()] == [1032]
        assert not check(DECIDED)

    @pytest.mark.parametrize("back_ppm", [None, 0, 1_000_000, -1])
    def test_the_percent_is_between_one_and_ninety_nine(self, in_acme: StoreRef, back_ppm: int | None) -> None:
        with pytest.raises(NoDiscountSet):
            keep_unclaimed_rule(
                remind_hours=1, decide_hours=2, outcome=AfterUnclaimed.PART, back_ppm=back_ppm, by_name="", now=NOW
            )

    def test_a_rule_kept_again_counts_from_when_its_percent_was_told(self, in_acme: StoreRef) -> None:
        self.rule()
        self.rule(now=NOW + timedelta(days=1))
        assert unclaimed_rule().back_since == NOW
        self.rule(90, now=NOW + timedelta(days=2))
        assert unclaimed_rule().back_since == NOW + timedelta(days=2)
        self.rule(None, now=NOW + timedelta(days=3))
        assert unclaimed_rule().back_since is None
