"""批量改: what many products become is seen first, done as it was seen, and taken back."""

import re
from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Category, Product, ProductTag, Tag
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.goods import LIST, a_product, text_of

MANY = f"{LIST}/many"
PLAIN = {"add_tag": "", "remove_tag": "", "limit_per_order": "", "limit_per_day": "", "limit_lifetime": ""}


@pytest.fixture
def goods(acme: StoreRef) -> list[Product]:
    return [a_product(acme, title=title) for title in ("苹果", "梨", "橙子")]


@pytest.fixture
def fruit(acme: StoreRef) -> Category:
    with in_store(acme):
        return Category.objects.create(name="水果")


@pytest.fixture
def fresh(acme: StoreRef) -> Tag:
    with in_store(acme):
        return Tag.objects.create(name="当季", color="#0b7a3b")


def asked(goods: list[Product], **wish: Any) -> dict[str, Any]:
    return {"ids": [str(one.pk) for one in goods], "category": "", **PLAIN, **wish}


def confirm(desk: Client, words: dict[str, Any]) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', desk.get(MANY, words).content.decode())
    return desk.post(MANY, {**words, "seen": seen[1] if seen else ""})


class TestMany:
    def test_is_seen_then_done_then_undone(
        self, acme: StoreRef, desk: Client, goods: list[Product], fruit: Category, fresh: Tag
    ) -> None:
        words = asked(goods[:2], category=str(fruit.pk), add_tag=str(fresh.pk), limit_per_order="3")
        page = text_of(desk.get(MANY, words))
        assert "将改 2 个商品" in page
        assert "<b>水果</b>" in page
        with in_store(acme):
            assert not Product.objects.filter(category=fruit).exists()

        assert confirm(desk, words).status_code == 303

        with in_store(acme):
            assert Product.objects.filter(category=fruit, limit_per_order=3, version=2).count() == 2
            assert ProductTag.objects.count() == 2
            assert Product.objects.get(title="橙子").category is None
        desk.post(f"{LIST}/undo")
        with in_store(acme):
            assert not Product.objects.filter(category=fruit).exists()
            assert not Product.objects.filter(limit_per_order__isnull=False).exists()
            assert not ProductTag.objects.exists()

    def test_takes_a_tag_and_a_limit_away(self, acme: StoreRef, desk: Client, goods: list[Product], fresh: Tag) -> None:
        with in_store(acme):
            Product.objects.update(limit_per_day=5)
            ProductTag.objects.create(product=goods[0], tag=fresh)

        confirm(desk, asked(goods, remove_tag=str(fresh.pk), limit_per_day="0"))

        with in_store(acme):
            assert not ProductTag.objects.exists()
            assert not Product.objects.filter(limit_per_day__isnull=False).exists()

    def test_is_not_done_when_a_product_changed_after_it_was_seen(
        self, acme: StoreRef, desk: Client, goods: list[Product], fruit: Category
    ) -> None:
        words = asked(goods, category=str(fruit.pk))
        seen = re.search(r'name="seen" value="(\w+)"', desk.get(MANY, words).content.decode())
        assert seen
        with in_store(acme):
            Product.objects.filter(pk=goods[0].pk).update(limit_per_order=9)

        answer = desk.post(MANY, {**words, "seen": seen[1]})

        assert answer.status_code == 409
        assert "请重新预览" in text_of(answer)
        with in_store(acme):
            assert not Product.objects.filter(category=fruit).exists()

    def test_undoing_over_a_later_change_is_refused(
        self, acme: StoreRef, desk: Client, goods: list[Product], fruit: Category
    ) -> None:
        confirm(desk, asked(goods, category=str(fruit.pk)))
        with in_store(acme):
            Product.objects.filter(pk=goods[0].pk).update(limit_per_order=9)

        assert desk.post(f"{LIST}/undo").status_code == 409
        with in_store(acme):
            assert Product.objects.filter(category=fruit).count() == 3

    def test_names_the_product_that_it_does_not_fit(self, acme: StoreRef, desk: Client, goods: list[Product]) -> None:
        with in_store(acme):
            Product.objects.filter(title="梨").update(min_quantity=5)

        answer = desk.get(MANY, asked(goods, limit_per_order="3"))

        assert answer.status_code == 422
        assert "“梨”的每单限购会比起购数量还少" in text_of(answer)

    def test_says_when_nothing_changes(self, desk: Client, goods: list[Product]) -> None:
        assert "都没有变化" in text_of(desk.get(MANY, asked(goods)))

    def test_is_reached_from_the_list(self, desk: Client, goods: list[Product]) -> None:
        answer = desk.post(f"{LIST}/batch", {"action": "many", "ids": [str(goods[0].pk)]})

        assert answer["Location"] == f"{MANY}?ids={goods[0].pk}"

    def test_is_not_for_clerks_nor_for_the_neighbours_goods(
        self, acme: StoreRef, rival: StoreRef, desk: Client, sign_in: SignIn, clerk: Person, fruit: Category
    ) -> None:
        theirs = a_product(rival, title="隔壁的")
        words = asked([theirs], category=str(fruit.pk))

        assert sign_in(clerk).get(MANY, words).status_code == 403
        assert "隔壁的" not in text_of(desk.get(MANY, words))
        assert confirm(desk, words).status_code == 409
