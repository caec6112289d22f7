"""A neighbour's way through the API, from the first look to the goods in hand."""

import base64
from typing import Any

import pytest

from kit import clock
from kit.tenancy import in_store
from tenants.campaigns.models import CampaignItem
from tenants.inventory.models import Stock
from tests.api.conftest import Shop
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_point_of
from tests.factories.orders import a_paid_order, a_pending_order, the_visit_of
from tests.factories.times import later


class TestTheWholePath:
    def test_from_first_look_to_paid(self, shop: Shop) -> None:
        store = shop.stranger.get("/store").json()
        assert (store["name"], store["slug"], store["now"]) == ("绿家生鲜", "acme", "2026-11-20T12:00:00+08:00")

        point = shop.stranger.get("/pickup-points?lat=30.2592&lng=120.1307").json()["items"][0]
        assert (point["name"], point["leader"]["name"], point["is_open"]) == ("阳光花园", "李姐", True)
        assert point["distance_m"] < 20

        campaign = shop.stranger.get("/campaigns").json()["items"][0]
        item = campaign["items"][0]
        assert (campaign["state"], item["price"], item["available"]) == (
            "open",
            {"amount": 1290, "currency": "CNY"},
            100,
        )

        product = shop.stranger.get(f"/products/{item['product']['id']}").json()
        assert product["skus"][0]["offer"]["id"] == item["id"]
        assert product["campaign"]["id"] == campaign["id"]

        wanted = [{"campaign_item_id": item["id"], "quantity": 2}]
        quote = shop.phone.post("/quotes", {"lines": wanted, "pickup_point_id": point["id"]}).json()
        assert (quote["total"], quote["can_order"]) == ({"amount": 2580, "currency": "CNY"}, True)

        order = shop.phone.post("/orders", shop.order_words(quantity=2))
        assert order.status_code == 201
        order = order.json()
        assert (order["state"], order["state_label"]) == ("pending_payment", "待付款")
        assert order["expires_at"] == "2026-11-20T12:15:00+08:00"
        assert order["contact"] == {"name": "王阿姨", "phone": "13800000000"}
        assert (order["can_pay"], order["can_cancel"], order["pickup_code"]) == (True, True, None)
        with in_store(shop.ref):
            assert Stock.objects.get(sku=shop.item.sku_id).reserved == 2

        payment = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"})
        assert payment.status_code == 201
        payment = payment.json()
        assert payment["state"] == "processing"
        cashier = payment["redirect_url"]
        assert cashier.startswith("http://acme.linli.test/pay/sandbox/")

        assert "¥25.80" in shop.phone.client.get(cashier).content.decode()
        back = shop.phone.client.post(cashier, {"decision": "pay"})
        assert back.headers["Location"] == f"/m/#/sub/order/result?order={order['id']}"

        paid = shop.phone.get(f"/orders/{order['id']}").json()
        assert (paid["state"], paid["paid"]["amount"], paid["can_pay"]) == ("paid", 2580, False)
        assert [step["what"] for step in paid["timeline"]] == ["order.placed", "order.paid"]
        assert shop.phone.get(f"/payments/{payment['id']}").json()["state"] == "succeeded"
        with in_store(shop.ref):
            stock = Stock.objects.get(sku=shop.item.sku_id)
            assert (stock.on_hand, stock.reserved) == (98, 0)

        visit = shop.phone.get("/pickup-codes").json()["items"][0]
        assert visit["code"] == paid["pickup_code"]
        assert visit["orders"] == [{"id": order["id"], "number": order["number"]}]
        assert visit["lines"][0]["quantity"] == 2
        assert base64.b64decode(visit["qr"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")

        me = shop.phone.get("/me").json()
        assert me["orders_by_state"]["paid"] == 1
        assert me["last_pickup_point"]["id"] == point["id"]


class TestPlaceOrder:
    def test_says_which_line_is_short(self, shop: Shop) -> None:
        with in_store(shop.ref):
            Stock.objects.filter(sku=shop.item.sku_id).update(on_hand=3)

        refusal = shop.phone.post("/orders", shop.order_words(quantity=4))

        assert refusal.status_code == 409
        assert refusal.json()["code"] == "out_of_stock"
        line = refusal.json()["lines"][0]
        assert (line["campaign_item_id"], line["available"]) == (str(shop.item.pk), 3)
        assert line["sentence"] == "只剩 3 份"

    def test_refuses_a_price_that_moved(self, shop: Shop) -> None:
        words = shop.order_words()
        with in_store(shop.ref):
            CampaignItem.objects.filter(pk=shop.item.pk).update(price_minor=1390)

        refusal = shop.phone.post("/orders", words)

        assert (refusal.status_code, refusal.json()["code"]) == (409, "price_changed")
        assert refusal.json()["total"]["amount"] == 1390

    def test_refuses_another_currency(self, shop: Shop) -> None:
        words = shop.order_words(expected_total={"amount": 1290, "currency": "USD"})

        refusal = shop.phone.post("/orders", words)

        assert refusal.status_code == 400
        assert list(refusal.json()["errors"]) == ["expected_total.currency"]

    def test_refuses_after_the_cut_off(self, shop: Shop) -> None:
        with clock.at(later(hours=11)):
            refusal = shop.phone.post("/orders", shop.order_words())

        assert (refusal.status_code, refusal.json()["code"]) == (409, "campaign_closed")

    def test_refuses_more_than_a_member_may_have(self, shop: Shop) -> None:
        with in_store(shop.ref):
            CampaignItem.objects.filter(pk=shop.item.pk).update(per_member_limit=2)

        refusal = shop.phone.post("/orders", shop.order_words(quantity=3))

        assert (refusal.status_code, refusal.json()["code"]) == (409, "limit_reached")

    @pytest.mark.parametrize(
        ("field", "wrong", "where"),
        [
            ("lines", [], "lines"),
            ("lines", [{"campaign_item_id": "x", "quantity": 1}], "lines.0.campaign_item_id"),
            ("lines", "all of it", "lines"),
            ("contact", {"name": "", "phone": "13800000000"}, "contact.name"),
            ("contact", {"name": "王", "phone": "12345"}, "contact.phone"),
            ("contact", {"name": "王", "phone": "13800000000", "age": 61}, "contact.age"),
            ("remark", "字" * 101, "remark"),
            ("remark", "a\x00b", "remark"),
            ("expected_total", {"amount": -1, "currency": "CNY"}, "expected_total.amount"),
            ("expected_total", {"amount": 10**30, "currency": "CNY"}, "expected_total.amount"),
            ("coupon", "FREE", "coupon"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(self, shop: Shop, field: str, wrong: Any, where: str) -> None:
        refusal = shop.phone.post("/orders", shop.order_words(**{field: wrong}))

        assert refusal.status_code == 400
        assert list(refusal.json()["errors"]) == [where]

    @pytest.mark.parametrize("quantity", [0, -1, 10_000, "many", "3", 1.5, 3.0, None, True])
    def test_refuses_quantities_that_are_none(self, shop: Shop, quantity: Any) -> None:
        lines = [{"campaign_item_id": str(shop.item.pk), "quantity": quantity}]

        refusal = shop.phone.post("/orders", shop.order_words(lines=lines))

        assert refusal.status_code == 400
        assert list(refusal.json()["errors"]) == ["lines.0.quantity"]


class TestOrders:
    def test_pages_through_all_of_them_once(self, shop: Shop) -> None:
        with in_store(shop.ref):
            numbers = [
                a_pending_order(shop.item, member=shop.member, point=shop.point, now=later(minutes=minute)).number
                for minute in range(5)
            ]

        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = shop.phone.get(f"/orders?limit=2&cursor={cursor}").json()
            assert len(page["items"]) <= 2
            seen += [order["number"] for order in page["items"]]
            cursor = page["next"]

        assert seen == list(reversed(numbers))

    def test_filters_by_state(self, shop: Shop) -> None:
        with in_store(shop.ref):
            a_pending_order(shop.item, member=shop.member, point=shop.point)

        assert len(shop.phone.get("/orders?state=pending_payment").json()["items"]) == 1
        assert shop.phone.get("/orders?state=paid").json()["items"] == []
        assert shop.phone.get("/orders?state=lost").status_code == 400

    @pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=x", "cursor=%00", "cursor=W10", "page=2"])
    def test_refuses_a_page_that_is_none(self, shop: Shop, query: str) -> None:
        assert shop.phone.get(f"/orders?{query}").status_code == 400

    def test_shows_an_unpaid_order_as_closed_once_its_time_is_over(self, shop: Shop) -> None:
        with in_store(shop.ref):
            order = a_pending_order(shop.item, member=shop.member, point=shop.point)

        with clock.at(later(minutes=15)):
            shown = shop.phone.get(f"/orders/{order.pk}").json()

        assert (shown["state"], shown["expires_at"], shown["can_pay"]) == ("closed", None, False)

    def test_cancels_an_unpaid_one(self, shop: Shop) -> None:
        order = shop.phone.post("/orders", shop.order_words(quantity=3)).json()

        closed = shop.phone.post(f"/orders/{order['id']}/cancellation", {"reason": "买错了"})

        assert (closed.status_code, closed.json()["state"]) == (201, "closed")
        assert closed.json()["timeline"][-1]["sentence"] == "订单已关闭：买错了"
        with in_store(shop.ref):
            assert Stock.objects.get(sku=shop.item.sku_id).reserved == 0

    def test_pays_no_closed_one(self, shop: Shop) -> None:
        order = shop.phone.post("/orders", shop.order_words()).json()
        shop.phone.post(f"/orders/{order['id']}/cancellation", {})

        refusal = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"})

        assert (refusal.status_code, refusal.json()["code"]) == (409, "order_closed")

    def test_knows_no_other_way_to_pay(self, shop: Shop) -> None:
        order = shop.phone.post("/orders", shop.order_words()).json()

        refusal = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "cash"})

        assert (refusal.status_code, list(refusal.json()["errors"])) == (400, ["method"])


class TestQuotes:
    def test_answers_a_stranger_too(self, shop: Shop) -> None:
        wanted = [{"campaign_item_id": str(shop.item.pk), "quantity": 101}]

        quote = shop.stranger.post("/quotes", {"lines": wanted, "pickup_point_id": None}).json()

        assert quote["can_order"] is False
        assert quote["lines"][0]["problem"] == {"code": "not_enough", "sentence": "只剩 100 份"}


class TestPickupPoints:
    def test_lists_the_nearest_first_and_pages(self, shop: Shop) -> None:
        with in_store(shop.ref):
            for number in range(4):
                a_point_of(shop.point.leader, name=f"{number} 号门")

        first = shop.stranger.get("/pickup-points?lat=30.2592&lng=120.1307&limit=3").json()
        second = shop.stranger.get(f"/pickup-points?lat=30.2592&lng=120.1307&limit=3&cursor={first['next']}").json()

        names = [point["name"] for point in first["items"] + second["items"]]
        assert len(names) == len(set(names)) == 5
        assert second["next"] is None

    def test_finds_by_name(self, shop: Shop) -> None:
        assert len(shop.stranger.get("/pickup-points?q=阳光").json()["items"]) == 1
        assert shop.stranger.get("/pickup-points?q=月光").json()["items"] == []

    @pytest.mark.parametrize("query", ["lat=91&lng=0", "lat=30", "lat=x&lng=y", "lat=NaN&lng=1", "cursor=abc"])
    def test_refuses_a_place_that_is_none(self, shop: Shop, query: str) -> None:
        assert shop.stranger.get(f"/pickup-points?{query}").status_code == 400

    def test_shows_one(self, shop: Shop) -> None:
        shown = shop.stranger.get(f"/pickup-points/{shop.point.pk}").json()

        assert (shown["name"], shown["distance_m"]) == ("阳光花园", None)


class TestLanguage:
    def test_speaks_the_language_the_app_shows(self, shop: Shop) -> None:
        english = shop.stranger.get("/me", accept_language="en-GB,en;q=0.9")
        chinese = shop.stranger.get("/me", accept_language="fr")

        assert (english.headers["Content-Language"], chinese.headers["Content-Language"]) == ("en", "zh-hans")


class TestSomebodyElses:
    def test_order_is_as_absent_as_one_that_never_was(self, shop: Shop) -> None:
        with in_store(shop.ref):
            theirs = a_pending_order(shop.item, point=shop.point)

        foreign = shop.phone.get(f"/orders/{theirs.pk}")
        absent = shop.phone.get("/orders/019a8f2e-7c00-7000-8000-0000000000ff")

        assert foreign.status_code == absent.status_code == 404
        without_id = [{**answer.json(), "request_id": ""} for answer in (foreign, absent)]
        assert without_id[0] == without_id[1]

    def test_order_cannot_be_paid_or_cancelled(self, shop: Shop) -> None:
        with in_store(shop.ref):
            theirs = a_pending_order(shop.item, point=shop.point)

        for path, words in ((f"/orders/{theirs.pk}/payments", {"method": "sandbox"}),
                            (f"/orders/{theirs.pk}/cancellation", {})):  # fmt: skip
            assert shop.phone.post(path, words).status_code == 404

    def test_pickup_codes_are_not_shown(self, shop: Shop) -> None:
        with in_store(shop.ref):
            theirs = a_paid_order(an_offer(), point=shop.point)
            code = the_visit_of(theirs).code

        assert code not in shop.phone.get("/pickup-codes").content.decode()
