"""Price records with the evidence of struck prices, and what a search finds and by which index."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.evidence import prices_asked
from tenants.campaigns.models import CampaignItem, CampaignState
from tenants.campaigns.services.check_draft import CampaignDraft, ItemDraft
from tenants.campaigns.services.doubt_strikes import doubted_strikes
from tenants.campaigns.services.edit_campaign import edit_campaign
from tenants.campaigns.services.open_campaign import open_campaign
from tenants.catalog.models import PriceRecord, Product, ProductState, Sku
from tenants.catalog.search_words import grams_of, search_text
from tenants.catalog.selectors import products_matching, ranked, suggestions
from tenants.catalog.services.change_prices import PriceChange, change_prices
from tenants.catalog.services.create_product import create_product
from tenants.catalog.services.drafts import ProductDraft, SkuDraft, Weighed
from tenants.catalog.services.price_history import strike_evidence
from tenants.catalog.services.search_words_of import write_missing_search_words
from tenants.catalog.services.update_product import update_product
from tenants.catalog.services.warn_prices import warn_prices
from tenants.journal.models import JournalEntry
from tests.factories.campaigns import an_open_campaign
from tests.factories.times import NOW

pytestmark = pytest.mark.usefixtures("in_acme")
DAY = timedelta(days=1)


def made(**sku: object) -> Product:
    words = {"label": "500g", "price_minor": 1290, **sku}
    draft = ProductDraft(title="红富士苹果", skus=[SkuDraft(**words)])  # type: ignore[arg-type]
    return create_product(draft=draft, now=NOW - 60 * DAY, by_name="老板")


def repriced(sku: Sku, price_minor: int, *, days_ago: int) -> None:
    sku.refresh_from_db()
    change = PriceChange(sku.pk, "", sku.label, sku.price_minor, price_minor)
    change_prices(changes=[change], now=NOW - days_ago * DAY, by_name="老板")


class TestStruckPricesOfLists:
    def doubted(self, sku: Sku, *, price: int = 990, strike: int = 1290) -> list[str]:
        item = ItemDraft(sku.pk, price, strike)
        draft = CampaignDraft("今日团", NOW, NOW + DAY, (NOW + DAY).date(), items=[item])
        return doubted_strikes(draft=draft)

    def test_are_proven_by_what_the_shelf_asked(self) -> None:
        sku = made().skus.get()
        assert self.doubted(sku) == []
        (sentence,) = self.doubted(sku, strike=1291)
        assert "最低卖过 12.90" in sentence
        repriced(sku, 1000, days_ago=20)
        assert len(self.doubted(sku)) == 1
        repriced(sku, 1290, days_ago=5)
        assert len(self.doubted(sku)) == 1  # 10.00 was asked ten days ago

    def test_are_disproven_by_other_lists_but_not_by_the_same_price(self) -> None:
        sku = made().skus.get()
        campaign = an_open_campaign(sku, opens_at=NOW - 9 * DAY, cutoff_at=NOW - 8 * DAY)
        CampaignItem.objects.update(price_minor=990)
        assert self.doubted(sku) == []
        assert "最低卖过 9.90" in self.doubted(sku, price=1190)[0]
        campaign.state = CampaignState.CANCELLED
        campaign.save()
        assert self.doubted(sku, price=1190) == []

    def test_of_thirty_days_ago_prove_nothing(self) -> None:
        sku = made().skus.get()
        an_open_campaign(sku, opens_at=NOW - 40 * DAY, cutoff_at=NOW - 31 * DAY)
        CampaignItem.objects.update(price_minor=500)
        assert self.doubted(sku) == []

    def test_of_goods_nobody_could_buy_lack_evidence(self) -> None:
        sku = made(price_minor=990).skus.get()
        assert "没有卖过" in self.doubted(sku)[0]

    def test_with_a_source_are_proven_up_to_it(self) -> None:
        sku = made(strike_minor=1500, strike_source="厂家建议零售价").skus.get()
        assert self.doubted(sku, strike=1500) == []
        assert len(self.doubted(sku, strike=1501)) == 1

    def test_that_were_doubted_are_in_the_journal(self) -> None:
        sku = made().skus.get()
        Product.objects.update(state=ProductState.ON_SALE)
        item = ItemDraft(sku.pk, 990, 9900)
        draft = CampaignDraft("今日团", NOW, NOW + DAY, (NOW + DAY).date(), items=[item])
        opened = open_campaign(draft=draft, now=NOW, by_name="老板")
        cheaper = replace(draft, items=[replace(item, strike_minor=1290)])
        edit_campaign(campaign_id=opened.pk, draft=cheaper, now=NOW, by_name="老板")
        edit_campaign(campaign_id=opened.pk, draft=draft, now=NOW, by_name="老板")
        told = JournalEntry.objects.filter(what="campaign.prices_doubted", subject_id=opened.pk)
        assert [len(entry.detail["sentences"]) for entry in told] == [1, 1]


class TestEvidence:
    def test_is_the_lowest_price_really_asked_in_the_thirty_days_before(self) -> None:
        sku = made().skus.get()
        repriced(sku, 900, days_ago=50)
        repriced(sku, 1500, days_ago=40)
        repriced(sku, 1400, days_ago=20)
        repriced(sku, 1000, days_ago=5)
        evidence = strike_evidence([sku.pk])[sku.pk]
        assert (evidence.lowest_minor, evidence.since) == (1400, NOW - 5 * DAY)  # the 900 ended 35 days before
        assert evidence.carries(1400)
        assert not evidence.carries(1401)

    def test_a_price_never_changed_carries_no_struck_price(self) -> None:
        sku = made().skus.get()
        assert strike_evidence([sku.pk])[sku.pk].lowest_minor is None

    def test_every_way_to_a_price_leaves_a_record_and_the_same_price_leaves_none(self) -> None:
        product = made()
        sku = product.skus.get()
        draft = ProductDraft(title="苹果", skus=[SkuDraft(label="500g", price_minor=1290, sku_id=sku.pk)])
        update_product(product_id=product.pk, draft=draft, version=1, now=NOW, by_name="老板")
        assert PriceRecord.objects.count() == 1
        draft = ProductDraft(title="苹果", skus=[SkuDraft(label="500g", price_minor=1300, sku_id=sku.pk)])
        update_product(product_id=product.pk, draft=draft, version=2, now=NOW, by_name="老板")
        assert list(PriceRecord.objects.order_by("at").values_list("price_minor", flat=True)) == [1290, 1300]

    def test_a_sku_from_before_records_keeps_its_former_price_as_the_first(self) -> None:
        sku = made().skus.get()
        PriceRecord.objects.all().delete()
        repriced(sku, 900, days_ago=0)
        assert strike_evidence([sku.pk])[sku.pk].lowest_minor == 1290


class TestGroupBuys:
    def test_that_sold_cheaper_within_the_thirty_days_count_against_a_struck_price(self) -> None:
        sku = made().skus.get()
        repriced(sku, 900, days_ago=5)
        when = NOW - 20 * DAY
        campaign = an_open_campaign(sku, opens_at=when, cutoff_at=when + DAY, pickup_date=when.date())
        CampaignItem.objects.filter(campaign=campaign).update(price_minor=990)

        asked = prices_asked(product_id=sku.product_id, now=NOW)
        assert strike_evidence([sku.pk])[sku.pk].lowest_minor == 1290
        assert strike_evidence([sku.pk], asked=asked)[sku.pk].lowest_minor == 990
        Sku.objects.filter(pk=sku.pk).update(strike_minor=1290)
        assert warn_prices(product_id=sku.product_id, now=NOW, by_name="老板") == []
        assert "最低卖过 9.90" in warn_prices(product_id=sku.product_id, now=NOW, by_name="老板", asked=asked)[0]

    def test_that_were_called_off_or_are_over_for_long_do_not(self) -> None:
        sku = made().skus.get()
        repriced(sku, 900, days_ago=5)
        for days, state in ((40, CampaignState.PUBLISHED), (10, CampaignState.CANCELLED), (10, CampaignState.DRAFT)):
            when = NOW - days * DAY
            campaign = an_open_campaign(sku, opens_at=when, cutoff_at=when + DAY, pickup_date=when.date(), state=state)
            CampaignItem.objects.filter(campaign=campaign).update(price_minor=990)

        asked = prices_asked(product_id=sku.product_id, now=NOW)
        assert strike_evidence([sku.pk], asked=asked)[sku.pk].lowest_minor == 1290


class TestWarnings:
    def test_below_cost_and_without_evidence_are_said_and_put_on_record(self) -> None:
        product = made(cost_minor=1300, strike_minor=1990)
        said = warn_prices(product_id=product.pk, now=NOW, by_name="老板")
        assert ["低于成本" in said[0], "缺少依据" in said[1]] == [True, True]
        entry = JournalEntry.objects.get(what="product.prices_doubted")
        assert entry.detail["sentences"] == said

    def test_a_member_price_below_cost_counts_too(self) -> None:
        product = made(cost_minor=1000, member_price_minor=999)
        assert len(warn_prices(product_id=product.pk, now=NOW, by_name="老板")) == 1

    def test_a_source_or_evidence_satisfies(self) -> None:
        assert warn_prices(product_id=made(strike_minor=1990, strike_source="厂家价").pk, now=NOW, by_name="") == []


def test_many_prices_at_once_keep_the_price_by_weight_true() -> None:
    sku = made(price_minor=899, weighed=Weighed(price_minor=899, per_grams=500, estimated_grams=500)).skus.get()
    repriced(sku, 989, days_ago=0)
    sku.refresh_from_db()
    assert (sku.price_minor, sku.weighed_price_minor) == (989, 989)


def test_many_prices_at_once_hold_products_before_skus_as_the_editor_does() -> None:
    """The other way round an editor and a batch would wait for each other, and one would be thrown out."""
    sku = made(price_minor=899).skus.get()
    with CaptureQueriesContext(connection) as asked:
        repriced(sku, 989, days_ago=0)
    held = [one["sql"] for one in asked.captured_queries if "FOR UPDATE" in one["sql"]]
    assert [re.search(r'FROM "(\w+)"', one)[1] for one in held] == ["catalog_product", "catalog_sku"]  # type: ignore[index]


def a_titled(title: str) -> Product:
    text = search_text(title=title)
    return Product.objects.create(
        title=title, search_text=text, search_grams=grams_of(text), created_at=NOW, updated_at=NOW
    )


class TestSearch:
    @pytest.mark.parametrize(
        "query",
        ["红富士", "富士苹", "果", "hongfushi", "fushipingguo", "hfspg", "fsp", "红fs", "红富士pg", "富士 pingguo"],
    )
    def test_finds_by_words_parts_pinyin_initials_and_mixtures(self, query: str) -> None:
        apple = a_titled("红富士苹果")
        a_titled("崇明小青菜")
        assert list(products_matching(query=query)) == [apple]

    @pytest.mark.parametrize(
        ("title", "query"),
        [
            ("重庆火锅底料", "chongqing"), ("重庆火锅底料", "cqhg"), ("长沙臭豆腐", "cscdf"), ("会计凭证", "kuaiji"),
            ("长豆角", "changdoujiao"), ("长豆角", "cdj"), ("重瓣玫瑰", "cbmg"), ("重瓣玫瑰", "zhongban"),
            ("单县羊汤", "shanxian"), ("A4纸 500张", "a4z"), ("A4纸 500张", "500z"), ("100%果汁", "100%"),
            ("红富士", "ｈｆｓ"), ("ＡＢ红富士", "ab红"), ("红富士", "HFS"), ("a_b酱", "a_b"), ("AB酱\\辣", "\\"),
        ],
    )  # fmt: skip
    def test_finds_signs_of_two_readings_in_both_and_signs_of_the_pattern_as_themselves(
        self, title: str, query: str
    ) -> None:
        wanted = a_titled(title)
        a_titled("崇明小青菜")
        assert list(products_matching(query=query)) == [wanted]

    def test_a_query_without_end_is_a_query(self) -> None:
        a_titled("红富士苹果")
        assert not products_matching(query="苹果 " * 4 + "长" * 3_000).exists()

    @pytest.mark.parametrize("query", ["苹士", "hfx", "红富士青菜", "%", "_"])
    def test_does_not_find_what_only_has_the_pieces(self, query: str) -> None:
        a_titled("红富士苹果")
        assert not products_matching(query=query).exists()

    def test_ranks_the_title_itself_first_then_its_beginning_then_its_inside(self) -> None:
        inside, beginning, itself = a_titled("红富士苹果"), a_titled("苹果干"), a_titled("苹果")
        found = ranked(products_matching(query="苹果"), query="苹果").order_by("rank", "pk")
        assert list(found) == [itself, beginning, inside]

    def test_suggests_titles_on_sale(self) -> None:
        a_titled("苹果干")
        a_titled("苹果")
        Product.objects.create(
            title="苹果酱", state=ProductState.DRAFT, search_text="苹果酱", created_at=NOW, updated_at=NOW
        )
        assert suggestions(query="pg") == ["苹果", "苹果干"]
        assert suggestions(query=" ") == []

    def test_what_was_written_before_is_found_and_cut_by_the_task(self) -> None:
        old = Product.objects.create(title="苹果", search_text="苹果", created_at=NOW, updated_at=NOW)
        assert list(products_matching(query="苹果")) == [old]
        assert write_missing_search_words() == 1
        assert write_missing_search_words() == 0
        assert list(products_matching(query="pg")) == [old]

    def test_asks_the_index_among_five_thousand(self, acme: StoreRef) -> None:
        names = "白菜 土豆 番茄 黄瓜 茄子 豆角 芹菜 韭菜 冬瓜 南瓜".split()
        rows = []
        for number in range(5_000):
            title = f"{names[number % 10]}{number}"
            text = title if number % 10 else search_text(title=title)
            rows.append(
                Product(title=title, search_text=text, search_grams=grams_of(text), created_at=NOW, updated_at=NOW)
            )
        Product.objects.bulk_create(rows, batch_size=1000)
        wanted = a_titled("红富士苹果")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE catalog_product")  # what the store's role may not do, and then guesses decide
            cursor.execute("SET LOCAL enable_indexscan = off")  # no walk along another index: this one is for bitmaps
        for query in ("苹果", "hfspg", "红富士"):
            plan = products_matching(query=query).explain()
            assert "products_by_grams" in plan, plan
            assert "Seq Scan on catalog_product" not in plan
            assert list(products_matching(query=query)) == [wanted]
