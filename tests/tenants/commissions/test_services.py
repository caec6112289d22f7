"""What leaders earn: accrued when paid, frozen when fetched, theirs two days later."""

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.commissions.models import CommissionEntry, CommissionRule, EntryState, RuleScope
from tenants.commissions.selectors import commission_totals, commissions_of, store_rate
from tenants.commissions.services.release_freezes import release_freezes
from tenants.commissions.services.reverse import reverse
from tenants.commissions.services.set_store_rate import RateTooHigh, set_store_rate
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.journal.models import JournalEntry
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order
from tenants.sales.services.refund_lines import refund_whole
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW, later


@pytest.fixture(autouse=True)
def eight_percent(in_acme: StoreRef) -> None:
    set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)


def hand_out(order: Order) -> None:
    ticked = [HandedLine(line_id_of(order), 1)]
    hand_over(pickup_id=the_visit_of(order).id, leader=order.leader, lines=ticked, by_name="李姐", now=NOW)


class TestAccrue:
    def test_says_why_each_line_earns_what_it_earns(self, in_acme: StoreRef) -> None:
        point = a_leader_with_point()
        apples, eggs = an_offer(price_minor=1290), an_offer(title="土鸡蛋", price_minor=1990, commission_ppm=50_000)
        CommissionRule.objects.create(
            scope=RuleScope.PRODUCT, scope_id=apples.sku.product_id, rate_ppm=100_000, valid_from=NOW
        )
        milk = an_offer(title="鲜牛奶", price_minor=690)

        a_paid_order(apples, eggs, milk, point=point)

        entries = CommissionEntry.objects.order_by("order_line_id")
        assert [(entry.amount_minor, entry.reason) for entry in entries] == [
            (129, "商品佣金 10%：¥12.90 × 10% = ¥1.29"),
            (99, "本团商品 5%：¥19.90 × 5% = ¥0.99"),
            (55, "全店默认 8%：¥6.90 × 8% = ¥0.55"),
        ]
        assert {entry.state for entry in entries} == {EntryState.ACCRUED}
        assert balance_of(book=Book.COMMISSION_EXPENSE) == 283
        assert balance_of(book=Book.COMMISSION_PAYABLE, party_id=point.leader_id) == -283

    def test_obeys_the_rule_in_force_when_it_was_paid(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=100_000, by_name="陈店长", now=later(minutes=5))

        before, after = a_paid_order(now=later(minutes=4)), a_paid_order(now=later(minutes=5))

        rates = dict(CommissionEntry.objects.values_list("order_line__order", "rate_ppm"))
        assert rates == {before.id: 80_000, after.id: 100_000}

    def test_writes_an_entry_of_nothing_with_its_reason(self, in_acme: StoreRef) -> None:
        a_paid_order(an_offer(commission_ppm=0))

        assert CommissionEntry.objects.get().reason == "本团商品 0%：¥12.90 × 0% = ¥0.00"
        assert balance_of(book=Book.COMMISSION_PAYABLE) == 0


class TestFreeze:
    def test_ends_two_days_after_the_pickup(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        a_paid_order()
        hand_out(order)

        assert release_freezes(now=later(hours=47, minutes=59)) == 0
        assert release_freezes(now=later(hours=48)) == 1
        assert release_freezes(now=later(hours=48)) == 0
        assert CommissionEntry.objects.get(order_line__order=order).state == EntryState.AVAILABLE


class TestReverse:
    def test_adds_a_second_entry_and_never_edits_the_amount(self, in_acme: StoreRef) -> None:
        order, kept = a_paid_order(), a_paid_order()
        boss = Actor(kind="person", name="陈店长")

        refund_whole(order_id=order.pk, reason="退款", actor=boss, key="k", now=later(hours=1))
        line = order.lines.get()
        assert reverse(lines=[line], refund_id=new_id(), why="退款", at=later(hours=1)) == []

        entries = {entry.kind: entry for entry in CommissionEntry.objects.filter(order_line=line)}
        assert (entries["accrual"].amount_minor, entries["reversal"].amount_minor) == (103, -103)
        assert {entry.state for entry in entries.values()} == {EntryState.REVERSED}
        assert entries["reversal"].reason == "退款，冲回：全店默认 8%：¥12.90 × 8% = ¥1.03"
        assert balance_of(book=Book.COMMISSION_PAYABLE, party_id=order.leader_id) == 0
        assert balance_of(book=Book.COMMISSION_PAYABLE, party_id=kept.leader_id) == -103


class TestSetStoreRate:
    @pytest.mark.parametrize("rate_ppm", [-1, 300_001])
    def test_stays_within_what_may_be_promised(self, in_acme: StoreRef, rate_ppm: int) -> None:
        with pytest.raises(RateTooHigh):
            set_store_rate(rate_ppm=rate_ppm, by_name="陈店长", now=NOW)

    def test_takes_over_from_its_moment(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=0, by_name="陈店长", now=later(hours=1))

        assert [store_rate(now=later(hours=hour)) for hour in (-1, 0, 1)] == [None, 80_000, 0]
        assert JournalEntry.objects.filter(what="commission.rate_set").count() == 2


class TestLists:
    def test_sums_by_state_and_day(self, in_acme: StoreRef) -> None:
        point, item = a_leader_with_point(), an_offer()
        a_paid_order(item, point=point)
        hand_out(a_paid_order(item, point=point))
        a_paid_order(item)

        today, tomorrow = (commission_totals(leader=point.leader, now=later(hours=hour)) for hour in (1, 13))

        assert (today.today_minor, today.accrued_minor, today.pending_minor, today.available_minor) == (
            206,
            103,
            103,
            0,
        )
        assert (tomorrow.today_minor, tomorrow.accrued_minor) == (0, 103)

    def test_goes_on_behind_a_page(self, in_acme: StoreRef, django_assert_num_queries: object) -> None:
        point, item = a_leader_with_point(), an_offer()
        numbers = [a_paid_order(item, point=point, now=later(minutes=m // 2)).number for m in range(5)]
        a_paid_order(item)

        seen: list[CommissionEntry] = []
        with django_assert_num_queries(4):  # type: ignore[operator]  # a page each, the last one empty
            while page := commissions_of(
                leader=point.leader, after=(seen[-1].created_at, seen[-1].id) if seen else None, limit=2
            ):
                seen += page
            listed = [entry.order_line.order.number for entry in seen]

        assert sorted(listed) == sorted(numbers)
        assert [entry.created_at for entry in seen] == sorted((entry.created_at for entry in seen), reverse=True)

    def test_filters_by_state(self, in_acme: StoreRef) -> None:
        order = a_paid_order()
        assert len(commissions_of(leader=order.leader, state="accrued")) == 1
        assert commissions_of(leader=order.leader, state="pending") == []
