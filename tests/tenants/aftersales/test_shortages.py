"""缺货: fewer came than were sold. Who goes without is decided by a rule, and their money goes back, exactly once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.aftersales import tasks
from tenants.aftersales.books import check
from tenants.aftersales.models import ShareRule, Shortage, ShortLine
from tenants.aftersales.selectors_shortages import NothingDue, goods_due
from tenants.aftersales.services.tell_shortage import (
    NothingShort,
    ShortageMoved,
    ToldShort,
    finish_shortages,
    plan_shortage,
    settle_short,
    tell_shortage,
)
from tenants.aftersales.sharing import Claim, missing_by_rule
from tenants.campaigns.models import CampaignItem
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderLine
from tenants.orders.selectors import timeline_of
from tenants.payments.models import Refund
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tests.factories.aftersales import fetched
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, line_id_of
from tests.factories.times import NOW, TOMORROW, later

BOSS = Actor(kind="person", id="1", name="陈店长")
AFTER = later(hours=12)  # the list is cut off


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    target = "tenants.aftersales.services.settle_short.send_store_sms.delay"
    monkeypatch.setattr(target, lambda **words: sent.append(words["text"]))
    return sent


def three_orders(item: CampaignItem) -> list[Order]:
    """Three neighbours with 3, 2 and 1 pieces, paid one minute after another."""
    point = a_leader_with_point()
    return [
        a_paid_order(item, quantity=pieces, point=point, now=later(minutes=pieces_before))
        for pieces_before, pieces in enumerate((3, 2, 1))
    ]


def told(item: CampaignItem, there: int, rule: ShareRule = ShareRule.FIRST_PAID) -> ToldShort:
    return ToldShort(item.sku_id, TOMORROW, there, rule, "产地断货")


def tell(short: ToldShort, key: str = "k") -> Shortage:
    seen = plan_shortage(told=short, now=AFTER).mark
    return tell_shortage(told=short, seen=seen, key=key, actor=BOSS, now=AFTER)


def given_back(orders: list[Order]) -> list[int]:
    return [OrderLine.objects.get(order=order).refunded_quantity for order in orders]


class TestRule:
    @pytest.mark.parametrize(
        ("rule", "missing"),
        [(ShareRule.FIRST_PAID, [0, 1, 1]), (ShareRule.LOYAL, [2, 0, 0]), (ShareRule.EVEN, [1, 1, 0])],
    )
    def test_decides_who_goes_without(self, rule: ShareRule, missing: list[int]) -> None:
        ids = sorted(new_id() for _claim in range(3))
        claims = [
            Claim(ids[0], 3, NOW, 0),
            Claim(ids[1], 2, NOW + timedelta(minutes=1), 5),
            Claim(ids[2], 1, NOW + timedelta(minutes=2), 1),
        ]
        got = missing_by_rule(claims=claims[::-1], there=4, rule=rule)
        assert [got.get(one, 0) for one in ids] == missing

    @given(
        pieces=st.lists(st.integers(1, 50), min_size=1, max_size=20),
        there=st.integers(0, 600),
        rule=st.sampled_from(ShareRule),
    )
    def test_gives_all_there_is_and_no_line_more_than_it_wants(
        self, pieces: list[int], there: int, rule: ShareRule
    ) -> None:
        claims = [Claim(UUID(int=place), n, NOW, place % 3) for place, n in enumerate(pieces)]
        missing = missing_by_rule(claims=claims, there=there, rule=rule)
        assert sum(missing.values()) == max(0, sum(pieces) - there)
        assert all(0 < missing[claim.line_id] <= claim.pieces for claim in claims if claim.line_id in missing)

    def test_negative_pieces_are_no_number(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            missing_by_rule(claims=[], there=-1, rule=ShareRule.EVEN)


class TestTelling:
    def test_gives_the_last_to_pay_their_money_back_with_all_that_hangs_on_it(
        self, in_acme: StoreRef, texts: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        set_store_rate(rate_ppm=100_000, by_name="", now=NOW)
        item = an_offer(in_stock=10)
        orders = three_orders(item)
        before = Stock.objects.get(sku=item.sku_id).on_hand

        with django_capture_on_commit_callbacks(execute=True):
            shortage = tell(told(item, 4))

        assert (shortage.wanted, shortage.there) == (6, 4)
        assert given_back(orders) == [0, 1, 1]
        assert [refund.amount_minor for refund in Refund.objects.order_by("pk")] == [1290, 1290]
        assert Stock.objects.get(sku=item.sku_id).on_hand == before  # they never came: none comes back
        assert balance_of(book=Book.COMMISSION_PAYABLE) == -(4 * 1290) // 10
        assert [text.count("缺货 1 份，¥12.90") for text in texts] == [1, 1]
        happened = [one.sentence for one in timeline_of(orders[1])]
        assert any("缺货：产地断货" in sentence for sentence in happened)
        assert not check(AFTER)

    def test_is_done_once_a_key(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10)
        orders = three_orders(item)
        short = told(item, 4)
        seen = plan_shortage(told=short, now=AFTER).mark
        made = {tell_shortage(told=short, seen=seen, key="k", actor=BOSS, now=AFTER).pk for _click in range(3)}
        assert made == {Shortage.objects.get().pk}
        assert given_back(orders) == [0, 1, 1]
        assert settle_short(shortage_id=made.pop(), now=AFTER) == (0, 0)
        assert finish_shortages(now=AFTER) == 0

    def test_again_for_more_takes_from_those_that_are_left(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10)
        orders = three_orders(item)
        tell(told(item, 4), key="a")
        tell(told(item, 2), key="b")
        assert given_back(orders) == [1, 2, 1]

    def test_loyal_ones_are_served_first(self, in_acme: StoreRef) -> None:
        item, neighbour, point = an_offer(in_stock=10), a_member(), a_leader_with_point()
        fetched(a_paid_order(member=neighbour, point=point))
        first = a_paid_order(item, point=point)
        loyal = a_paid_order(item, point=point, member=neighbour, now=later(minutes=5))
        tell(told(item, 1, ShareRule.LOYAL))
        assert given_back([first, loyal]) == [1, 0]

    def test_handed_out_pieces_are_not_shared_out_again(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10)
        first, second, third = three_orders(item)
        fetched(third)
        tell(told(item, 3))
        assert given_back([first, second, third]) == [0, 2, 0]

    def test_what_was_handed_out_or_given_back_meanwhile_is_not_given_back_again(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10)
        first, second, third = three_orders(item)
        shortage = tell(told(item, 5))
        ShortLine.objects.all().delete()
        for order, pieces in ((first, 3), (second, 2)):
            ShortLine.objects.create(shortage=shortage, order_line_id=line_id_of(order), quantity=pieces)
        fetched(first, 2)
        wanted = [WantedRefund(line_id_of(second), quantity=2)]
        refund_lines(order_id=second.pk, wanted=wanted, reason="", actor=BOSS, key="own", now=AFTER)

        assert finish_shortages(now=AFTER) == 2

        assert given_back([first, second, third]) == [1, 2, 1]
        assert not ShortLine.objects.filter(settled_at=None).exists()

    def test_changed_orders_are_shown_again_first(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10)
        orders = three_orders(item)
        with pytest.raises(ShortageMoved):
            tell_shortage(told=told(item, 4), seen="another", key="k", actor=BOSS, now=AFTER)
        assert given_back(orders) == [0, 0, 0]
        assert not Shortage.objects.exists()

    @pytest.mark.parametrize("there", [-1, 6, 7])
    def test_of_nothing_is_refused(self, in_acme: StoreRef, there: int) -> None:
        item = an_offer(in_stock=10)
        three_orders(item)
        with pytest.raises(NothingShort):
            plan_shortage(told=told(item, there), now=AFTER)

    def test_before_the_cut_off_nothing_is_due(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=10)
        three_orders(item)
        a_pending_order(item)
        assert not goods_due(now=NOW)
        with pytest.raises(NothingDue):
            plan_shortage(told=told(item, 1), now=NOW)
        (row,) = goods_due(now=AFTER)
        assert (row["pieces"], row["orders"]) == (6, 3)
        assert not goods_due(now=AFTER, query="没有这个")

    def test_whoever_died_is_finished_by_the_sweep(self, acme: StoreRef) -> None:
        with in_store(acme):
            item = an_offer(in_stock=10)
            orders = three_orders(item)
            shortage = Shortage.objects.create(
                sku_id=item.sku_id, pickup_date=TOMORROW, title="", sku_label="", wanted=6, there=5,
                rule=ShareRule.FIRST_PAID, reason="", key="k", by_name="", at=NOW,
            )  # fmt: skip
            ShortLine.objects.create(shortage=shortage, order_line_id=line_id_of(orders[2]), quantity=1)
            forgotten = [one.sentence for one in check(AFTER)]
        tasks.sweep_after_sales(store=str(acme.merchant_id))
        with in_store(acme):
            assert any("没有处理" in sentence for sentence in forgotten)
            assert given_back(orders) == [0, 0, 1]
            assert not check(AFTER)
