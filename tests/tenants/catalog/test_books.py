"""The catalogue's books: nothing found in order, each planted fault found."""

import pytest

from tenants.catalog.books import check
from tenants.catalog.models import Category, Sku
from tenants.catalog.services.shelves import add_category
from tests.factories.catalog import a_product, a_sku_of

pytestmark = pytest.mark.usefixtures("in_acme")


def test_good_units_and_shelves_are_in_order() -> None:
    base = a_product()
    Sku.objects.filter(pk=a_sku_of(base.product).pk).update(base_sku=base, factor=2)
    add_category(name="一/二/三")
    assert check() == []


def test_a_base_of_another_product_and_a_chain_are_found() -> None:
    first, strange = a_product(), a_product(title="别的")
    Sku.objects.filter(pk=first.pk).update(base_sku=strange, factor=2)
    assert [(one.invariant, one.subject) for one in check()] == [("G1", str(first.pk))]
    chained = a_sku_of(first.product)
    Sku.objects.filter(pk=chained.pk).update(base_sku=first, factor=2)
    assert {one.subject for one in check()} == {str(first.pk), str(chained.pk)}


def test_a_ring_of_shelves_and_a_fourth_level_are_found() -> None:
    third = add_category(name="一/二/三")
    fourth = Category.objects.create(name="四", parent=third)
    assert [(one.invariant, one.subject) for one in check()] == [("G2", str(fourth.pk))]
    fourth.delete()
    Category.objects.filter(name="一").update(parent=third)
    assert len(check()) == 3
