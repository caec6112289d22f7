"""Points on a phone: how many there are, what they take off this basket, and where they came from."""

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.points.models import Purse
from tenants.points.services.keep_rule import adjust_points
from tests.api.conftest import Shop, open_shop
from tests.factories.points import a_points_rule
from tests.factories.times import NOW


def _given(shop: Shop, points: int) -> None:
    with in_store(shop.ref):
        a_points_rule()
        phone = shop.member.phone
        adjust_points(phone=phone, points=points, reason="开业送积分", key=new_id(), by_name="老板", now=NOW)


def _basket(shop: Shop, **more: object) -> dict[str, object]:
    lines = [{"campaign_item_id": str(shop.item.pk), "quantity": 1}]
    return {"lines": lines, "pickup_point_id": str(shop.point.pk), **more}


def test_are_offered_agreed_to_and_shown_on_the_order(shop: Shop) -> None:
    _given(shop, 500)
    offered = shop.phone.post("/quotes", _basket(shop)).json()
    assert offered["points"] == {
        "free": 500,
        "points": 500,
        "off": {"amount": 500, "currency": "CNY"},
        "is_used": False,
    }
    assert offered["total"]["amount"] == 1290
    quote = shop.phone.post("/quotes", _basket(shop, use_points=True)).json()
    assert (quote["total"]["amount"], quote["points"]["is_used"]) == (790, True)
    assert [step["sentence"] for step in quote["discounts"]] == ["积分抵 ¥5.00"]

    placed = shop.phone.post("/orders", shop.order_words(quantity=1, expected_total=quote["total"], use_points=True))

    assert placed.status_code == 201
    assert [(one["kind"], one["name"], one["off"]["amount"]) for one in placed.json()["discounts"]] == [
        ("points", "积分", 500)
    ]
    mine = shop.phone.get("/points").json()
    assert (mine["free"], mine["locked"], mine["owed"], mine["worth"]["amount"]) == (0, 500, 0, 0)
    again = shop.phone.post("/orders", shop.order_words(quantity=1, expected_total=quote["total"], use_points=True))
    assert (again.status_code, again.json()["code"]) == (409, "price_changed")
    shop.phone.post(f"/orders/{placed.json()['id']}/cancellation", {"reason": ""})
    assert shop.phone.get("/points").json()["free"] == 500


def test_are_told_with_their_rule_and_every_change(shop: Shop) -> None:
    _given(shop, 500)
    _given(shop, -20)
    mine = shop.phone.get("/points").json()
    assert (mine["is_on"], mine["free"], mine["worth"]["amount"]) == (True, 480, 480)
    assert (mine["earn_per_yuan"], mine["per_yuan"], mine["max_share_percent"]) == (1, 100, 50)
    first = shop.phone.get("/points/moves?limit=1").json()
    assert [(one["points"], one["kind_label"], one["reason"]) for one in first["items"]] == [
        (-20, "店铺调整", "开业送积分")
    ]
    rest = shop.phone.get(f"/points/moves?limit=1&cursor={first['next']}").json()
    assert ([one["points"] for one in rest["items"]], rest["next"]) == ([500], None)


def test_nobody_without_a_token_and_nobody_elses(shop: Shop, rival: StoreRef) -> None:
    _given(shop, 500)
    other = open_shop(rival)
    assert shop.stranger.get("/points").status_code == 401
    assert (other.phone.get("/points").json()["free"], other.phone.get("/points/moves").json()["items"]) == (0, [])
    assert shop.stranger.post("/quotes", _basket(shop, use_points=True)).json()["points"] is None
    assert shop.phone.post("/quotes", _basket(shop, use_points="much")).status_code == 400
    with in_store(rival):
        assert not Purse.objects.exists()
