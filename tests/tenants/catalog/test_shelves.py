"""Categories as a tree, tags and brands."""

from uuid import UUID

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.catalog.models import Brand, Category, Product, ProductTag, Tag
from tenants.catalog.selectors import categories_to_choose, category_tree, products_matching
from tenants.catalog.services import labels
from tenants.catalog.services.shelves import (
    CategoryDraft,
    CategoryInUse,
    CategoryNameTaken,
    CategoryNameWrong,
    CategoryTooDeep,
    add_category,
    arrange_categories,
    move_category,
    remove_category,
    save_category,
)
from tests.factories.catalog import a_product
from tests.factories.times import NOW

pytestmark = pytest.mark.usefixtures("in_acme")


def saved(name: str, parent: Category | None = None, known: UUID | None = None, *, is_hidden: bool = False) -> Category:
    draft = CategoryDraft(name=name, parent_id=parent.pk if parent else None, is_hidden=is_hidden)
    return save_category(draft=draft, category_id=known, now=NOW, by_name="老板")


def paths() -> list[str]:
    return [path for _key, path in categories_to_choose()]


class TestTree:
    def test_a_path_makes_what_is_missing_of_it_once(self) -> None:
        leaf = add_category(name="蔬菜/叶菜")
        assert add_category(name=" 蔬菜 / 叶菜 ") == leaf
        add_category(name="水果")
        assert paths() == ["蔬菜", "蔬菜/叶菜", "水果"]

    @pytest.mark.parametrize("name", ["", "蔬菜//叶菜", "长" * 31])
    def test_a_name_that_is_none_is_refused(self, name: str) -> None:
        with pytest.raises(CategoryNameWrong):
            add_category(name=name)

    def test_three_levels_and_no_more_however_it_is_tried(self) -> None:
        third = add_category(name="蔬菜/叶菜/菠菜")
        with pytest.raises(CategoryTooDeep):
            saved("小菠菜", third)
        with pytest.raises(CategoryTooDeep):
            add_category(name="一/二/三/四")
        top = saved("生鲜")
        vegetables = Category.objects.get(name="蔬菜")
        with pytest.raises(CategoryTooDeep):
            saved("蔬菜", top, vegetables.pk)
        with pytest.raises(CategoryTooDeep):  # into itself
            saved("蔬菜", third, vegetables.pk)
        with pytest.raises(CategoryTooDeep):
            arrange_categories(places=[(vegetables.pk, vegetables.pk)])

    def test_the_same_name_stands_on_two_shelves_but_not_twice_on_one(self) -> None:
        vegetables, fruit = saved("蔬菜"), saved("水果")
        saved("其他", vegetables)
        other = saved("其他", fruit)
        with pytest.raises(CategoryNameTaken):
            saved("其他", fruit)
        with pytest.raises(CategoryNameTaken):
            arrange_categories(places=[(other.pk, vegetables.pk)])

    def test_order_and_parent_are_what_was_dragged_and_strange_ids_count_for_nothing(self) -> None:
        first, second = saved("蔬菜"), saved("水果")
        below = saved("叶菜", first)
        arrange_categories(places=[(second.pk, None), (below.pk, second.pk), (first.pk, None), (new_id(), None)])
        assert paths() == ["水果", "水果/叶菜", "蔬菜"]
        move_category(category_id=first.pk, by=-1)
        assert paths() == ["蔬菜", "水果", "水果/叶菜"]

    def test_hidden_hides_all_below_from_shoppers(self) -> None:
        saved("叶菜", saved("蔬菜", is_hidden=True))
        saved("水果")
        assert [shelf.path for shelf in category_tree(shown_only=True)] == ["水果"]

    def test_one_in_use_stays(self) -> None:
        category = a_product().product.category
        assert category is not None
        with pytest.raises(CategoryInUse):
            remove_category(category_id=category.pk, now=NOW, by_name="老板")
        empty = saved("空的")
        remove_category(category_id=empty.pk, now=NOW, by_name="老板")
        assert not Category.objects.filter(pk=empty.pk).exists()

    def test_a_category_finds_the_goods_of_all_below_it(self) -> None:
        product = a_product().product
        product.category = add_category(name="生鲜/蔬菜/叶菜")
        product.save()
        top = Category.objects.get(name="生鲜")
        assert list(products_matching(category_id=top.pk)) == [product]
        assert not products_matching(category_id=saved("水果箱").pk).exists()


class TestLabels:
    def test_a_tag_is_readable_unique_and_taken_off_with_itself(self) -> None:
        with pytest.raises(labels.TagColorUnreadable):
            labels.save_tag(tag_id=None, name="当季", color="#ffee00", now=NOW, by_name="老板")
        with pytest.raises(labels.TagColorUnreadable):
            labels.save_tag(tag_id=None, name="当季", color='red" onload', now=NOW, by_name="老板")
        tag = labels.save_tag(tag_id=None, name="当季", color="#0B7A3B", now=NOW, by_name="老板")
        with pytest.raises(labels.LabelNameTaken):
            labels.save_tag(tag_id=None, name="当季", color="#0b7a3b", now=NOW, by_name="老板")
        product = a_product().product
        labels.hang_tags(product=product, tag_ids=[tag.pk, new_id()])
        assert list(products_matching(tag_id=tag.pk)) == [product]
        labels.remove_tag(tag_id=tag.pk, now=NOW, by_name="老板")
        assert not ProductTag.objects.exists()
        assert Product.objects.exists()

    def test_five_tags_and_no_more(self) -> None:
        tags = [Tag.objects.create(name=f"标{n}", color="#0b7a3b") for n in range(6)]
        with pytest.raises(labels.TooManyTags):
            labels.hang_tags(product=a_product().product, tag_ids=[tag.pk for tag in tags])

    def test_a_brand_renames_its_goods_and_what_finds_them(self) -> None:
        product = a_product().product
        brand = labels.save_brand(brand_id=None, name="佳农", now=NOW, by_name="老板")
        Product.objects.update(brand="佳农")
        labels.save_brand(brand_id=brand.pk, name="百果园", now=NOW, by_name="老板")
        product.refresh_from_db()
        assert (product.brand, product.version) == ("百果园", 2)
        assert list(products_matching(query="百果园")) == [product]
        labels.remove_brand(brand_id=brand.pk, now=NOW, by_name="老板")
        product.refresh_from_db()
        assert product.brand == ""
        assert not Brand.objects.exists()


def test_the_neighbours_tags_are_not_hung(acme: StoreRef) -> None:
    product = a_product().product
    labels.hang_tags(product=product, tag_ids=[new_id()])
    assert not ProductTag.objects.exists()
