"""A store with something to buy, and phones in the hands of those who buy it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache

from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import CampaignItem
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tests.api.phone import Phone, signed_in
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.times import NOW


@dataclass(frozen=True)
class Shop:
    """A store, a leader's point in it, one offer, and a shopper with a phone."""

    ref: StoreRef
    point: PickupPoint
    item: CampaignItem
    member: Member
    phone: Phone
    leader_phone: Phone
    stranger: Phone

    def order_words(self, *, quantity: int = 1, **other: object) -> dict[str, object]:
        """Say what the shopper orders."""
        return {
            "lines": [{"campaign_item_id": str(self.item.pk), "quantity": quantity}],
            "pickup_point_id": str(self.point.pk),
            "contact": {"name": "王阿姨", "phone": "138 0000 0000"},
            "remark": "放门口",
            "expected_total": {"amount": self.item.price_minor * quantity, "currency": "CNY"},
            **other,
        }


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """It is noon in Shanghai, and nobody has been counted yet."""
    cache.clear()
    with clock.at(NOW):
        yield


@pytest.fixture
def shop(acme: StoreRef) -> Shop:
    """acme, open for business."""
    return open_shop(acme)


def open_shop(ref: StoreRef, *, in_stock: int = 100) -> Shop:
    with in_store(ref):
        point = a_leader_with_point()
        item = an_offer(in_stock=in_stock)
        member = a_member()
    return Shop(
        ref=ref,
        point=point,
        item=item,
        member=member,
        phone=signed_in(ref, member),
        leader_phone=signed_in(ref, point.leader.member),
        stranger=Phone(ref),
    )
