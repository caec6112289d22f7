"""The desk's list of goods says how many members wait for each."""

from django.test import Client

from kit.tenancy import StoreRef, in_store
from tenants.wishes.models import StockWait
from tests.tenants.backoffice.goods import LIST, a_product, text_of
from tests.tenants.shelf import NOON, a_member


def test_the_list_of_goods_counts_who_waits_for_each(acme: StoreRef, desk: Client) -> None:
    apple, pear = a_product(acme, title="红富士苹果", in_stock=0), a_product(acme, title="香梨")
    with in_store(acme):
        for told_at in (None, None, NOON):
            StockWait.objects.create(member=a_member(), sku=apple.skus.get(), asked_at=NOON, told_at=told_at)

    page = text_of(desk.get(LIST))
    assert page.count("2 人等到货") == 1
    assert page.count("人等到货") == 1
    row = page[page.index("2 人等到货") - 2000 : page.index("2 人等到货")]
    assert row.rindex(apple.title) > row.find(pear.title)
