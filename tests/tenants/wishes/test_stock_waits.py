"""到货提醒: whoever waits for sold-out goods is told once when they can be bought again, however they came back."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import F

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, CampaignReach, CampaignState, HiddenItem
from tenants.catalog.models import Product, ProductState
from tenants.inventory.models import MoveKind
from tenants.inventory.selectors import SkuMissing
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.journal.services import Actor
from tenants.leaders.models import Rest
from tenants.leaders.selectors import PointMissing
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.refund_lines import refund_whole
from tenants.wishes.models import SearchedWords, StockWait
from tenants.wishes.selectors import GoodsBack, waits_of, with_people_waiting
from tenants.wishes.services.tell_waiting import tell_waiting
from tenants.wishes.services.tidy import tidy_wishes
from tenants.wishes.services.wait_for_stock import MOST, StillThere, TooManyWaits, stop_waiting, wait_for_stock
from tests.factories.campaigns import an_item_of, an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", name="陈店长")
Texts = list[dict[str, str]]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Texts:
    """The texts that went out, at once instead of at the commit that a test never reaches."""
    texts: Texts = []
    story = "tenants.wishes.services.tell_waiting"
    monkeypatch.setattr(f"{story}.send_store_sms.delay", lambda **words: texts.append(words))
    monkeypatch.setattr(f"{story}.transaction.on_commit", lambda send: send())
    return texts


def sold_out(**more: Any) -> CampaignItem:
    return an_offer(in_stock=0, **more)


def wait(item: CampaignItem, **more: Any) -> StockWait:
    words: dict[str, Any] = {"member": a_member(), "point_id": None, "now": NOW, **more}
    return wait_for_stock(sku_id=item.sku_id, **words)


def bring(item: CampaignItem, pieces: int = 5) -> None:
    move_stock(
        kind=MoveKind.RECEIVE, changes=[StockChange(sku_id=item.sku_id, on_hand_delta=pieces)], at=NOW, reason="到货"
    )


def people_waiting() -> list[int]:
    return [product.people_waiting for product in with_people_waiting(Product.objects.all())]  # type: ignore[attr-defined]


class TestAsking:
    def test_is_noted_once_whatever_is_pressed(self, in_acme: StoreRef) -> None:
        item, member, point = sold_out(), a_member(), a_leader_with_point()
        first = wait(item, member=member)
        again = wait(item, member=member, point_id=point.pk)

        assert again.pk == first.pk
        assert [(one.pk, one.pickup_point) for one in waits_of(member)] == [(first.pk, point)]
        wait(item)
        assert people_waiting() == [2]
        stop_waiting(member=member, sku_id=item.sku_id)
        stop_waiting(member=member, sku_id=item.sku_id)
        assert waits_of(member) == []
        assert people_waiting() == [1]

    def test_is_refused_for_what_can_be_bought(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=3)
        with pytest.raises(StillThere) as refusal:
            wait(item)
        assert refusal.value.facts == {"left": 3}

    def test_is_refused_for_what_is_not_on_the_shelf_and_for_foreign_points(self, in_acme: StoreRef) -> None:
        item = sold_out()
        with pytest.raises(SkuMissing):
            wait_for_stock(member=a_member(), sku_id=new_id(), point_id=None, now=NOW)
        with pytest.raises(PointMissing):
            wait(item, point_id=new_id())
        Product.objects.update(state=ProductState.OFF_SHELF)
        with pytest.raises(SkuMissing):
            wait(item)

    def test_has_a_limit(self, in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tenants.wishes.services.wait_for_stock.MOST", 1)
        assert MOST == 50
        member, first = a_member(), sold_out()
        wait(first, member=member)
        wait(first, member=member)  # no other one
        with pytest.raises(TooManyWaits):
            wait(sold_out(title="梨"), member=member)


def by_receipt(item: CampaignItem) -> Callable[[], object]:
    return partial(bring, item)


def by_refund(item: CampaignItem) -> Callable[[], object]:
    bring(item, 1)
    order = a_paid_order(item)
    return partial(refund_whole, order_id=order.pk, reason="不要了", actor=BOSS, key="back", now=later(minutes=1))


def by_expiry(item: CampaignItem) -> Callable[[], object]:
    bring(item, 1)
    a_pending_order(item)
    return partial(expire_orders, now=later(minutes=30))


def by_quota(item: CampaignItem) -> Callable[[], object]:
    bring(item, 1)
    CampaignItem.objects.filter(pk=item.pk).update(quota=0)
    return lambda: CampaignItem.objects.filter(pk=item.pk).update(quota=F("quota") + 1)


class TestTelling:
    @pytest.mark.parametrize("coming_back", [by_receipt, by_refund, by_expiry, by_quota])
    def test_once_whichever_way_it_came_back(self, in_acme: StoreRef, sent: Texts, coming_back: Any) -> None:
        item = sold_out()
        come_back = coming_back(item)
        member = wait(item).member
        assert tell_waiting(now=later(minutes=31)) == 0

        come_back()

        assert [tell_waiting(now=later(minutes=32)) for _round in range(3)] == [1, 0, 0]
        [text] = sent
        assert text["phone"] == member.phone
        assert "您等的“洛川苹果 500g/份”到货了" in text["text"]
        assert waits_of(member) == []
        assert people_waiting() == [0]

    def test_of_few_pieces_who_asked_first_hears_first(self, in_acme: StoreRef, sent: Texts) -> None:
        item = sold_out()
        people = [wait(item, now=later(minutes=turn)).member for turn in range(5)]
        bring(item, 2)

        assert [tell_waiting(now=later(minutes=10 + turn)) for turn in range(4)] == [2, 2, 1, 0]
        assert [text["phone"] for text in sent] == [member.phone for member in people]

    def test_not_where_it_is_not_sold_nor_before_the_list_opens(self, in_acme: StoreRef, sent: Texts) -> None:
        item, here, there = sold_out(), a_leader_with_point(), a_leader_with_point(point="绿地新村")
        CampaignReach.objects.create(campaign=item.campaign, leader=here.leader)
        wait(item, point_id=there.pk)
        near = wait(item, point_id=here.pk).member
        Campaign.objects.update(opens_at=later(hours=1))
        bring(item)

        assert tell_waiting(now=NOW) == 0
        assert tell_waiting(now=later(hours=1)) == 1
        assert [text["phone"] for text in sent] == [near.phone]

    def test_those_who_cannot_be_helped_stand_in_nobodys_way(
        self, in_acme: StoreRef, sent: Texts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tenants.wishes.services.tell_waiting._MOST", 1)
        item, here, there = sold_out(), a_leader_with_point(), a_leader_with_point(point="绿地新村")
        CampaignReach.objects.create(campaign=item.campaign, leader=here.leader)
        for _one in range(2):
            wait(item, point_id=there.pk)
        near = [wait(item, point_id=here.pk, now=later(minutes=turn)).member.phone for turn in (1, 2)]
        bring(item)

        assert [tell_waiting(now=later(minutes=3 + turn)) for turn in range(3)] == [1, 1, 0]
        assert [text["phone"] for text in sent] == near

    def test_not_where_the_leader_keeps_it_off_or_rests(self, in_acme: StoreRef, sent: Texts) -> None:
        item, off, rests, sells = sold_out(), *(a_leader_with_point(point=name) for name in ("甲", "乙", "丙"))
        for point in (off, rests, sells):
            wait(item, point_id=point.pk)
        HiddenItem.objects.create(item=item, leader=off.leader, at=NOW)
        day = item.campaign.pickup_date
        Rest.objects.create(leader=rests.leader, first_on=day, last_on=day, created_at=NOW, by_name="李姐")
        bring(item)

        assert tell_waiting(now=NOW) == 1
        told = StockWait.objects.get(told_at__isnull=False)
        assert told.pickup_point == sells
        with pytest.raises(StillThere):
            wait(item, point_id=sells.pk)
        assert wait(item, point_id=off.pk).told_at is None

    def test_by_the_next_list_that_has_it(self, in_acme: StoreRef, sent: Texts) -> None:
        item = sold_out()
        wait(item)
        bring(item)
        Campaign.objects.update(state=CampaignState.PAUSED)
        assert tell_waiting(now=NOW) == 0
        an_item_of(an_open_campaign(a_product(title="梨"), name="明天"), item.sku)

        assert tell_waiting(now=NOW) == 1

    def test_again_only_when_asked_again(self, in_acme: StoreRef, sent: Texts) -> None:
        item, member = sold_out(), a_member()
        wait(item, member=member)
        bring(item, 1)
        tell_waiting(now=NOW)
        a_paid_order(item)
        wait(item, member=member)
        bring(item, 1)

        assert tell_waiting(now=later(minutes=1)) == 1
        assert len(sent) == 2

    def test_who_stopped_at_that_moment_is_not_told(
        self, in_acme: StoreRef, sent: Texts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item = sold_out()
        one = wait(item)
        bring(item)
        real = GoodsBack.left_at

        def meanwhile(self: GoodsBack, point: Any, *, sku_id: Any) -> int:
            StockWait.objects.filter(pk=one.pk).update(told_at=NOW)  # another task was quicker
            return real(self, point, sku_id=sku_id)

        monkeypatch.setattr(GoodsBack, "left_at", meanwhile)
        assert tell_waiting(now=NOW) == 0
        assert sent == []

    @pytest.mark.parametrize("people", [1, 6])
    def test_asks_the_same_number_of_questions_however_many_wait(
        self, in_acme: StoreRef, people: int, django_assert_num_queries: Any
    ) -> None:
        item = sold_out()
        for _one in range(people):
            wait(item)
        with django_assert_num_queries(3):
            assert tell_waiting(now=NOW) == 0


def test_old_waits_and_words_go(in_acme: StoreRef) -> None:
    item = sold_out()
    wait(item, now=NOW - timedelta(days=91))
    kept = wait(item, now=NOW - timedelta(days=89))
    for age in (31, 29):
        SearchedWords.objects.create(day=(NOW - timedelta(days=age)).date(), words="苹果", times=1)
    tidy_wishes(now=NOW)
    assert [one.pk for one in StockWait.objects.all()] == [kept.pk]
    assert SearchedWords.objects.count() == 1
