"""An express is quoted step by step, ordered, and followed by its number, over HTTP."""

from typing import Any

from kit.tenancy import in_store
from tenants.delivery.freight_desk import switch_express
from tenants.fulfilment.services.dispatch import Tracking, dispatch_order
from tenants.orders.models import Order
from tests.api.conftest import Shop
from tests.api.open.program import a_program
from tests.api.store.test_delivery import CNY, add
from tests.factories.orders import the_visit_of
from tests.factories.times import NOW
from tests.tenants.sales.test_delivery import paid
from tests.tenants.sales.test_express import a_zone
from tests.tenants.sales.test_sourcing import BOSS


def offered(shop: Shop) -> None:
    with in_store(shop.ref):
        a_zone()
        switch_express(is_on=True, now=NOW, by_name="老板")


def wanted(shop: Shop, **place: Any) -> dict[str, str]:
    return {"kind": "express", "address_id": add(shop, **{"province": "浙江省", **place}).json()["id"]}


def quote_of(shop: Shop, delivery: dict[str, str], quantity: int = 3) -> Any:
    lines = [{**line, "quantity": quantity} for line in shop.order_words()["lines"]]  # type: ignore[attr-defined]
    asked = {
        "lines": [{name: line[name] for name in ("campaign_item_id", "quantity")} for line in lines],
        "pickup_point_id": str(shop.point.pk),
        "delivery": delivery,
    }
    return shop.phone.post("/quotes", asked).json()


def test_the_ways_say_from_how_much(shop: Shop) -> None:
    offered(shop)
    (way,) = shop.phone.get("/delivery-ways").json()["items"]
    assert (way["kind"], way["fee"]["amount"]) == ("express", 800)
    assert way["sentence"] == "按重量和地区算运费，首重 1 kg ¥8.00 起"


def test_a_quote_tells_how_the_fee_comes_about(shop: Shop) -> None:
    offered(shop)
    delivery = quote_of(shop, wanted(shop))["delivery"]
    assert (delivery["fee"]["amount"], delivery["problem"]) == (1000, None)
    (freight,) = delivery["freight"]
    assert (freight["zone"], freight["grams"], freight["guessed"]) == ("江浙沪", 1500, 3)
    assert [(step["sentence"], step["amount"]["amount"]) for step in freight["steps"]] == [
        ("江浙沪，商品共重 1.5 kg（3 件没填重量，每件按 500 g 算）", 0),
        ("首重 1 kg", 800),
        ("续重 1 × 1 kg", 200),
    ]


def test_where_nothing_is_sent_is_told_before_and_refused_at_last(shop: Shop) -> None:
    offered(shop)
    away = wanted(shop, province="湖北省", city="武汉市")
    assert quote_of(shop, away)["delivery"]["problem"] == "暂不配送到这里"
    words = shop.order_words(delivery=away, expected_total={"amount": 1290, **CNY})
    refused = shop.phone.post("/orders", words, key="o1")
    assert (refused.status_code, refused.json()["detail"]) == (409, "暂不配送到这里")


def test_an_order_shows_its_fee_and_its_number(shop: Shop) -> None:
    offered(shop)
    words = shop.order_words(delivery=wanted(shop), expected_total={"amount": 2090, **CNY})
    placed = shop.phone.post("/orders", words, key="o1").json()
    assert [step["sentence"] for step in placed["delivery"]["freight"]["steps"]][1:] == ["首重 1 kg"]
    with in_store(shop.ref):
        order = paid(Order.objects.get(pk=placed["id"]))
        tracking = Tracking("顺丰速运", "SF1234567")
        dispatch_order(order_id=order.pk, tracking=tracking, actor=BOSS, now=NOW)

    shown = shop.phone.get(f"/orders/{order.pk}").json()
    delivery = shown["delivery"]
    assert (delivery["courier"], delivery["tracking_number"]) == ("顺丰速运", "SF1234567")
    sent = a_program(shop.ref, "orders:read").get(f"/open/orders/{order.pk}").json()
    assert (sent["delivery"], sent["courier"], sent["tracking_number"]) == ("express", "顺丰速运", "SF1234567")
    assert (shown["state_label"], shown["pickup_code"]) == ("已发货", None)
    assert shown["timeline"][-1]["sentence"] == "顺丰速运 已揽件，单号 SF1234567"
    assert shop.phone.get("/pickup-codes").json()["items"] == []


def test_the_leader_is_told_not_to_hand_it_out(shop: Shop) -> None:
    offered(shop)
    words = shop.order_words(delivery=wanted(shop), expected_total={"amount": 2090, **CNY})
    placed = shop.phone.post("/orders", words, key="o1").json()
    with in_store(shop.ref):
        visit = the_visit_of(paid(Order.objects.get(pk=placed["id"])))
    shown = shop.leader_phone.get(f"/leader/pickups/{visit.pk}").json()
    assert [line["stopped"] for line in shown["lines"]] == [{"quantity": 1, "sentence": "走快递寄出，不用交给顾客"}]
    assert shown["to_bring"] == []
    lines = [{"line_id": line["id"], "quantity": 1} for line in shown["lines"]]
    refused = shop.leader_phone.post(f"/leader/pickups/{visit.pk}/handovers", {"lines": lines}, key="h1")
    assert (refused.status_code, refused.json()["code"]) == (409, "needs_tracking")


def test_a_province_is_kept_and_written_once(shop: Shop) -> None:
    for province, city, text in (("浙江省", "杭州市", "浙江省杭州市"), ("上海", "上海市", "上海市")):
        added = add(shop, province=province, city=city).json()
        assert (added["province"], added["text"]) == (province, f"{text}西湖区文三路 1 号")
