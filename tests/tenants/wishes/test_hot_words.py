"""热词: only what was searched for often and can be bought, as the desk lets it; and what there is instead."""

from datetime import timedelta
from typing import Any

import pytest

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, CampaignReach, HiddenItem
from tenants.catalog.models import Product, ProductState
from tenants.catalog.search_words import search_text
from tenants.wishes.hot_words import LEAST, SHOWN, CountedWord, counted_words, hot_words
from tenants.wishes.models import HotWord, SearchedWords
from tenants.wishes.services.decide_word import Decision, NoWord, TooManyPinned, decide_word
from tenants.wishes.services.note_search import note_search
from tenants.wishes.similar_goods import similar_goods
from tests.factories.campaigns import an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.times import NOW, later


def on_offer(title: str, *, sold: int = 0) -> Product:
    item = an_offer(title=title)
    type(item).objects.filter(pk=item.pk).update(sold=sold)
    Product.objects.filter(pk=item.sku.product_id).update(search_text=search_text(title=title), search_grams=None)
    return item.sku.product


def searched(query: str, times: int = LEAST, *, now: Any = NOW) -> bool:
    return {note_search(query=query, now=now) for _time in range(times)} == {True}


def decide(words: str, decision: Decision = Decision.PINNED) -> str:
    return decide_word(words=words, decision=decision, by_name="陈店长", now=NOW)


def hot(point: Any = None, now: Any = NOW) -> list[str]:
    return hot_words(now=now, pickup_point_id=point)


class TestCounting:
    def test_counts_words_with_results_by_the_day_and_nobody(self, in_acme: StoreRef) -> None:
        on_offer("红富士苹果")
        assert searched("  苹果 ", 2)
        assert searched("苹果", 1, now=later(days=1))
        assert searched("PG", 1)
        assert not searched("茅台", 3)
        rows = SearchedWords.objects.order_by("day", "words").values_list("words", "times")
        assert list(rows) == [("pg", 1), ("苹果", 2), ("苹果", 1)]
        assert {field.name for field in SearchedWords._meta.fields} == {"id", "day", "words", "times"}

    @pytest.mark.parametrize("query", ["", "  ", "苹果 13812345678", "一" * 21])
    def test_keeps_nothing_that_could_be_somebodys(self, in_acme: StoreRef, query: str) -> None:
        product = on_offer("红富士苹果")
        Product.objects.filter(pk=product.pk).update(search_text=f"苹果 13812345678 {'一' * 30}")
        assert not note_search(query=query, now=NOW)
        assert not SearchedWords.objects.exists()


class TestShowing:
    def test_what_was_sought_often_in_a_week_and_can_be_bought_now(self, in_acme: StoreRef) -> None:
        on_offer("红富士苹果")
        on_offer("库尔勒香梨")
        on_offer("丹东草莓")
        searched("香梨", LEAST + 1)
        searched("苹果")
        searched("草莓", LEAST - 1)
        assert hot() == ["香梨", "苹果"]
        assert hot(now=later(days=6, hours=12)) == []  # its list is over by then
        Campaign.objects.update(cutoff_at=later(days=30))
        assert hot(now=later(days=6)) == ["香梨", "苹果"]
        assert hot(now=later(days=7)) == []
        Product.objects.filter(title="库尔勒香梨").update(state=ProductState.OFF_SHELF)
        assert hot() == ["苹果"]

    def test_not_where_it_is_not_sold(self, in_acme: StoreRef) -> None:
        here, there = a_leader_with_point(), a_leader_with_point(point="绿地新村")
        on_offer("红富士苹果")
        CampaignReach.objects.create(campaign=Campaign.objects.get(), leader=here.leader)
        searched("苹果")
        assert (hot(here.pk), hot(there.pk), hot()) == (["苹果"], [], ["苹果"])
        HiddenItem.objects.create(item=CampaignItem.objects.get(), leader=here.leader, at=NOW)
        assert (hot(here.pk), hot()) == ([], ["苹果"])

    def test_as_the_desk_lets_it(self, in_acme: StoreRef) -> None:
        for title in ("红富士苹果", "库尔勒香梨", "丹东草莓"):
            on_offer(title)
        searched("苹果", LEAST + 2)
        searched("香梨")
        decide("草莓")
        decide("苹果", Decision.BANNED)
        decide("榴莲")  # pinned, and nothing is found by it today
        assert hot() == ["草莓", "香梨"]
        assert counted_words(now=NOW) == [
            CountedWord("榴莲", 0, True),
            CountedWord("草莓", 0, True),
            CountedWord("苹果", LEAST + 2, False),
            CountedWord("香梨", LEAST, None),
        ]
        decide("苹果", Decision.COUNTED)
        decide("苹果", Decision.COUNTED)
        decide("草莓", Decision.BANNED)
        assert hot() == ["苹果", "香梨"]
        assert HotWord.objects.count() == 2

    def test_ten_at_most_and_never_an_empty_word(self, in_acme: StoreRef) -> None:
        for number in range(SHOWN):
            decide(f"词{'一二三四五六七八九十'[number]}")
        decide("词一")  # is one of them already
        with pytest.raises(TooManyPinned):
            decide("又一个")
        decide("又一个", Decision.BANNED)
        for nothing in ("", "   ", "一" * 21):
            with pytest.raises(NoWord):
                decide(nothing)


class TestInstead:
    def test_what_shares_signs_or_sounds_comes_first(self, in_acme: StoreRef, broken_books: None) -> None:
        on_offer("丹东草莓", sold=9)
        on_offer("红富士苹果", sold=1)
        on_offer("青苹果", sold=3)
        assert [goods.items[0]["title"] for goods in alike("平果").goods] == ["青苹果", "红富士苹果"]
        assert [goods.items[0]["title"] for goods in alike("苹果手机壳").goods] == ["青苹果", "红富士苹果"]
        assert alike("苹果").is_alike

    def test_else_what_sells_best(self, in_acme: StoreRef, broken_books: None) -> None:
        on_offer("丹东草莓", sold=9)
        on_offer("红富士苹果", sold=1)
        found = alike("xyz")
        assert not found.is_alike
        assert [goods.items[0]["title"] for goods in found.goods] == ["丹东草莓", "红富士苹果"]

    def test_only_of_open_lists_in_as_many_questions_whatever_is_on_offer(
        self, in_acme: StoreRef, django_assert_num_queries: Any
    ) -> None:
        an_open_campaign(a_product(title="青苹果"), opens_at=NOW + timedelta(hours=1))
        assert alike("苹果").goods == []
        for number in range(9):
            on_offer(f"苹果{number}")
        with django_assert_num_queries(3):
            assert len(alike("苹果").goods) == 6


def alike(query: str) -> Any:
    return similar_goods(query=query, now=NOW, pickup_point_id=None)
