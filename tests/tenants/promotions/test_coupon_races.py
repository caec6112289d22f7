"""Many reach for the same coupons at once, on connections of their own."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.promotions.books import check
from tenants.promotions.models import Coupon, CouponKind
from tenants.promotions.services.claim_coupon import ClaimedEnough, NotClaimable, claim_coupon
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone, lock_coupon
from tests.database import own_database
from tests.factories.members import a_member
from tests.factories.promotions import a_coupon, a_coupon_kind
from tests.factories.times import NOW
from tests.stores import store_ref
from tests.tenants.sales.test_races import at_once, kinds


@pytest.fixture(scope="module")
def open_database(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    with django_db_blocker.unblock(), own_database(worker=f"coupons_{worker_id}"):
        yield


@pytest.fixture
def shop(open_database: None, django_db_blocker: Any) -> Iterator[StoreRef]:
    with django_db_blocker.unblock():
        ref = store_ref("acme")
        with in_store(ref):
            yield ref
            assert check() == []


def test_of_twelve_who_want_five_coupons_five_get_one(shop: StoreRef) -> None:
    kind = a_coupon_kind(total=5)
    acts = [
        partial(claim_coupon, member=a_member(), kind_id=kind.id, now=NOW, audiences=frozenset()) for _n in range(12)
    ]
    assert kinds(at_once(shop, acts)) == {Coupon: 5, NotClaimable: 7}


def test_one_member_tapping_eight_times_gets_one(shop: StoreRef) -> None:
    kind, member = a_coupon_kind(), a_member()
    acts = [partial(claim_coupon, member=member, kind_id=kind.id, now=NOW, audiences=frozenset()) for _n in range(8)]
    assert kinds(at_once(shop, acts)) == {Coupon: 1, ClaimedEnough: 7}


def test_one_coupon_goes_into_one_basket(shop: StoreRef) -> None:
    member = a_member()
    coupon = a_coupon(member)

    def basket() -> str:
        with transaction.atomic():
            lock_coupon(coupon_id=coupon.id, member=member, basket=new_id(), off_minor=500, now=NOW)
        return "held"

    assert kinds(at_once(shop, [basket] * 6)) == {str: 1, CouponGone: 5}


def test_a_budget_for_two_is_not_spent_by_six(shop: StoreRef) -> None:
    kind = a_coupon_kind(budget_minor=1000)
    coupons = [a_coupon(a_member(), kind) for _n in range(6)]

    def basket(coupon: Coupon) -> str:
        with transaction.atomic():
            lock_coupon(coupon_id=coupon.id, member=coupon.member, basket=new_id(), off_minor=500, now=NOW)
        return "held"

    assert kinds(at_once(shop, [partial(basket, coupon) for coupon in coupons])) == {str: 2, CouponBudgetSpent: 4}
    assert CouponKind.objects.get(pk=kind.pk).spent_minor == 1000
