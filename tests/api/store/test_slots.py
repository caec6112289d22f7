"""Times of day over HTTP: offered, asked for, kept, seen by who brings."""

from typing import Any

from kit.tenancy import in_store
from tenants.delivery.models import WayKind
from tests.api.conftest import Shop
from tests.api.store.test_delivery import CNY, add
from tests.factories.checkouts import an_offer_for
from tests.tenants.sales.test_delivery import paid
from tests.tenants.sales.test_slots import a_slot

_WHERE = "/delivery-slots?kind=leader_home&date=2026-11-21"


def test_are_offered_taken_and_shown_to_the_leader(shop: Shop) -> None:
    with in_store(shop.ref):
        slot = a_slot(WayKind.LEADER_HOME)
    (offered,) = shop.stranger.get(_WHERE).json()["items"]
    assert (offered["label"], offered["left"], offered["can_choose"]) == ("18:00–20:00", 1, True)

    wanted = {"kind": "leader_home", "address_id": add(shop).json()["id"]}
    words = shop.order_words(delivery=wanted, expected_total={"amount": 1790, **CNY})
    refused = shop.phone.post("/orders", words, key="none")
    assert (refused.status_code, refused.json()["detail"]) == (409, "请选择送货时段")

    words["delivery"] = {**wanted, "slot_id": str(slot.pk)}
    order = shop.phone.post("/orders", words, key="one").json()
    agreed = {"day": "2026-11-21", "starts": "18:00", "ends": "20:00", "text": "11-21 18:00–20:00"}
    assert order["delivery"]["slot"] == agreed
    assert [(one["left"], one["can_choose"]) for one in shop.stranger.get(_WHERE).json()["items"]] == [(0, False)]
    quote = {name: words[name] for name in ("lines", "pickup_point_id", "delivery")}
    assert shop.phone.post("/quotes", quote).json()["delivery"]["problem"] == "这个时段约满了，请换一个"

    with in_store(shop.ref):
        paid(shop.member.orders.get())
    (visit,) = shop.leader_phone.get("/leader/pickups?date=2026-11-21").json()["items"]
    (one,) = shop.leader_phone.get(f"/leader/pickups/{visit['id']}").json()["to_bring"]
    assert one["slot"] == agreed


def test_goods_of_two_days_have_one_each(shop: Shop) -> None:
    with in_store(shop.ref):
        slot, pears = a_slot(WayKind.LEADER_HOME), an_offer_for(1, title="丰水梨", price_minor=990)
    days = "2026-11-21", "2026-11-22"
    address_id = add(shop).json()["id"]
    lines = [{"campaign_item_id": str(item.pk), "quantity": 1} for item in (shop.item, pears)]

    def words(*slots: str) -> dict[str, Any]:
        picked = [{"pickup_date": day, "slot_id": str(slot.pk)} for day in slots]
        return {"kind": "leader_home", "address_id": address_id, "slots": picked}

    asked = {"lines": lines, "pickup_point_id": str(shop.point.pk), "splits": True}
    for slots, problem in ((days[:1], "11-22 提货的商品：请选择送货时段"), (days, None)):
        quote = shop.phone.post("/quotes", {**asked, "delivery": words(*slots)}).json()
        assert (quote["delivery"]["problem"], quote["can_order"]) == (problem, problem is None)
    total = {"amount": 1290 + 990 + 2 * 500, **CNY}
    placed = shop.phone.post(
        "/checkouts", shop.order_words(lines=lines, delivery=words(*days), expected_total=total), key="c1"
    ).json()
    assert [order["delivery"]["slot"]["day"] for order in placed["orders"]] == list(days)


def test_fetching_has_none(shop: Shop) -> None:
    assert shop.stranger.get("/delivery-slots?kind=pickup&date=2026-11-21").status_code == 400
