"""The plain list of goods: a page reads what it shows, however full the shelves are."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from kit.tenancy import StoreRef, in_store, kept
from kit.tenancy.sql import rows_often, run
from tenants.campaigns.goods_on_offer import goods_on_offer
from tenants.catalog.models import Product
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product, a_sku_of
from tests.factories.times import NOW
from tests.stores import store_ref

pytestmark = pytest.mark.django_db
SHELVES, PAGE = 150, 20


@pytest.fixture
def in_acme() -> Iterator[StoreRef]:
    with in_store(store_ref("acme")) as ref:
        yield ref


def _scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if plan.get("Relation Name") == "catalog_product":
        yield plan
    for below in plan.get("Plans", ()):
        yield from _scans(below)


def test_a_page_stops_reading_at_its_last_row(in_acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
    skus = [a_product(title=f"商品{number}") for number in range(SHELVES)]
    Product.objects.filter(pk=skus[0].product_id).update(sale_time_from=time(20), sale_time_until=time(2))
    an_open_campaign(*skus)
    with in_store(in_acme, as_owner=True):
        for table in ("catalog_product", "catalog_sku", "campaigns_campaign", "campaigns_campaignitem"):
            run(f"ANALYZE {table}")
    plans: list[dict[str, Any]] = []

    def explained(statement: str, values: Any) -> Any:
        ((found,),) = rows_often(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        plans.append(found[0]["Plan"])
        return rows_often(statement, values)

    monkeypatch.setattr(kept, "rows_often", explained)
    shown = goods_on_offer(now=NOW, pickup_point_id=None, after=None, limit=PAGE + 1)

    assert len(shown) == PAGE + 1
    (shelf,) = _scans(plans[1])  # the lists, the goods, what is offered of them
    read = shelf["Actual Rows"] * shelf["Actual Loops"] + shelf.get("Rows Removed by Filter", 0)
    assert read <= PAGE + 5, shelf


def test_a_product_in_two_lists_is_shown_in_the_one_that_ends_first(in_acme: StoreRef) -> None:
    both, later_only = a_product(title="苹果"), a_product(title="梨")
    large = a_sku_of(both.product, label="2kg")
    first = an_open_campaign(both)
    later = an_open_campaign(both, large, later_only, name="晚一点", cutoff_at=first.cutoff_at.replace(minute=59))

    shown = {one.id: one for one in goods_on_offer(now=NOW, pickup_point_id=None, after=None, limit=PAGE)}

    assert shown[both.product_id].campaign_id == first.pk
    assert [item["sku_id"] for item in shown[both.product_id].items] == [both.pk]
    assert shown[later_only.product_id].campaign_id == later.pk
