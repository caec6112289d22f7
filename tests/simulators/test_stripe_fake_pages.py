"""The hosted pages: what a cardholder fills in becomes a saved card, a payment, or a clear sentence."""

from typing import Any

import httpx
import pytest
import stripe

from tests.simulators.stripe.fixtures import RunningFake

CARD = {"card_number": "4242 4242 4242 4242", "card_expiry": "12 / 40", "card_cvc": "123", "card_name": "王 秀英"}
SUCCESS = "https://merchant.example.cn/cards/saved?setup={CHECKOUT_SESSION_ID}"
CANCEL = "https://merchant.example.cn/cards"


def open_setup(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    owner = client.v1.customers.create({"name": "鲜邻<b>社区", "email": "a@example.cn"})
    wish: Any = {
        "mode": "setup",
        "customer": owner.id,
        "allowed_payment_method_types": ["card"],
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
    }
    wish.update(more)
    return client.v1.checkout.sessions.create(wish)


def fill(fake: RunningFake, session: stripe.checkout.Session, **changes: str) -> httpx.Response:
    assert session.url is not None
    return fake.http.post(session.url, data={**CARD, **changes})


def test_a_card_is_saved_and_then_charged_without_its_owner(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    session = open_setup(client)
    assert session.url is not None
    page = stripe_fake.http.get(session.url)
    assert page.status_code == 200
    assert "绑定银行卡" in page.text
    assert "鲜邻&lt;b&gt;社区" in page.text
    sent = fill(stripe_fake, session)
    assert sent.status_code == 303
    assert sent.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]}).to_dict()
    assert (done["status"], done["payment_status"], done["url"]) == ("complete", "no_payment_required", None)
    method = done["setup_intent"]["payment_method"]
    assert (method["customer"], method["card"]["last4"], method["card"]["exp_year"]) == (session.customer, "4242", 2040)
    paid = client.v1.payment_intents.create(
        {
            "amount": 29900,
            "currency": "cny",
            "customer": str(session.customer),
            "payment_method": method["id"],
            "off_session": True,
            "confirm": True,
        }
    )
    assert paid.status == "succeeded"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"card_number": ""}, "card_number", "请填写这一项。"),
        ({"card_cvc": "  "}, "card_cvc", "请填写这一项。"),
        ({"card_expiry": "1"}, "card_expiry", "月/年"),
        ({"card_expiry": "13/40"}, "card_expiry", "月份不对"),
        ({"card_expiry": "01/20"}, "card_expiry", "已过有效期"),
        ({"card_number": "4242 4242 4242 4241"}, "card_number", "卡号不正确"),
        ({"card_number": "4000 0000 0000 0002"}, "card_number", "银行拒绝"),
        ({"card_number": "4000 0000 0000 9995"}, "card_number", "余额不足"),
        ({"card_number": "5105 1051 0510 5100"}, "card_number", "请勿填写真实银行卡"),
        ({"card_cvc": "12"}, "card_cvc", "位数不对"),
        ({"card_number": "hello"}, "card_number", "卡号不正确"),
    ],
)
def test_a_wrong_card_gets_a_sentence_beside_the_field_and_loses_nothing(
    stripe_fake: RunningFake, client: stripe.StripeClient, changes: dict[str, str], field: str, sentence: str
) -> None:
    session = open_setup(client)
    answer = fill(stripe_fake, session, **changes)
    assert answer.status_code in (402, 422)
    beside = answer.text.split(f'id="{field}-wrong">')[1].split("</p>")[0]
    assert sentence in beside
    assert "王 秀英" in answer.text
    assert 'value="123"' not in answer.text  # the security code is never shown again
    # and the page still works
    assert fill(stripe_fake, session).status_code == 303


def test_3d_secure_stands_between_the_card_and_the_end(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    session = open_setup(client)
    asked = fill(stripe_fake, session, card_number="4000002500003155")
    assert "/pay/3ds/seti_" in asked.headers["Location"]
    question = f"{stripe_fake.url}{asked.headers['Location']}"
    assert "确认，是我本人" in stripe_fake.http.get(question).text
    refused = stripe_fake.http.post(question, data={"outcome": "fail"})
    again = stripe_fake.http.get(f"{stripe_fake.url}{refused.headers['Location']}")
    assert "验证没有通过" in again.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    asked = fill(stripe_fake, session, card_number="4000002500003155")
    approved = stripe_fake.http.post(f"{stripe_fake.url}{asked.headers['Location']}", data={"outcome": "approve"})
    assert approved.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_payment_page_takes_the_money(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    session = open_setup(
        client,
        mode="payment",
        line_items=[
            {
                "price_data": {"currency": "cny", "unit_amount": 29900, "product_data": {"name": "成长版"}},
                "quantity": 2,
            }
        ],
        payment_intent_data={"metadata": {"invoice": "7"}},
    )
    assert session.url is not None
    assert "¥598.00" in stripe_fake.http.get(session.url).text
    assert fill(stripe_fake, session, card_number="4000000000000341").status_code == 402
    assert fill(stripe_fake, session).status_code == 303
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).to_dict()
    assert (done["payment_status"], done["amount_total"]) == ("paid", 59800)
    assert (done["payment_intent"]["amount_received"], done["payment_intent"]["metadata"]) == (59800, {"invoice": "7"})


def test_the_page_speaks_english_when_asked(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    session = open_setup(client)
    assert session.url is not None
    assert "Save a card" in stripe_fake.http.get(session.url, headers={"Accept-Language": "en-GB"}).text
    assert "Save a card" in stripe_fake.http.get(f"{session.url}?lang=en").text
    assert "declined" in fill(stripe_fake, session, card_number="4000000000000002", lang="en").text
    chinese = open_setup(client, locale="zh")
    assert chinese.url is not None
    assert "绑定银行卡" in stripe_fake.http.get(chinese.url, headers={"Accept-Language": "en"}).text


def test_a_page_ends_after_a_day_or_when_told(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    old, told = open_setup(client), open_setup(client)
    assert old.url is not None
    client.v1.checkout.sessions.expire(told.id)
    stripe_fake.pull("clock", advance_seconds=86401)
    answer = stripe_fake.http.get(old.url)
    assert answer.status_code == 410
    assert "页面已过期" in answer.text
    assert CANCEL in answer.text
    assert {client.v1.checkout.sessions.retrieve(each.id).status for each in (old, told)} == {"expired"}
    assert fill(stripe_fake, old).headers["Location"].startswith("/pay/checkout/")


def test_a_finished_page_leads_back_and_takes_no_second_card(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    session = open_setup(client)
    fill(stripe_fake, session)
    assert session.url is not None
    assert "已经完成" in stripe_fake.http.get(session.url).text
    fill(stripe_fake, session, card_number="5555555555554444")
    assert len(client.v1.payment_methods.list({"customer": str(session.customer)}).data) == 1


def test_unknown_pages_say_so_and_nothing_comes_from_outside(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    for path in ("/pay/checkout/cs_test_nothing", "/pay/3ds/pi_nothing", "/nothing", "/pay/receipts/ch_nothing"):
        answer = stripe_fake.http.get(f"{stripe_fake.url}{path}")
        assert answer.status_code == 404
        assert "没有这个页面" in answer.text
    session = open_setup(client)
    assert session.url is not None
    page = stripe_fake.http.get(session.url).text
    assert "src=" not in page
    assert page.count("http") == page.count(CANCEL)
    assert stripe_fake.http.get(stripe_fake.url).status_code == 200
