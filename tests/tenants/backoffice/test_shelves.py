"""分类, 标签和品牌, and what the editor makes of them."""

from typing import Any

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import EVERY_DAY, Brand, Category, Product, Sku, Tag
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.backoffice.goods import GOOD, LIST, a_product, text_of

MATRIX = {
    "group-TOTAL_FORMS": "3",
    "group-INITIAL_FORMS": "0",
    "group-0-name": "口味",
    "group-0-values": "原味、微辣",
    "group-1-name": "大小",
    "group-1-values": "小,大",
}
HTMX = {"HX-Request": "true"}


def post(desk: Client, path: str, **words: Any) -> Any:
    return desk.post(f"/backoffice/{path}", words)


class TestCategories:
    def test_are_made_moved_hidden_and_taken_away(self, acme: StoreRef, desk: Client) -> None:
        post(desk, "categories/new", name="蔬菜", icon="leaf")
        post(desk, "categories/new", name="水果")
        with in_store(acme):
            vegetables, fruit = Category.objects.get(name="蔬菜"), Category.objects.get(name="水果")
        assert post(desk, "categories/new", name="叶菜", parent=str(vegetables.pk)).status_code == 303
        moved = desk.post("/backoffice/categories/order", {"move": str(fruit.pk), "by": "-1"}, headers=HTMX)
        page = text_of(moved)
        assert page.index("水果") < page.index("蔬菜") < page.index("叶菜")
        answer = post(desk, f"categories/{vegetables.pk}/removal")
        assert (answer.status_code, "子分类" in text_of(answer)) == (409, True)
        post(desk, f"categories/{fruit.pk}", name="鲜果", is_hidden="on")
        assert "已隐藏" in text_of(desk.get("/backoffice/categories"))
        assert post(desk, f"categories/{fruit.pk}/removal").status_code == 303
        with in_store(acme):
            assert sorted(Category.objects.values_list("name", flat=True)) == ["叶菜", "蔬菜"]

    def test_dragged_into_an_order_the_server_keeps(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            first, second = Category.objects.create(name="甲"), Category.objects.create(name="乙", position=1)
        places = {"places": [f"{second.pk}:", f"{first.pk}:{second.pk}", "rubbish:more"]}
        desk.post("/backoffice/categories/order", places, headers=HTMX)
        with in_store(acme):
            assert Category.objects.get(name="甲").parent_id == second.pk

    def test_a_clerk_looks_and_changes_nothing(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        desk = sign_in(clerk)
        assert desk.get("/backoffice/categories").status_code == 200
        assert desk.get("/backoffice/tags").status_code == 200
        assert post(desk, "categories/new", name="蔬菜").status_code == 403
        assert post(desk, "tags/new", name="当季", color="#0b7a3b").status_code == 403
        assert post(desk, "categories/order").status_code == 403

    def test_cost_the_same_however_many(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            Category.objects.create(name="零")
            Tag.objects.create(name="零", color="#0b7a3b")
            Brand.objects.create(name="零")
        few = [statements_of(desk, f"/backoffice/{page}") for page in ("categories", "tags", "products")]
        with in_store(acme):
            Category.objects.bulk_create(Category(name=f"类{n}") for n in range(20))
            Tag.objects.bulk_create(Tag(name=f"标{n}", color="#0b7a3b") for n in range(20))
            Brand.objects.bulk_create(Brand(name=f"牌{n}") for n in range(20))
        assert [statements_of(desk, f"/backoffice/{page}") for page in ("categories", "tags", "products")] == few


class TestLabels:
    def test_a_tag_and_a_brand_are_made_changed_and_removed(self, acme: StoreRef, desk: Client) -> None:
        assert post(desk, "tags/new", name="当季", color="#ffff00").status_code == 422
        assert post(desk, "tags/new", name="当季", color="#0b7a3b").status_code == 303
        assert post(desk, "brands/new", name="佳农").status_code == 303
        with in_store(acme):
            tag, brand = Tag.objects.get(), Brand.objects.get()
        post(desk, f"tags/{tag.pk}", name="爆款", color="#b42318")
        post(desk, f"brands/{brand.pk}", name="百果园")
        page = text_of(desk.get("/backoffice/tags"))
        assert "爆款" in page
        assert "百果园" in page
        post(desk, f"tags/{tag.pk}/removal")
        post(desk, f"brands/{brand.pk}/removal")
        with in_store(acme):
            assert not Tag.objects.exists()
            assert not Brand.objects.exists()


class TestEditor:
    def test_keeps_everything_it_asks_for(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            tag = Tag.objects.create(name="当季", color="#0b7a3b")
        words = {
            "new_category": "水果/苹果", "brand": "佳农", "tags": [str(tag.pk)], "min_quantity": "2",
            "step_quantity": "2", "limit_per_order": "10", "limit_per_day": "20", "limit_lifetime": "30",
            "lead_days": "1", "sale_weekdays": ["0", "2"], "sale_from": "2026-11-20T08:00",
            "sale_time_from": "08:00", "sale_time_until": "12:00", "sku-0-unit": "份", "sku-0-member_price": "11.9",
            "sku-0-weight_grams": "500", "sku-0-limit_per_order": "3", "sku-1-base": "500g/份", "sku-1-factor": "5",
            "sku-1-strike_source": "厂家建议零售价",
        }  # fmt: skip
        assert desk.post(f"{LIST}/new", {**GOOD, **words}).status_code == 303
        with in_store(acme):
            product = Product.objects.get()
            box, case = product.skus.order_by("position")
            assert product.category is not None
            assert (product.category.name, product.brand, Brand.objects.get().name) == ("苹果", "佳农", "佳农")
            assert [link.tag for link in product.tag_links.all()] == [tag]
            assert (product.min_quantity, product.step_quantity, product.lead_days) == (2, 2, 1)
            assert (product.limit_per_order, product.limit_per_day, product.limit_lifetime) == (10, 20, 30)
            assert (product.sale_weekdays, str(product.sale_time_until)) == (0b101, "12:00:00")
            assert product.sale_from is not None
            assert product.sale_from.isoformat() == "2026-11-20T00:00:00+00:00"
            assert (box.unit, box.member_price_minor, box.weight_grams, box.limit_per_order) == ("份", 1190, 500, 3)
            assert (case.base_sku, case.factor, case.strike_source) == (box, 5, "厂家建议零售价")
        page = text_of(desk.get(f"{LIST}/{product.pk}"))
        assert 'value="2026-11-20T08:00"' in page
        assert 'value="08:00"' in page
        assert page.count("checked") == 3  # the tag and two days

    def test_says_what_cannot_be_at_its_field(self, acme: StoreRef, desk: Client) -> None:
        wrong: tuple[tuple[dict[str, str], str], ...] = (
            ({"sku-0-member_price": "12.9"}, "会员价要低于售价"),
            ({"sku-1-base": "没有的"}, "另一个规格"),
            ({"sku-1-base": "5斤/箱"}, "另一个规格"),
            ({"sku-0-base": "5斤/箱", "sku-1-base": "500g/份"}, "直接换算到最小"),
            ({"sku-1-factor": "5"}, "先选换算到哪个规格"),
            ({"sku-0-weighed_per": "500"}, "请填写每斤或每公斤的价格"),
            ({"limit_per_order": "1", "min_quantity": "2"}, "不能比起购数量还少"),
            ({"limit_per_order": "-1"}, "大于或等于 1|1"),
            ({"sale_time_from": "08:00"}, "要么都填"),
            ({"sale_from": "2026-11-20T08:00", "sale_until": "2026-11-20T08:00"}, "结束要晚于开始"),
        )
        for change, sentence in wrong:
            answer = desk.post(f"{LIST}/new", {**GOOD, **change})
            assert answer.status_code == 422, change
            assert any(words in text_of(answer) for words in sentence.split("|")), change
        with in_store(acme):
            assert not Product.objects.exists()

    def test_weight_goods_cost_what_the_estimate_costs(self, acme: StoreRef, desk: Client) -> None:
        words = {"sku-0-price": "", "sku-0-weighed_per": "500", "sku-0-weighed_price": "8.99",
                 "sku-0-estimated_grams": "1250"}  # fmt: skip
        assert desk.post(f"{LIST}/new", {**GOOD, **words}).status_code == 303
        with in_store(acme):
            sku = Sku.objects.get(label="500g/份")
            assert (sku.price_minor, sku.weighed_price_minor, sku.estimated_grams) == (2248, 899, 1250)

    def test_warns_of_doubtful_prices_and_saves_all_the_same(self, acme: StoreRef, desk: Client) -> None:
        answer = desk.post(f"{LIST}/new", {**GOOD, "sku-0-cost": "13"})
        assert answer.status_code == 303
        page = text_of(desk.get(answer["Location"]))
        assert "低于成本 13.00" in page
        assert "缺少依据" in page

    def test_fields_left_alone_keep_every_day_and_no_limits(self, acme: StoreRef, desk: Client) -> None:
        desk.post(f"{LIST}/new", GOOD)
        with in_store(acme):
            product = Product.objects.get()
            assert (product.sale_weekdays, product.limit_per_order, product.min_quantity) == (EVERY_DAY, None, 1)


class TestMatrix:
    def test_makes_a_row_for_each_combination_and_keeps_what_was_typed(self, acme: StoreRef, desk: Client) -> None:
        answer = desk.post(f"{LIST}/matrix", {**GOOD, **MATRIX, "do": "generate"}, headers=HTMX)
        page = text_of(answer)
        assert [f'value="{label}"' in page for label in ("原味 / 小", "原味 / 大", "微辣 / 小", "微辣 / 大")] == [
            True
        ] * 4
        assert page.count('value="12.9"') == 1
        assert "FJ500" in page
        with in_store(acme):
            assert not Product.objects.exists()

    def test_fills_every_row_with_what_is_given(self, acme: StoreRef, desk: Client) -> None:
        words = {**GOOD, **MATRIX, "do": "fill", "fill-price": "9.9", "fill-cost": ""}
        page = text_of(desk.post(f"{LIST}/matrix", words, headers=HTMX))
        assert page.count('value="9.9"') == 2
        assert 'value="8"' in page

    def test_works_without_script_as_a_whole_page(self, acme: StoreRef, desk: Client) -> None:
        page = text_of(desk.post(f"{LIST}/matrix", {**GOOD, **MATRIX, "do": "generate"}))
        assert "微辣 / 大" in page
        assert "烟台红富士苹果" in page

    def test_too_many_combinations_are_told(self, acme: StoreRef, desk: Client) -> None:
        many = "、".join(str(n) for n in range(60))
        page = text_of(desk.post(f"{LIST}/matrix", {**GOOD, **MATRIX, "group-0-values": many}, headers=HTMX))
        assert "最多 50 个规格" in page

    def test_a_saved_matrix_comes_back_and_a_forged_row_does_not_pass(self, acme: StoreRef, desk: Client) -> None:
        rows = {"sku-0-label": "原味 / 小", "sku-0-options": "原味、小", "sku-1-label": "微辣 / 大",
                "sku-1-options": "微辣、大"}  # fmt: skip
        answer = desk.post(f"{LIST}/new", {**GOOD, **MATRIX, **rows, "sku-1-options": "变态辣、大"})
        assert (answer.status_code, "对不上" in text_of(answer)) == (422, True)
        answer = desk.post(f"{LIST}/new", {**GOOD, **MATRIX, **rows, "sku-1-options": "原味、小"})
        assert "规格组合重复了" in text_of(answer)
        assert desk.post(f"{LIST}/new", {**GOOD, **MATRIX, **rows}).status_code == 303
        with in_store(acme):
            product = Product.objects.get()
            assert product.spec_groups[0] == {"name": "口味", "values": ["原味", "微辣"]}
            assert [sku.options for sku in product.skus.order_by("position")] == [["原味", "小"], ["微辣", "大"]]
        assert "原味、微辣" in text_of(desk.get(f"{LIST}/{product.pk}"))


def test_the_list_is_filtered_by_tag_and_brand_and_ranked_by_words(acme: StoreRef, desk: Client) -> None:
    inside, itself = a_product(acme, title="红苹果"), a_product(acme, title="苹果")
    page = text_of(desk.get(LIST, {"q": "苹果"}))
    assert page.index(str(itself.pk)) < page.index(str(inside.pk))
    with in_store(acme):
        tag = Tag.objects.create(name="当季", color="#0b7a3b")
        inside.tag_links.create(tag=tag)
        Brand.objects.create(name="佳农")
        Product.objects.filter(pk=itself.pk).update(brand="佳农")
    tagged, branded = text_of(desk.get(LIST, {"tag": str(tag.pk)})), text_of(desk.get(LIST, {"brand": "佳农"}))
    assert (str(inside.pk) in tagged, str(itself.pk) in tagged) == (True, False)
    assert (str(inside.pk) in branded, str(itself.pk) in branded) == (False, True)
