"""Coupons on a phone: on offer, claimed once, listed by state, never another store's."""

from datetime import timedelta

from kit import clock
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.promotions.models import Audience, Coupon
from tests.api.conftest import Shop, open_shop
from tests.factories.orders import a_paid_order
from tests.factories.promotions import a_coupon_kind
from tests.factories.times import NOW


def test_a_member_claims_what_is_on_offer(shop: Shop) -> None:
    with in_store(shop.ref):
        kind = a_coupon_kind(total=3)
    (offered,) = shop.phone.get("/coupons/claimable").json()["items"]
    assert (offered["worth"]["words"], offered["left"], offered["can_claim"]) == ("满 ¥30.00 减 ¥5.00", 3, True)

    claimed = shop.phone.post("/coupons", {"kind_id": str(kind.pk)}, key="tap-1")

    assert claimed.status_code == 201
    assert claimed.json()["state"] == "issued"
    assert shop.phone.post("/coupons", {"kind_id": str(kind.pk)}, key="tap-1").json() == claimed.json()
    again = shop.phone.post("/coupons", {"kind_id": str(kind.pk)})
    assert (again.status_code, again.json()["code"]) == (409, "coupon_claimed")
    assert len(shop.phone.get("/coupons?state=usable").json()["items"]) == 1
    assert shop.leader_phone.get("/coupons").json()["items"] == []


def test_lists_by_state_page_by_page(shop: Shop) -> None:
    with in_store(shop.ref):
        kind = a_coupon_kind(per_member=3)
    for _one in range(3):
        shop.phone.post("/coupons", {"kind_id": str(kind.pk)})
    first = shop.phone.get("/coupons?state=usable&limit=2").json()
    second = shop.phone.get(f"/coupons?state=usable&limit=2&cursor={first['next']}").json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    with in_store(shop.ref), clock.at(NOW + timedelta(days=14)):
        assert Coupon.objects.count() == 3
    with clock.at(NOW + timedelta(days=14)):
        assert shop.phone.get("/coupons?state=usable").json()["items"] == []
        assert len(shop.phone.get("/coupons?state=expired").json()["items"]) == 3


def test_a_new_members_coupon_is_gone_after_the_first_payment(shop: Shop) -> None:
    with in_store(shop.ref):
        kind = a_coupon_kind(audience=Audience.NEW)
    assert len(shop.phone.get("/coupons/claimable").json()["items"]) == 1
    with in_store(shop.ref):
        a_paid_order(member=shop.member)
    assert shop.phone.get("/coupons/claimable").json()["items"] == []
    refused = shop.phone.post("/coupons", {"kind_id": str(kind.pk)})
    assert refused.json()["code"] == "coupon_not_for_you"


def test_what_is_sent_must_make_sense(shop: Shop) -> None:
    assert shop.phone.post("/coupons", {}).status_code == 400
    assert shop.phone.post("/coupons", {"code": "X", "kind_id": str(new_id())}).status_code == 400
    assert shop.phone.post("/coupons", {"code": "NOSUCH"}).json()["code"] == "coupon_missing"
    assert shop.phone.post("/coupons", {"code": "X"}, key="").status_code == 400


def test_a_coupon_of_another_store_is_not_there(shop: Shop, rival: StoreRef) -> None:
    other = open_shop(rival)
    with in_store(rival):
        kind = a_coupon_kind(code="RIVAL5")
    assert shop.phone.post("/coupons", {"code": "RIVAL5"}).json()["code"] == "coupon_missing"
    assert other.phone.post("/coupons", {"code": "RIVAL5"}).status_code == 201
    assert shop.phone.post("/coupons", {"kind_id": str(kind.pk)}).json()["code"] == "coupon_missing"
