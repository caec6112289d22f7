"""Categories, search among the goods on offer, and what a product's page is told."""

from kit.tenancy import in_store
from tenants.campaigns.models import CampaignItem
from tenants.campaigns.reach import Reach, set_reach
from tenants.catalog.models import Product, Sku, Tag
from tenants.catalog.services.shelves import add_category
from tests.api.conftest import Shop
from tests.factories.campaigns import an_item_of
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.times import NOW


def of(shop: Shop) -> Product:
    with in_store(shop.ref):
        return Product.objects.get(skus=shop.item.sku_id)


def change(shop: Shop, **fields: object) -> None:
    with in_store(shop.ref):
        Product.objects.filter(skus=shop.item.sku_id).update(**fields)


def found(shop: Shop, query: str = "") -> list[str]:
    answer = shop.stranger.get(f"/products{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["items"]]


class TestSearch:
    def test_finds_only_what_the_open_list_offers(self, shop: Shop) -> None:
        product = of(shop)
        with in_store(shop.ref):
            a_product(title=product.title)  # on the shelf and on no list
        assert found(shop) == [str(product.pk)]
        assert found(shop, f"?q={product.title[:2]}") == [str(product.pk)]
        assert found(shop, "?q=没有这个") == []
        item = shop.stranger.get("/products").json()["items"][0]["items"][0]
        assert item["id"] == str(shop.item.pk)

    def test_by_category_with_all_below_and_by_tag(self, shop: Shop) -> None:
        product = of(shop)
        with in_store(shop.ref):
            leaf = add_category(name="生鲜/果/苹果")
            assert leaf.parent is not None
            top = leaf.parent.parent_id
            tag = Tag.objects.create(name="当季", color="#0b7a3b")
            product.tag_links.create(tag=tag)
        change(shop, category=leaf)
        assert found(shop, f"?category={top}&tag={tag.pk}") == [str(product.pk)]
        with in_store(shop.ref):
            other = Tag.objects.create(name="爆款", color="#b42318")
        assert found(shop, f"?tag={other.pk}") == []
        row = shop.stranger.get("/products").json()["items"][0]
        assert row["tags"] == [{"id": str(tag.pk), "name": "当季", "color": "#0b7a3b"}]

    def test_sorted_by_price_and_by_sales_page_by_page(self, shop: Shop) -> None:
        with in_store(shop.ref):
            for price, sold in ((300, 7), (100, 9), (200, 9)):
                item = an_item_of(shop.item.campaign, a_product(title=f"菜{price}", price_minor=price))
                CampaignItem.objects.filter(pk=item.pk).update(taken=sold, sold=sold)
            CampaignItem.objects.filter(pk=shop.item.pk).update(price_minor=250, sold=0)

        def prices(query: str) -> list[int]:
            answer = shop.stranger.get(f"/products?limit=3&{query}").json()
            more = shop.stranger.get(f"/products?limit=3&{query}&cursor={answer['next']}").json()
            assert (len(answer["items"]), len(more["items"]), more["next"]) == (3, 1, None)
            return [row["items"][0]["price"]["amount"] for row in answer["items"] + more["items"]]

        assert prices("sort=price") == [100, 200, 250, 300]
        assert prices("sort=-price") == [300, 250, 200, 100]
        assert set(prices("sort=sales")[:2]) == {100, 200}
        assert prices("sort=sales")[2:] == [300, 250]
        assert shop.stranger.get("/products?sort=name").status_code == 400

    def test_sorted_goods_are_of_the_category_and_of_what_the_point_can_get(self, shop: Shop) -> None:
        with in_store(shop.ref):
            leaf, other = add_category(name="生鲜/果/苹果"), add_category(name="粮油")
            assert leaf.parent is not None
        change(shop, category=leaf)
        product = of(shop)
        assert found(shop, f"?sort=price&category={leaf.parent.parent_id}") == [str(product.pk)]
        assert found(shop, f"?sort=price&category={other.pk}") == []
        with in_store(shop.ref):
            elsewhere = a_leader_with_point(name="王姐", point="远处")
            reach = Reach(leader_ids=[shop.point.leader_id])
            set_reach(campaign_id=shop.item.campaign_id, reach=reach, now=NOW, by_name="陈店长")
        assert found(shop, f"?sort=price&pickup_point_id={shop.point.pk}") == [str(product.pk)]
        assert found(shop, f"?sort=price&pickup_point_id={elsewhere.pk}") == []

    def test_outside_its_window_it_is_not_offered_and_the_page_says_when(self, shop: Shop) -> None:
        product = of(shop)
        change(shop, sale_weekdays=1)  # it is Friday
        assert found(shop) == []
        rules = shop.stranger.get(f"/products/{product.pk}").json()["rules"]
        assert (rules["is_on_offer"], rules["window"]) == (False, "周一可买")

    def test_a_bad_cursor_and_unknown_words_are_refused(self, shop: Shop) -> None:
        for query in ("?cursor=xxx", "?category=no", "?colour=red"):
            assert shop.stranger.get(f"/products{query}").status_code == 400

    def test_pages_follow_each_other(self, shop: Shop) -> None:
        answer = shop.stranger.get("/products?limit=1").json()
        assert len(answer["items"]) == 1
        with in_store(shop.ref):
            last = answer["items"][0]["id"]
        from api.pagination import cursor_at

        assert found(shop, f"?cursor={cursor_at(4, last)}") == []

    def test_suggests_titles(self, shop: Shop) -> None:
        title = of(shop).title
        assert shop.stranger.get(f"/product-suggestions?q={title[:1]}").json() == {"items": [title]}


def test_categories_come_in_order_without_hidden_ones(shop: Shop) -> None:
    with in_store(shop.ref):
        add_category(name="蔬菜/叶菜")
        hidden = add_category(name="内部")
        hidden.is_hidden = True
        hidden.save()
    items = shop.stranger.get("/categories").json()["items"]
    names = [(item["name"], item["level"]) for item in items]
    assert ("叶菜", 2) in names
    assert "内部" not in [name for name, _level in names]
    assert names.index(("蔬菜", 1)) + 1 == names.index(("叶菜", 2))


def test_a_product_tells_its_weight_price_rules_and_member_price(shop: Shop) -> None:
    product = of(shop)
    change(shop, limit_per_day=5, brand="佳农", spec_groups=[{"name": "份量", "values": ["500g"]}])
    with in_store(shop.ref):
        Sku.objects.filter(pk=shop.item.sku_id).update(
            member_price_minor=1000, weighed_per_grams=500, weighed_price_minor=1290, estimated_grams=500
        )
    answer = shop.stranger.get(f"/products/{product.pk}").json()
    sku = answer["skus"][0]
    assert (answer["brand"], answer["rules"]["per_day_limit"]) == ("佳农", 5)
    assert sku["member_price"] == {"amount": 1000, "currency": "CNY"}
    assert sku["weighed"] == {"price": {"amount": 1290, "currency": "CNY"}, "per_grams": 500, "estimated_grams": 500}
