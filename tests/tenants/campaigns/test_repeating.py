"""每天自动开团: a list opens again by itself, once a day, as the one before it was in the end."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, CampaignItem, CampaignReach, CampaignState, Repetition
from tenants.campaigns.selectors import campaigns_for_shoppers
from tenants.campaigns.selectors_desk import repetitions_in_trouble
from tenants.campaigns.services.close_campaign import close_early
from tenants.campaigns.services.repeat_campaign import (
    NotRepeatable,
    NoWeekday,
    open_repeated,
    repeat_campaign,
    stop_repeating,
)
from tenants.campaigns.times import CampaignTimes, next_weekday, times_on
from tenants.catalog.models import Product, ProductState
from tenants.inventory.models import Batch, BatchState, ShelfRule
from tenants.inventory.services.receive_stock import BatchDraft, receive_stock
from tenants.journal.services import Actor, record
from tenants.sales import tasks
from tenants.sales.services.call_off import call_off
from tenants.tracing.services.mark_down import mark_down
from tests.factories.campaigns import an_item_of, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.times import NOW, TOMORROW, later

EVERY_DAY = 127
MORNING = later(hours=20)  # Saturday, 08:00 in Shanghai: the list of NOW opened at 08:00 on Friday
CHINA = ZoneInfo("Asia/Shanghai")


def repeated(campaign: Campaign, weekdays: int = EVERY_DAY, now: datetime = NOW) -> Repetition:
    return repeat_campaign(campaign_id=campaign.pk, name="早市团", weekdays=weekdays, now=now, by_name="陈店长")


def lists() -> list[Campaign]:
    return list(Campaign.objects.order_by("opens_at"))


class TestTimes:
    def test_are_those_of_the_wall_clock(self) -> None:
        night = CampaignTimes(
            datetime(2026, 11, 20, 18, tzinfo=CHINA), datetime(2026, 11, 21, 1, tzinfo=CHINA), date(2026, 11, 22)
        )
        again = times_on(date(2026, 12, 1), like=night, timezone="Asia/Shanghai")
        assert (again.opens_at, again.cutoff_at, again.pickup_date) == (
            datetime(2026, 12, 1, 18, tzinfo=CHINA),
            datetime(2026, 12, 2, 1, tzinfo=CHINA),
            date(2026, 12, 3),
        )

    @pytest.mark.parametrize(("weekdays", "days"), [(EVERY_DAY, 1), (1 << 4, 7), (1 << 0, 3), (0b11, 3)])
    def test_next_weekday_of_a_friday(self, weekdays: int, days: int) -> None:
        assert next_weekday(date(2026, 11, 20), weekdays) == date(2026, 11, 20) + timedelta(days=days)

    def test_no_weekday_is_none(self) -> None:
        with pytest.raises(ValueError, match="no weekday"):
            next_weekday(date(2026, 11, 20), 0)


class TestOpening:
    def test_is_half_a_day_ahead_with_price_quota_limit_and_reach(self, in_acme: StoreRef) -> None:
        source = an_open_campaign()
        CampaignItem.objects.update(quota=30, per_member_limit=2, price_minor=990, taken=4, sold=4)
        CampaignReach.objects.create(campaign=source, city="上海")
        repeated(source)
        assert open_repeated(now=MORNING - timedelta(hours=12, minutes=1)) == 0

        assert open_repeated(now=MORNING - timedelta(hours=12)) == 1

        _source, made = lists()
        assert (made.name, made.state, made.opens_at) == ("11月21日 早市团", CampaignState.PUBLISHED, MORNING)
        assert (made.cutoff_at, made.pickup_date) == (
            source.cutoff_at + timedelta(days=1),
            source.pickup_date + timedelta(days=1),
        )
        item = made.items.get()
        assert (item.price_minor, item.quota, item.per_member_limit, item.taken, item.sold) == (990, 30, 2, 0, 0)
        assert [reach.city for reach in made.reaches.all()] == ["上海"]
        assert {one["state"] for one in campaigns_for_shoppers(now=MORNING - timedelta(hours=1))} >= {"scheduled"}
        assert "open" in {one["state"] for one in campaigns_for_shoppers(now=MORNING)}

    def test_is_done_once_a_day_and_goes_on(self, in_acme: StoreRef) -> None:
        repeated(an_open_campaign())
        for day in range(3):
            for _run in range(3):
                open_repeated(now=MORNING + timedelta(days=day))
        assert [one.name for one in lists()[1:]] == ["11月21日 早市团", "11月22日 早市团", "11月23日 早市团"]
        assert Repetition.objects.get().campaign == lists()[-1]

    def test_is_by_the_task_of_each_minute(self, acme: StoreRef) -> None:
        with in_store(acme):
            repeated(an_open_campaign())
            Repetition.objects.update(opens_at=datetime.now(CHINA) - timedelta(days=1), cutoff_at=datetime.now(CHINA))
            Repetition.objects.update(next_on=datetime.now(CHINA).date())
        tasks.cut_off_campaigns(store=str(acme.merchant_id))
        with in_store(acme):
            assert len(lists()) == 2

    def test_only_on_chosen_weekdays(self, in_acme: StoreRef) -> None:
        repeated(an_open_campaign(), weekdays=1 << 0)  # Mondays; NOW is a Friday
        assert open_repeated(now=MORNING + timedelta(days=1)) == 0
        assert open_repeated(now=MORNING + timedelta(days=2)) == 1
        assert lists()[-1].name == "11月23日 早市团"

    def test_what_was_changed_in_the_latest_list_stays_changed(self, in_acme: StoreRef) -> None:
        repeated(an_open_campaign())
        open_repeated(now=MORNING)
        CampaignItem.objects.filter(campaign=lists()[-1]).update(price_minor=777)
        open_repeated(now=MORNING + timedelta(days=1))
        assert lists()[-1].items.get().price_minor == 777

    def test_a_price_cut_for_a_batch_is_cut_as_long_as_the_batch_is_there(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=0)
        draft = BatchDraft(lot="B1", expires_on=TOMORROW + timedelta(days=2))
        receive_stock(sku_id=sku.pk, quantity=5, reason="", by_name="", now=NOW, batch=draft)
        Batch.objects.update(state=BatchState.NEAR_EXPIRY)
        ShelfRule.objects.create(product=sku.product, near_days=5, markdown_ppm=300_000)
        repeated(an_open_campaign(sku))
        mark_down(batch_id=Batch.objects.get().pk, by_name="陈店长", now=NOW)
        prices = []
        for day in range(3):
            open_repeated(now=MORNING + timedelta(days=day))
            prices.append(lists()[-1].items.get().price_minor)
            if day == 1:
                Batch.objects.update(state=BatchState.DEPLETED)
        assert prices == [903, 903, 1290]

    def test_a_price_changed_by_hand_after_a_cut_stays(self, in_acme: StoreRef) -> None:
        source = an_open_campaign()
        item = source.items.get()
        record(
            what="campaign.marked_down", subject=source, at=NOW, actor=Actor(kind="person", name=""),
            item_id=str(item.pk), lot="B1", prices=[1290, 903],
        )  # fmt: skip
        CampaignItem.objects.update(price_minor=1000)
        repeated(source)
        open_repeated(now=MORNING)
        assert lists()[-1].items.get().price_minor == 1000

    def test_a_list_cut_off_early_shortens_none_that_follows(self, in_acme: StoreRef) -> None:
        source = an_open_campaign()
        repeated(source)
        close_early(campaign_id=source.pk, now=later(hours=1), by_name="")
        open_repeated(now=MORNING)
        assert lists()[-1].cutoff_at == NOW + timedelta(hours=11, days=1)

    def test_days_on_which_the_store_was_closed_are_left_out(self, in_acme: StoreRef) -> None:
        repeated(an_open_campaign())
        assert open_repeated(now=MORNING + timedelta(days=5)) == 1
        assert [one.name for one in lists()[1:]] == ["11月26日 早市团"]

    def test_late_is_better_than_never_before_the_cut_off(self, in_acme: StoreRef) -> None:
        repeated(an_open_campaign())
        assert open_repeated(now=MORNING + timedelta(hours=3)) == 1
        assert lists()[-1].shown_state(MORNING + timedelta(hours=3)) == "open"

    def test_leaves_out_what_has_left_the_shelf_or_cannot_be_ready(self, in_acme: StoreRef) -> None:
        kept, gone, slow = a_product(), a_product(title="梨"), a_product(title="汤")
        source = an_open_campaign(kept, gone, slow)
        Product.objects.filter(pk=gone.product_id).update(state=ProductState.OFF_SHELF)
        Product.objects.filter(pk=slow.product_id).update(lead_days=3)
        repeated(source)
        open_repeated(now=MORNING)
        assert [item.sku for item in lists()[-1].items.all()] == [kept]

    def test_of_nothing_is_said_and_tried_again_the_next_day(self, in_acme: StoreRef) -> None:
        source = an_open_campaign()
        repeated(source)
        Product.objects.update(state=ProductState.OFF_SHELF)
        assert open_repeated(now=MORNING) == 0
        (rule,) = repetitions_in_trouble()
        assert "11-21" in rule.problem
        Product.objects.update(state=ProductState.ON_SALE)
        assert open_repeated(now=MORNING + timedelta(days=1)) == 1
        assert not repetitions_in_trouble()

    def test_ends_when_the_latest_list_was_called_off(self, in_acme: StoreRef) -> None:
        source = an_open_campaign()
        repeated(source)
        call_off(campaign_id=source.pk, reason="停电", now=later(hours=1), by_name="")
        assert open_repeated(now=MORNING) == 0
        rule = Repetition.objects.get()
        assert rule.next_on is None
        assert "已停止" in rule.problem


class TestRule:
    def test_said_again_is_changed_and_stopped_is_gone(self, in_acme: StoreRef) -> None:
        source = an_open_campaign()
        repeated(source)
        assert repeated(source, weekdays=1 << 0).next_on == date(2026, 11, 23)
        for _click in range(2):
            stop_repeating(campaign_id=source.pk, now=NOW, by_name="")
        assert not Repetition.objects.exists()
        assert open_repeated(now=MORNING) == 0

    @pytest.mark.parametrize("weekdays", [0, 128, -1])
    def test_needs_a_weekday(self, in_acme: StoreRef, weekdays: int) -> None:
        with pytest.raises(NoWeekday):
            repeated(an_open_campaign(), weekdays=weekdays)

    @pytest.mark.parametrize("changes", [{"kind": "flash"}, {"state": "draft"}, {"state": "cancelled"}])
    def test_is_for_published_daily_lists_and_chains(self, in_acme: StoreRef, changes: dict[str, str]) -> None:
        source = an_open_campaign()
        an_item_of(source, a_product(title="梨"), position=1)
        Campaign.objects.update(**changes)
        with pytest.raises(NotRepeatable):
            repeated(source)
