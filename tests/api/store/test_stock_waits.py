"""到货提醒 on a phone: asked for with a member's token, seen, taken back, and nobody else's."""

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.wishes.models import StockWait
from tests.api.conftest import Shop, open_shop


@pytest.fixture
def empty(acme: StoreRef) -> Shop:
    """A shop whose only goods are sold out."""
    return open_shop(acme, in_stock=0)


def test_is_asked_for_listed_and_taken_back(empty: Shop) -> None:
    path = f"/stock-waits/{empty.item.sku_id}"
    asked = empty.phone.ask("PUT", path, {"pickup_point_id": str(empty.point.pk)})
    assert asked.status_code == 200
    assert (asked.json()["title"], asked.json()["sku_label"]) == ("洛川苹果", "500g/份")
    assert empty.phone.ask("PUT", path, {}).status_code == 200

    listed = empty.phone.get("/stock-waits").json()
    assert [one["sku_id"] for one in listed["items"]] == [str(empty.item.sku_id)]
    assert empty.phone.delete(path).status_code == 204
    assert empty.phone.get("/stock-waits").json() == {"items": [], "next": None}


def test_is_refused_in_words(empty: Shop, shop: Shop) -> None:
    there = shop.phone.ask("PUT", f"/stock-waits/{shop.item.sku_id}", {})
    assert (there.status_code, there.json()["code"], there.json()["left"]) == (409, "still_there", 100)
    assert there.json()["detail"] == "现在就有货，可以直接购买。"
    nothing = empty.phone.ask("PUT", f"/stock-waits/{new_id()}", {})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "sku_missing")
    nowhere = empty.phone.ask("PUT", f"/stock-waits/{empty.item.sku_id}", {"pickup_point_id": str(new_id())})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "point_missing")
    assert empty.phone.ask("PUT", f"/stock-waits/{empty.item.sku_id}", {"phone": "13800000000"}).status_code == 400


def test_is_for_members_and_stays_in_its_store(empty: Shop, rival: StoreRef) -> None:
    path = f"/stock-waits/{empty.item.sku_id}"
    assert empty.stranger.get("/stock-waits").status_code == 401
    assert empty.stranger.ask("PUT", path, {}).status_code == 401
    assert empty.phone.ask("PUT", path, {}).status_code == 200

    other = open_shop(rival, in_stock=0)
    assert other.phone.get("/stock-waits").json()["items"] == []
    assert other.phone.ask("PUT", path, {}).status_code == 404
    assert other.phone.delete(path).status_code == 204
    with in_store(empty.ref):
        assert StockWait.objects.count() == 1
        assert StockWait.objects.get().member_id == empty.member.pk
    assert empty.leader_phone.get("/stock-waits").json()["items"] == []
