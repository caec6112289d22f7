"""商品: the list, the shelf, prices and the export, through the pages."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Product, ProductState, Sku
from tests.tenants.backoffice.conftest import SignIn, anonymous
from tests.tenants.backoffice.goods import GOOD, LIST, a_product, limit_skus, text_of


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


class TestList:
    def test_finds_by_words_and_pinyin_and_state(self, acme: StoreRef, desk: Client) -> None:
        a_product(acme, title="红富士苹果")
        a_product(acme, title="库尔勒香梨", state=ProductState.OFF_SHELF)

        for query, found in (("q=苹果", "红富士苹果"), ("q=xiangli", "库尔勒香梨"), ("q=KELXL", "库尔勒香梨")):
            page = text_of(desk.get(f"{LIST}?{query}"))
            assert [title in page for title in ("红富士苹果", "库尔勒香梨")].count(True) == (2 if found is None else 1)
            assert found in page
        assert "红富士苹果" not in text_of(desk.get(f"{LIST}?state=off_shelf"))

    def test_counts_the_tabs(self, acme: StoreRef, desk: Client) -> None:
        a_product(acme, title="红富士苹果")
        a_product(acme, title="库尔勒香梨", state=ProductState.OFF_SHELF)

        tabs = desk.get(LIST).context["tabs"]

        assert {str(tab.label): tab.count for tab in tabs} == {"全部": 2, "在售": 1, "已下架": 1, "草稿": 0}

    def test_asks_the_database_as_often_for_many_as_for_one(self, acme: StoreRef, desk: Client) -> None:
        a_product(acme, title="红富士苹果")
        few = self._queries(desk)
        for number in range(15):
            a_product(acme, title=f"香梨{number}")

        assert self._queries(desk) == few

    def test_teaches_when_empty_and_offers_to_clear_when_nothing_fits(self, acme: StoreRef, desk: Client) -> None:
        assert "还没有商品" in text_of(desk.get(LIST))
        assert "清除筛选" in text_of(desk.get(f"{LIST}?q=榴莲"))

    @pytest.mark.parametrize("query", ["category=nonsense", "sort=password", "state=%00", "page=-3", "q=" + "a" * 500])
    def test_survives_a_strange_address(self, acme: StoreRef, desk: Client, query: str) -> None:
        a_product(acme)

        assert desk.get(f"{LIST}?{query}").status_code == 200

    def test_shows_a_clerk_no_way_to_change(self, acme: StoreRef, clerk: Person, sign_in: SignIn) -> None:
        product = a_product(acme)
        client = sign_in(clerk)

        assert "编辑" not in text_of(client.get(LIST))
        assert client.get(f"{LIST}/{product.pk}").status_code == 403
        assert client.post(f"{LIST}/batch", {"action": "off", "ids": [product.pk]}).status_code == 403

    def test_asks_strangers_to_log_in(self, acme: StoreRef) -> None:
        answer = anonymous().get(f"{LIST}?q=1")

        assert answer.status_code == 302
        assert "next=%2Fbackoffice%2Fproducts%3Fq%3D1" in answer["Location"]

    def _queries(self, desk: Client) -> int:
        with CaptureQueriesContext(connection) as seen:
            desk.get(LIST)
        return len(seen)


class TestBatch:
    def test_takes_products_off_the_shelf_and_back(self, acme: StoreRef, desk: Client) -> None:
        one, other = a_product(acme, title="苹果"), a_product(acme, title="香梨")

        answer = desk.post(f"{LIST}/batch", {"action": "off", "ids": [one.pk, other.pk]}, follow=True)
        assert "已下架 2 个商品" in text_of(answer)
        assert self._states(acme) == {ProductState.OFF_SHELF}

        desk.post(f"{LIST}/undo")
        assert self._states(acme) == {ProductState.ON_SALE}

    def test_of_one_row_leaves_the_picked_ones_alone(self, acme: StoreRef, desk: Client) -> None:
        one, other = a_product(acme, title="苹果"), a_product(acme, title="香梨")

        desk.post(f"{LIST}/batch", {"off": one.pk, "ids": [other.pk]})

        with in_store(acme):
            assert Product.objects.get(state=ProductState.OFF_SHELF).pk == one.pk

    def test_says_so_when_nothing_was_picked(self, acme: StoreRef, desk: Client) -> None:
        assert "先勾选商品" in text_of(desk.post(f"{LIST}/batch", {"action": "off"}, follow=True))

    def test_shows_the_way_to_a_larger_plan(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme, state=ProductState.OFF_SHELF)
        limit_skus(acme, 0)

        answer = desk.post(f"{LIST}/batch", {"action": "on", "ids": [product.pk]})

        assert answer.status_code == 402
        assert "看看可升级的套餐" in text_of(answer)

    def _states(self, acme: StoreRef) -> set[str]:
        with in_store(acme):
            return set(Product.objects.values_list("state", flat=True))


class TestPrices:
    def test_are_shown_before_they_change_and_come_back(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme, price_minor=1290)
        asked = {"ids": [str(product.pk)], "direction": "up", "percent": "10", "ending": "9"}

        preview = desk.get(f"{LIST}/prices", asked)
        assert "¥14.90" in text_of(preview)
        assert self._price(acme) == 1290

        desk.post(f"{LIST}/prices", {**asked, "seen": preview.context["seen"]})
        assert self._price(acme) == 1490
        desk.post(f"{LIST}/undo")
        assert self._price(acme) == 1290

    def test_stay_when_somebody_changed_them_after_the_preview(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme, price_minor=1290)
        asked = {"ids": [str(product.pk)], "direction": "down", "percent": "10", "ending": ""}
        preview = desk.get(f"{LIST}/prices", asked)
        with in_store(acme):
            Sku.objects.update(price_minor=2000)

        answer = desk.post(f"{LIST}/prices", {**asked, "seen": preview.context["seen"]})

        assert answer.status_code == 409
        assert "重新预览" in text_of(answer)
        assert self._price(acme) == 2000

    def test_never_become_nothing(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme)

        answer = desk.get(f"{LIST}/prices", {"ids": [str(product.pk)], "direction": "down", "percent": "100"})

        assert answer.status_code == 422
        assert "0 元" in text_of(answer)

    def _price(self, acme: StoreRef) -> int:
        with in_store(acme):
            return Sku.objects.get().price_minor


class TestExport:
    def test_gives_texts_that_are_no_formulas(self, acme: StoreRef, desk: Client) -> None:
        a_product(acme, title="=cmd|' /C calc'!A0", label="@SUM(1)", price_minor=1290)

        answer = desk.get(f"{LIST}/export")

        assert "filename*=utf-8''" in answer["Content-Disposition"]
        book = load_workbook(BytesIO(answer.content))
        row = book["商品"][2]
        assert [cell.value for cell in row[:4]] == ["'=cmd|' /C calc'!A0", None, "'@SUM(1)", "12.90"]
        assert {cell.data_type for cell in row if cell.value} == {"s", "n"}

    def test_can_be_imported_again(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{LIST}/new", GOOD)
        content = desk.get(f"{LIST}/export").content

        file = SimpleUploadedFile("商品.xlsx", content)
        answer = desk.post("/backoffice/imports", {"sheet": file}, follow=True)

        assert "完全一样" in text_of(answer)
