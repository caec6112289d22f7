"""A leader sets days of rest on the phone, and shoppers read of them."""

from typing import Any

import pytest

from kit.tenancy import in_store
from tenants.leaders.models import Rest
from tests.api.conftest import Shop
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_paid_order

DAY = "2026-11-21"


def words(shop: Shop, **other: Any) -> dict[str, Any]:
    return {"pickup_point_id": str(shop.point.pk), "first_on": DAY, "last_on": DAY, **other}


def rest(shop: Shop, **other: Any) -> Any:
    return shop.leader_phone.post("/leader/rests", words(shop, **{"note": "回老家", "agreed_orders": 0, **other}))


def test_what_is_ordered_is_seen_first(shop: Shop) -> None:
    with in_store(shop.ref):
        a_paid_order(shop.item, member=shop.member, point=shop.point)

    seen = shop.leader_phone.post("/leader/rest-previews", words(shop)).json()
    refused = rest(shop)
    taken = rest(shop, agreed_orders=1)

    assert seen == {"orders": 1, "members": 1}
    assert (refused.status_code, refused.json()["code"], refused.json()["orders"]) == (409, "orders_there", 1)
    assert (taken.status_code, taken.json()["orders"], taken.json()["days"]) == (201, 1, "11月21日 周六")


def test_shoppers_read_of_it_and_it_can_be_called_off(shop: Shop) -> None:
    taken = rest(shop, pickup_point_id=None).json()
    asked = f"pickup_point_id={shop.point.pk}"

    point = shop.stranger.get(f"/pickup-points/{shop.point.pk}").json()
    (listed,) = shop.stranger.get("/pickup-points").json()["items"]
    lists = shop.stranger.get(f"/campaigns?{asked}").json()["items"]
    refused = shop.phone.post("/orders", shop.order_words())
    (mine,) = shop.leader_phone.get("/leader/rests").json()["items"]
    ended = shop.leader_phone.post(f"/leader/rests/{taken['id']}/ending", {})

    assert point["rest"] == {
        "first_on": DAY,
        "last_on": DAY,
        "note": "回老家",
        "sentence": "李姐11月21日 周六休息，当天不能提货",
    }
    assert (listed["rest"], lists, point["is_open"]) == (point["rest"], [], True)
    assert (refused.status_code, refused.json()["lines"][0]["code"]) == (409, "point_rests")
    assert (mine["pickup_point"], mine["orders"]) == (None, 0)
    assert (ended.status_code, ended.json()["items"]) == (201, [])
    assert len(shop.stranger.get(f"/campaigns?{asked}").json()["items"]) == 1
    assert shop.stranger.get(f"/pickup-points/{shop.point.pk}").json()["rest"] is None


@pytest.mark.parametrize(
    ("other", "status"),
    [({"first_on": "2026-11-19"}, 422), ({"last_on": "x"}, 400), ({"agreed_orders": -1}, 400), ({"price": 1}, 400)],
)
def test_nonsense_is_refused(shop: Shop, other: dict[str, Any], status: int) -> None:
    assert rest(shop, **other).status_code == status
    with in_store(shop.ref):
        assert not Rest.objects.exists()


def test_only_leaders_and_only_their_own(shop: Shop) -> None:
    taken = rest(shop).json()
    with in_store(shop.ref):
        other = a_leader_with_point(name="张姐", point="绿地新村")

    assert rest(shop, pickup_point_id=str(other.pk)).json()["code"] == "point_missing"
    for phone, status in ((shop.phone, 403), (shop.stranger, 401)):
        assert phone.get("/leader/rests").status_code == status
        assert phone.post("/leader/rests", words(shop, note="", agreed_orders=0)).status_code == status
        assert phone.post("/leader/rest-previews", words(shop)).status_code == status
        assert phone.post(f"/leader/rests/{taken['id']}/ending", {}).status_code == status
