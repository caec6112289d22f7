"""A leader chooses on the phone what is sold at their points."""

from typing import Any

import pytest

from kit.tenancy import in_store
from tests.api.conftest import Shop
from tests.factories.leaders import a_leader_with_point


def hide(shop: Shop, **words: Any) -> Any:
    return shop.leader_phone.ask("PUT", f"/leader/offers/{shop.item.pk}", {"is_hidden": True, **words})


def test_hidden_goods_are_gone_for_neighbours_of_this_leader_alone(shop: Shop) -> None:
    with in_store(shop.ref):
        other = a_leader_with_point(name="张姐", point="绿地新村")
    (before,) = shop.leader_phone.get("/leader/offers").json()["items"]

    (after,) = hide(shop).json()["items"]

    def goods(point: Any) -> int:
        (found,) = shop.stranger.get(f"/campaigns?pickup_point_id={point.pk}").json()["items"]
        return len(found["items"])

    assert [one["items"][0]["is_hidden"] for one in (before, after)] == [False, True]
    assert (goods(shop.point), goods(other)) == (0, 1)
    refused = shop.phone.post("/orders", shop.order_words())
    assert (refused.status_code, refused.json()["lines"][0]["code"]) == (409, "hidden_here")
    shop.leader_phone.ask("PUT", f"/leader/offers/{shop.item.pk}", {"is_hidden": False})
    assert goods(shop.point) == 1


@pytest.mark.parametrize("words", [{"price": {"amount": 1, "currency": "CNY"}}, {"price_minor": 1}, {"is_hidden": "x"}])
def test_the_price_is_not_the_leaders(shop: Shop, words: dict[str, Any]) -> None:
    assert hide(shop, **words).status_code == 400
    (found,) = shop.leader_phone.get("/leader/offers").json()["items"]
    assert (found["items"][0]["price"]["amount"], found["items"][0]["is_hidden"]) == (1290, False)


def test_only_leaders_and_only_goods_there_are(shop: Shop) -> None:
    for phone, status in ((shop.phone, 403), (shop.stranger, 401)):
        assert phone.get("/leader/offers").status_code == status
        assert phone.ask("PUT", f"/leader/offers/{shop.item.pk}", {"is_hidden": True}).status_code == status
    nothing = shop.leader_phone.ask("PUT", f"/leader/offers/{shop.member.pk}", {"is_hidden": True})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "item_missing")
