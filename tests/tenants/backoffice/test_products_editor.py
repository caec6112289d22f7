"""商品编辑: one product with its SKUs and pictures, through the pages."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kit.ports.storage import public_url, read_file
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Category, Product, Sku
from tenants.inventory.models import Stock
from tests.tenants.backoffice.conftest import HOST
from tests.tenants.backoffice.goods import GOOD, LIST, a_product, limit_skus, text_of
from tests.tenants.catalog.sheets import a_picture


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


class TestEditor:
    def test_saves_a_product_with_its_skus_stock_and_picture(self, acme: StoreRef, desk: Client) -> None:
        picture = SimpleUploadedFile("苹果.png", a_picture(), "image/png")

        answer = desk.post(f"{LIST}/new", {**GOOD, "pictures": [picture]})

        assert answer.status_code == 303
        with in_store(acme):
            product = Product.objects.get()
            assert answer["Location"] == f"{LIST}/{product.pk}"
            assert (product.title, product.category.name) == ("烟台红富士苹果", "水果")  # type: ignore[union-attr]
            assert product.parameters == [{"name": "净含量", "value": "500g"}]
            assert list(product.skus.values_list("label", "price_minor", "strike_minor", "code")) == [
                ("500g/份", 1290, None, "FJ500"),
                ("5斤/箱", 5900, 6900, None),
            ]
            assert dict(Stock.objects.values_list("sku__label", "on_hand")) == {"500g/份": 30, "5斤/箱": 0}
            assert product.pictures.count() == 1

    WRONG = (
        ({"title": ""}, "请填写商品名称。"),
        ({"sku-0-price": ""}, "请填写售价。"),
        ({"sku-0-price": "十二"}, "请填写金额"),
        ({"sku-0-price": "0"}, "不能低于"),
        ({"sku-0-price": "12.999"}, "最多两位小数"),
        ({"sku-1-label": "500g/份"}, "规格名重复了。"),
        ({"sku-1-strike": "59"}, "划线价要高于售价"),
        ({"sku-1-code": "FJ500"}, "商品编码重复了。"),
        ({"sku-0-stock": "-1"}, "库存不能小于 0。"),
        ({"sku-0-stock": "1.5"}, "请填整数。"),
        ({"sku-TOTAL_FORMS": "0"}, "至少要有一个规格"),
        ({"title": "长" * 81}, "80"),
        ({"parameter-0-name": ""}, "请填写参数名。"),
        ({"new_category": "", "category": "not-a-category"}, "水果|选择"),
    )

    @pytest.mark.parametrize(("change", "sentence"), WRONG)
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, acme: StoreRef, desk: Client, change: dict[str, str], sentence: str
    ) -> None:
        answer = desk.post(f"{LIST}/new", {**GOOD, **change})

        assert answer.status_code == 422
        page = text_of(answer)
        assert any(words in page for words in sentence.split("|"))
        assert "脆甜多汁" in page
        with in_store(acme):
            assert not Product.objects.exists()

    def test_tells_who_has_the_code_already(self, acme: StoreRef, desk: Client) -> None:
        a_product(acme, title="老苹果", code="FJ500")

        answer = desk.post(f"{LIST}/new", GOOD)

        assert "“老苹果”已经用了这个编码。" in text_of(answer)

    def test_changes_orders_removes_and_swaps_skus(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{LIST}/new", GOOD)
        with in_store(acme):
            product = Product.objects.get()
            small, large = Sku.objects.order_by("position")
        changed = self._opened(product, small, large)
        changed |= {"sku-0-sku_id": str(large.pk), "sku-0-label": "500g/份", "sku-0-price": "58", "sku-0-code": "FJ500"}
        changed |= {"sku-1-sku_id": str(small.pk), "sku-1-label": "5斤/箱", "sku-1-price": "11", "sku-1-strike": ""}

        answer = desk.post(f"{LIST}/{product.pk}", changed)

        assert answer.status_code == 303, text_of(answer)
        with in_store(acme):
            assert list(Sku.objects.order_by("position").values_list("pk", "label", "code", "price_minor")) == [
                (large.pk, "500g/份", "FJ500", 5800),
                (small.pk, "5斤/箱", None, 1100),
            ]

    def test_keeps_a_removed_sku_for_old_orders_and_brings_it_back_with_its_stock(
        self, acme: StoreRef, desk: Client
    ) -> None:
        desk.post(f"{LIST}/new", GOOD)
        with in_store(acme):
            product = Product.objects.get()
            small, large = Sku.objects.order_by("position")
        without = {**self._opened(product, small, large), "sku-TOTAL_FORMS": "1", "sku-0-sku_id": str(large.pk)}
        without |= {"sku-0-label": "5斤/箱", "sku-0-code": ""}
        desk.post(f"{LIST}/{product.pk}", without)
        with in_store(acme):
            small.refresh_from_db()
            assert (small.is_active, small.code) == (False, None)

        desk.post(f"{LIST}/{product.pk}", {**self._opened(product, None, large), "version": "2", "sku-0-stock": "7"})

        with in_store(acme):
            small.refresh_from_db()
            assert small.is_active
            assert Stock.objects.get(sku=small).on_hand == 30

    def test_does_not_overwrite_what_somebody_else_just_saved(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{LIST}/new", GOOD)
        with in_store(acme):
            product = Product.objects.get()
            small, large = Sku.objects.order_by("position")
            Product.objects.update(version=2, updated_by="小张", title="小张改的")
        mine = {**self._opened(product, small, large), "title": "我改的"}

        answer = desk.post(f"{LIST}/{product.pk}", mine)

        page = text_of(answer)
        assert answer.status_code == 409
        assert "别人刚改过这个商品" in page
        assert "小张 在" in page
        assert 'value="我改的"' in page
        assert desk.post(f"{LIST}/{product.pk}", {**mine, "take_version": "2"}).status_code == 303
        with in_store(acme):
            assert Product.objects.get().title == "我改的"

    def test_keeps_the_form_when_the_plan_is_full(self, acme: StoreRef, desk: Client) -> None:
        limit_skus(acme, 1)

        answer = desk.post(f"{LIST}/new", GOOD)

        page = text_of(answer)
        assert answer.status_code == 402
        assert "看看可升级的套餐" in page
        assert 'value="烟台红富士苹果"' in page

    def test_of_a_full_plan_shows_the_panel_at_once(self, acme: StoreRef, desk: Client) -> None:
        a_product(acme)
        limit_skus(acme, 1)

        assert desk.get(f"{LIST}/new").status_code == 402

    def test_uses_the_category_of_the_same_name(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            Category.objects.create(name="水果")

        desk.post(f"{LIST}/new", GOOD)

        with in_store(acme):
            assert Category.objects.count() == 1

    def test_knows_no_product_of_the_shop_next_door(self, rival: StoreRef, desk: Client) -> None:
        foreign = a_product(rival)

        assert desk.get(f"{LIST}/{foreign.pk}").status_code == 404
        assert desk.post(f"{LIST}/{foreign.pk}", GOOD).status_code == 404

    def _opened(self, product: Product, small: Sku | None, large: Sku) -> dict[str, Any]:
        ids = {"sku-0-sku_id": str(small.pk) if small else "", "sku-1-sku_id": str(large.pk)}
        return {**GOOD, **ids, "version": str(product.version), "sku-INITIAL_FORMS": "2"}


class TestPictures:
    @pytest.fixture
    def product(self, acme: StoreRef) -> Product:
        return a_product(acme)

    def test_are_drawn_anew_without_what_hid_in_them(self, acme: StoreRef, desk: Client, product: Product) -> None:
        exif = Image.Exif()
        exif[0x010E] = "我家的地址"
        upload = a_picture(form="JPEG", size=(2000, 1000), exif=exif) + b"<script>alert(1)</script>PK\x03\x04"

        answer = self._upload(desk, product, upload)

        assert answer.status_code == 200
        with in_store(acme):
            picture = product.pictures.get()
            kept = read_file(picture.file_key)
        assert (picture.width, picture.height) == (1200, 600)
        assert b"script" not in kept
        assert not Image.open(BytesIO(kept)).getexif()

    REFUSED = (
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "JPG、PNG 或 WebP"),
        (a_picture(form="GIF"), "JPG、PNG 或 WebP"),
        (a_picture(form="TIFF"), "JPG、PNG 或 WebP"),
        (a_picture()[:60], "JPG、PNG 或 WebP"),
        (b"", "JPG、PNG 或 WebP"),
    )

    @pytest.mark.parametrize(("upload", "sentence"), REFUSED)
    def test_are_refused_when_they_are_none(
        self, acme: StoreRef, desk: Client, product: Product, upload: bytes, sentence: str
    ) -> None:
        answer = self._upload(desk, product, upload)

        assert answer.status_code == 422
        assert sentence in text_of(answer)
        with in_store(acme):
            assert not product.pictures.exists()

    def test_are_refused_when_they_unpack_to_too_much(self, acme: StoreRef, desk: Client, product: Product) -> None:
        bomb = BytesIO()
        Image.new("1", (8000, 6000)).save(bomb, "PNG")

        answer = self._upload(desk, product, bomb.getvalue())

        assert answer.status_code == 422
        assert "4000 万像素" in text_of(answer)

    def test_are_nine_at_most(self, acme: StoreRef, desk: Client, product: Product) -> None:
        for _number in range(9):
            self._upload(desk, product, a_picture())

        assert "最多 9 张" in text_of(self._upload(desk, product, a_picture()))

    def test_stand_in_the_order_wanted(self, acme: StoreRef, desk: Client, product: Product) -> None:
        for _number in range(3):
            self._upload(desk, product, a_picture())
        first, second, third = self._shown(acme, product)
        order = f"{LIST}/{product.pk}/pictures/order"

        desk.post(order, {"ids": [third, first, second]})
        assert self._shown(acme, product) == [third, first, second]
        desk.post(order, {"move": second, "by": "-1"})
        assert self._shown(acme, product) == [third, second, first]

    def test_go_and_come_back(self, acme: StoreRef, desk: Client, product: Product) -> None:
        self._upload(desk, product, a_picture())
        (picture,) = self._shown(acme, product)
        place = f"{LIST}/{product.pk}/pictures/{picture}"

        answer = desk.post(f"{place}/removal", headers={"HX-Request": "true"})
        assert "撤销" in text_of(answer)
        assert self._shown(acme, product) == []
        desk.post(f"{place}/return", headers={"HX-Request": "true"})
        assert self._shown(acme, product) == [picture]

    def test_are_seen_at_this_host_and_not_next_door(self, acme: StoreRef, desk: Client, product: Product) -> None:
        page = text_of(self._upload(desk, product, a_picture()))
        match = re.search(r'src="(/media/[^"]+)"', page)
        assert match

        here, next_door = Client(headers={"host": HOST}), Client(headers={"host": "rival.linli.test"})
        assert here.get(match[1]).status_code == 200
        assert next_door.get(match[1]).status_code == 404

    def _upload(self, desk: Client, product: Product, content: bytes) -> Any:
        file = SimpleUploadedFile("图.jpg", content, "image/jpeg")
        return desk.post(f"{LIST}/{product.pk}/pictures", {"pictures": [file]}, headers={"HX-Request": "true"})

    def _shown(self, acme: StoreRef, product: Product) -> list[UUID]:
        with in_store(acme):
            shown = product.pictures.filter(removed_at=None).order_by("position", "id")
            return list(shown.values_list("pk", flat=True))


class TestStory:
    def test_is_kept_clean_and_told_as_text_too(self, acme: StoreRef, desk: Client) -> None:
        story = "<h2>产地</h2><p onclick=alert(1)>烟台<script>alert(1)</script></p>"

        desk.post(f"{LIST}/new", {**GOOD, "description": story})

        with in_store(acme):
            product = Product.objects.get()
            assert (product.story, product.description) == ("<h2>产地</h2><p>烟台</p>", "产地\n烟台")
        assert "&lt;h2&gt;产地&lt;/h2&gt;" in text_of(desk.get(f"{LIST}/{product.pk}"))

    def test_holds_the_products_own_pictures_and_shows_none_that_is_gone(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{LIST}/new", {**GOOD, "pictures": [SimpleUploadedFile("苹果.png", a_picture(), "image/png")]})
        with in_store(acme):
            product = Product.objects.get()
            picture = product.pictures.get()
            address = public_url(picture.file_key)
        story = f'<p>看</p><img src="{address}"><img src="https://evil.test/x.png">'
        version = {"version": str(product.version), **_saved_rows(acme, product)}
        answer = desk.post(f"{LIST}/{product.pk}", {**GOOD, **version, "description": story})
        assert answer.status_code == 303, text_of(answer)

        api = f"/api/v1/products/{product.pk}"
        assert desk.get(api).json()["story"] == f'<p>看</p><img src="{address}">'
        desk.post(f"{LIST}/{product.pk}/pictures/{picture.pk}/removal")
        assert desk.get(api).json()["story"] == "<p>看</p>"

    def test_a_row_that_a_hand_wrote_is_cleaned_before_it_is_shown(self, acme: StoreRef, desk: Client) -> None:
        product = a_product(acme)
        with in_store(acme):
            Product.objects.filter(pk=product.pk).update(story="<p>x</p><script>alert(1)</script>")

        assert desk.get(f"/api/v1/products/{product.pk}").json()["story"] == "<p>x</p>"
        assert "alert(1)" not in text_of(desk.get(f"{LIST}/{product.pk}"))


def _saved_rows(store: StoreRef, product: Product) -> dict[str, str]:
    with in_store(store):
        ids = list(product.skus.values_list("pk", flat=True))
    return {f"sku-{row}-sku_id": str(key) for row, key in enumerate(ids)}
