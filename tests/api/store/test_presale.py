"""预售 over the API: the rule is told before anything is paid, then what is due, and when."""

from datetime import timedelta

from kit import clock
from kit.tenancy import in_store
from tenants.campaigns.models import Campaign
from tenants.orders.models import Order
from tenants.sales.services.settle_payment import settle_payment
from tests.api.conftest import Shop
from tests.api.phone import signed_in
from tests.factories.orders import a_started_payment, news_of
from tests.factories.times import NOW, later

RULE = "尾款在 2026-11-21 12:00 到 2026-11-23 12:00 付清。到期未付，定金不退。"


def a_presale(shop: Shop) -> None:
    with in_store(shop.ref):
        Campaign.objects.filter(pk=shop.item.campaign_id).update(
            kind="presale",
            cutoff_at=later(days=1),
            pickup_date=(NOW + timedelta(days=5)).date(),
            deposit_percent=20,
            balance_from=later(days=1),
            balance_until=later(days=3),
            keeps_deposit=True,
        )


def test_the_rule_is_in_the_list_and_in_the_quote(shop: Shop) -> None:
    a_presale(shop)
    campaign = shop.stranger.get("/campaigns").json()["items"][0]
    quote = shop.phone.post("/quotes", {"lines": shop.order_words()["lines"]}).json()

    assert (campaign["kind"], campaign["deposit_percent"], campaign["keeps_deposit"]) == ("presale", 20, True)
    assert campaign["balance_from"] == "2026-11-21T12:00:00+08:00"
    assert (quote["presale"]["deposit"]["amount"], quote["presale"]["balance"]["amount"]) == (258, 1032)
    assert quote["presale"]["rule"] == RULE
    assert quote["total"]["amount"] == 1290


def test_an_order_says_what_is_due_until_it_is_paid(shop: Shop) -> None:
    a_presale(shop)
    order = shop.phone.post("/orders", shop.order_words(), key="k").json()
    assert (order["state_label"], order["due"]["amount"], order["can_pay"]) == ("待付定金", 258, True)
    paying = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"}, key="p").json()
    assert paying["amount"]["amount"] == 258

    with in_store(shop.ref):
        settle_payment(news=news_of(a_started_payment(Order.objects.get())), now=NOW)
    waiting = shop.phone.get(f"/orders/{order['id']}").json()
    assert (waiting["state"], waiting["state_label"]) == ("pending_payment", "待付尾款")
    assert (waiting["due"]["amount"], waiting["can_pay"], waiting["pickup_code"]) == (1032, False, None)
    assert waiting["presale"]["deposit_paid_at"] == "2026-11-20T12:00:00+08:00"
    assert waiting["presale"]["rule"] == RULE
    early = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"}, key="early")
    assert (early.status_code, early.json()["code"]) == (409, "balance_not_yet")

    with clock.at(later(days=1, hours=1)):
        due = shop.phone.get(f"/orders/{order['id']}").json()
        assert due["can_pay"]
        balance = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"}, key="b").json()
        assert balance["amount"]["amount"] == 1032
        with in_store(shop.ref):
            settle_payment(news=news_of(a_started_payment(Order.objects.get(), now=clock.now())), now=clock.now())
        done = shop.phone.get(f"/orders/{order['id']}").json()
    assert (done["state"], done["paid"]["amount"], done["due"]["amount"]) == ("paid", 1290, 0)
    assert len(done["pickup_code"]) == 8


def test_other_orders_have_none_of_it(shop: Shop) -> None:
    order = signed_in(shop.ref, shop.member).post("/orders", shop.order_words(), key="k").json()
    assert (order["presale"], order["due"]["amount"], order["state_label"]) == (None, 1290, "待付款")
    assert shop.phone.post("/quotes", {"lines": shop.order_words()["lines"]}).json()["presale"] is None
