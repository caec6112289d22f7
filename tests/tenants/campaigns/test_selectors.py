"""What neighbours see of a group buy, in two statements."""

from datetime import timedelta
from typing import Any

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.selectors import campaigns_for_shoppers, offers_of_product
from tenants.campaigns.services.change_quota import QuotaChange, QuotaShort, change_quota
from tenants.catalog.models import ProductPicture, ProductState
from tests.factories.campaigns import an_item_of, an_open_campaign
from tests.factories.catalog import a_product, a_sku_of
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, later


class TestCampaignsForShoppers:
    def test_shows_everything_of_an_item(self, in_acme: StoreRef) -> None:
        sku = a_product(picture="t/apples.webp")
        campaign = an_open_campaign(sku)

        (shown,) = campaigns_for_shoppers(now=NOW)

        assert (shown["id"], shown["state"], shown["pickup_date"]) == (campaign.id, "open", campaign.pickup_date)
        assert shown["items"] == [
            {
                "id": campaign.items.get().id,
                "campaign_id": campaign.id,
                "product_id": sku.product_id,
                "title": "洛川苹果",
                "subtitle": "",
                "category": "水果",
                "picture_key": "t/apples.webp",
                "sku_id": sku.id,
                "label": "500g/份",
                "price_minor": 1290,
                "strike_minor": None,
                "member_minor": None,
                "available": 100,
                "quota": None,
                "sold": 0,
                "per_member_limit": None,
                "min_form_quantity": None,
                "is_failed": False,
            }
        ]

    def test_counts_what_is_left_and_sold(self, in_acme: StoreRef) -> None:
        campaign = an_open_campaign(a_product(title="苹果", in_stock=10))
        by_stock = campaign.items.get()
        by_quota = an_item_of(campaign, a_product(title="梨", in_stock=10), quota=4, position=1)
        none_left = an_item_of(campaign, a_product(title="桃", in_stock=0), quota=4, position=2)
        for item in (by_stock, by_quota):
            a_pending_order(item, quantity=2)
            a_paid_order(item)

        (shown,) = campaigns_for_shoppers(now=NOW)

        assert [item["id"] for item in shown["items"]] == [by_stock.id, by_quota.id, none_left.id]
        assert [(item["available"], item["sold"]) for item in shown["items"]] == [(7, 1), (1, 1), (0, 0)]

    def test_puts_what_is_open_first(self, in_acme: StoreRef) -> None:
        an_open_campaign(name="已截单", cutoff_at=NOW)
        an_open_campaign(name="停", state=CampaignState.PAUSED)
        an_open_campaign(name="明天", opens_at=later(hours=2))
        an_open_campaign(name="晚截", cutoff_at=later(hours=9))
        an_open_campaign(name="早截", cutoff_at=later(hours=1))

        shown = campaigns_for_shoppers(now=NOW)

        assert [one["name"] for one in shown] == ["早截", "晚截", "明天", "停", "已截单"]
        assert [one["state"] for one in shown] == ["open", "open", "scheduled", "paused", "closed"]

    def test_hides_what_is_not_for_shoppers(self, in_acme: StoreRef) -> None:
        an_open_campaign(state=CampaignState.DRAFT)
        an_open_campaign(state=CampaignState.CANCELLED)
        an_open_campaign(cutoff_at=NOW - timedelta(hours=2), opens_at=NOW - timedelta(hours=30))
        an_open_campaign(opens_at=later(days=8), cutoff_at=later(days=9))
        assert [one["state"] for one in campaigns_for_shoppers(now=NOW)] == ["closed"]
        assert "closed" not in {one["state"] for one in campaigns_for_shoppers(now=later(hours=22))}

    def test_hides_goods_off_the_shelf_and_removed_pictures(self, in_acme: StoreRef) -> None:
        apples = a_product(title="苹果", picture="old.webp")
        ProductPicture.objects.update(removed_at=NOW)
        ProductPicture.objects.create(product=apples.product, file_key="new.webp", width=1, height=1, position=5)
        inactive = a_product(title="梨")
        type(inactive).objects.filter(pk=inactive.pk).update(is_active=False)
        an_open_campaign(apples, a_product(title="桃", state=ProductState.OFF_SHELF), inactive)

        (shown,) = campaigns_for_shoppers(now=NOW)

        assert [item["title"] for item in shown["items"]] == ["苹果"]
        assert shown["items"][0]["picture_key"] == "new.webp"

    def test_takes_two_statements_whatever_the_number(self, in_acme: StoreRef, django_assert_num_queries: Any) -> None:
        for number in range(3):
            an_open_campaign(*(a_product(title=f"{number}-{n}") for n in range(4)))

        with django_assert_num_queries(2):
            assert [len(shown["items"]) for shown in campaigns_for_shoppers(now=NOW)] == [4, 4, 4]


