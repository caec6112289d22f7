"""秒杀: so many pieces, so many for one, little time to pay, and told at once."""

from datetime import timedelta
from typing import Any

import pytest

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem
from tenants.campaigns.services.check_draft import CampaignDraft, CampaignInvalid, ItemDraft, check_draft
from tenants.orders.models import OrderState
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import LimitReached, OutOfStock
from tests.factories.campaigns import an_offer
from tests.factories.catalog import a_product
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, TOMORROW, later


def a_flash_offer(*, quota: int = 2) -> CampaignItem:
    item = an_offer(quota=quota, per_member_limit=1)
    Campaign.objects.filter(pk=item.campaign_id).update(kind="flash")
    return item


def problems_of(*, hours: int, **item: Any) -> set[str]:
    draft = CampaignDraft(
        name="整点秒杀",
        kind="flash",
        opens_at=NOW,
        cutoff_at=NOW + timedelta(hours=hours),
        pickup_date=TOMORROW + timedelta(days=1),
        items=[ItemDraft(sku_id=a_product().pk, price_minor=100, **item)],
    )
    try:
        check_draft(draft=draft, for_sale=True, now=NOW)
    except CampaignInvalid as refusal:
        return set(refusal.fields)
    return set()


class TestFlash:
    def test_asks_for_a_quota_a_limit_and_a_day_at_most(self, in_acme: StoreRef) -> None:
        assert problems_of(hours=24, quota=5, per_member_limit=1) == set()
        assert problems_of(hours=25) == {"cutoff_at", "items.0.quota", "items.0.per_member_limit"}

    def test_keeps_to_the_quota_and_the_limit(self, in_acme: StoreRef) -> None:
        item, member = a_flash_offer(), a_member()
        a_paid_order(item, member=member)
        with pytest.raises(LimitReached):
            a_pending_order(item, member=member)
        a_paid_order(item)
        with pytest.raises(OutOfStock):
            a_pending_order(item)

    def test_what_is_not_paid_in_five_minutes_is_for_the_next(self, in_acme: StoreRef) -> None:
        item = a_flash_offer(quota=1)
        order = a_pending_order(item)
        assert order.expires_at == later(minutes=5)
        with pytest.raises(OutOfStock):
            a_pending_order(item, now=later(minutes=4))

        assert expire_orders(now=later(minutes=5)) == 1

        assert a_pending_order(item, now=later(minutes=5)).state == OrderState.PENDING_PAYMENT

    def test_a_basket_with_other_goods_is_paid_as_soon(self, in_acme: StoreRef) -> None:
        assert a_pending_order(a_flash_offer(), an_offer()).expires_at == later(minutes=5)
        assert a_pending_order(an_offer()).expires_at == later(minutes=15)