class TestOffersOfProduct:
    def test_finds_the_list_that_is_open(self, in_acme: StoreRef) -> None:
        small = a_product()
        large = a_sku_of(small.product)
        an_open_campaign(small, name="明天", opens_at=later(hours=1))
        an_open_campaign(small, a_product(title="梨"), name="今天")

        found = offers_of_product(product_id=small.product_id, now=NOW)

        assert found["campaign"]["name"] == "今天"
        assert set(found["offers"]) == {small.id}
        assert large.id not in found["offers"]

    def test_finds_the_list_it_was_seen_in_while_it_sells_the_goods(self, in_acme: StoreRef) -> None:
        small = a_product()
        first = an_open_campaign(small, name="今天")
        team = an_open_campaign(small, name="拼团", cutoff_at=later(hours=30))
        seen_as = team.items.get()

        found = offers_of_product(product_id=small.product_id, now=NOW, item_id=seen_as.pk)
        others = [offers_of_product(product_id=small.product_id, now=NOW, item_id=pk) for pk in (None, new_id())]
        Campaign.objects.filter(pk=team.pk).update(cutoff_at=NOW)
        over = offers_of_product(product_id=small.product_id, now=NOW, item_id=seen_as.pk)

        assert (found["campaign"]["id"], found["offers"][small.pk]["id"]) == (team.pk, seen_as.pk)
        assert [one["campaign"]["id"] for one in [*others, over]] == [first.pk] * 3
        assert over["offers"][small.pk]["id"] == first.items.get().pk

    def test_finds_nothing_of_a_list_cut_off(self, in_acme: StoreRef) -> None:
        sku = a_product()
        an_open_campaign(sku, cutoff_at=NOW)
        nothing: dict[str, Any] = {"campaign": None, "offers": {}}
        assert offers_of_product(product_id=sku.product_id, now=NOW) == nothing
        assert offers_of_product(product_id=new_id(), now=NOW) == nothing


class TestChangeQuota:
    def test_takes_and_gives_back(self, in_acme: StoreRef) -> None:
        item = an_item_of(an_open_campaign(), a_product(), quota=3)

        change_quota(changes=[QuotaChange(item.id, taken=2), QuotaChange(item.id, taken=1, sold=1)])
        with pytest.raises(QuotaShort) as refused:
            change_quota(changes=[QuotaChange(item.id, taken=1)])
        change_quota(changes=[QuotaChange(item.id, taken=-2)])

        assert refused.value.items == {item.id}
        assert CampaignItem.objects.values_list("taken", "sold").get(pk=item.pk) == (1, 1)
        change_quota(changes=[QuotaChange(item.id, taken=-1, sold=-1)])

    @pytest.mark.parametrize(
        "change",
        [{"state": CampaignState.PAUSED}, {"cutoff_at": NOW}, {"opens_at": later(seconds=1)}],
        ids=["paused", "cut off", "not open"],
    )
    def test_takes_only_from_a_list_that_is_open(self, in_acme: StoreRef, change: dict[str, Any]) -> None:
        item = an_open_campaign(**change).items.get()

        with pytest.raises(QuotaShort):
            change_quota(changes=[QuotaChange(item.id, taken=1)], open_at=NOW)

    def test_never_goes_below_nothing(self, in_acme: StoreRef) -> None:
        item = an_open_campaign().items.get()
        with pytest.raises(QuotaShort):
            change_quota(changes=[QuotaChange(item.id, taken=-1)])
