"""Every documented test card does what Stripe says it does."""

from typing import Any

import pytest
import stripe

from tests.simulators.stripe.fixtures import RunningFake

BACK = "https://example.cn/back"


def buyer(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"name": "鲜邻社区"}).id


def keep(client: stripe.StripeClient, owner: str, token: str) -> str:
    return client.v1.payment_methods.attach(token, {"customer": owner}).id


def charge(client: stripe.StripeClient, owner: str, method: str, **more: Any) -> stripe.PaymentIntent:
    wish: Any = {"amount": 9900, "currency": "cny", "customer": owner, "payment_method": method, "confirm": True}
    wish.update({"off_session": True, **more})
    return client.v1.payment_intents.create(wish)


def body_of(error: stripe.StripeError) -> dict[str, Any]:
    assert isinstance(error.json_body, dict)
    told: dict[str, Any] = error.json_body["error"]
    return told


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
    ],
)
def test_a_bad_card_can_neither_be_kept_nor_charged(
    client: stripe.StripeClient, token: str, code: str, decline_code: str | None
) -> None:
    owner = buyer(client)
    with pytest.raises(stripe.CardError) as kept:
        keep(client, owner, token)
    with pytest.raises(stripe.CardError) as charged:
        charge(client, owner, token)
    for error in (kept.value, charged.value):
        assert (error.http_status, error.code, body_of(error).get("decline_code")) == (402, code, decline_code)
    intent = body_of(charged.value)["payment_intent"]
    assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)
    assert intent["last_payment_error"]["code"] == code
    failed = client.v1.charges.retrieve(intent["latest_charge"]).to_dict()
    assert (failed["status"], failed["paid"], failed["failure_code"]) == ("failed", False, code)
    assert client.v1.balance_transactions.list().data == []


def test_one_card_lets_itself_be_kept_and_then_refuses(client: stripe.StripeClient) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as caught:
        charge(client, owner, method)
    assert body_of(caught.value)["decline_code"] == "generic_decline"


def test_a_card_is_charged_again_and_again_without_its_owner(client: stripe.StripeClient) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_unionpay")
    for _ in range(2):
        assert charge(client, owner, method).status == "succeeded"
    (kept,) = client.v1.customers.payment_methods.list(owner).data
    assert kept.card is not None
    assert (kept.id, kept.card.brand, kept.card.last4) == (method, "unionpay", "0005")


def test_a_method_of_another_customer_or_a_detached_one_is_refused(client: stripe.StripeClient) -> None:
    owner, other = buyer(client), buyer(client)
    method = keep(client, owner, "pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        charge(client, other, method)
    client.v1.payment_methods.detach(method)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        charge(client, owner, method)
    assert client.v1.payment_intents.list().data == []


def test_3155_asks_once_when_it_is_kept_and_never_again_off_session(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    owner = buyer(client)
    setup = client.v1.setup_intents.create(
        {
            "customer": owner,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "return_url": BACK,
        }
    ).to_dict()
    assert setup["status"] == "requires_action"
    page = setup["next_action"]["redirect_to_url"]["url"]
    back = stripe_fake.http.post(page, data={"outcome": "approve"})
    assert back.headers["Location"].startswith(f"{BACK}?setup_intent={setup['id']}&")
    assert back.headers["Location"].endswith("redirect_status=succeeded")
    assert client.v1.setup_intents.retrieve(setup["id"]).status == "succeeded"
    assert charge(client, owner, setup["payment_method"]).status == "succeeded"


def test_3155_needs_its_owner_when_it_was_never_set_up(client: stripe.StripeClient) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_authenticationRequiredOnSetup")
    with pytest.raises(stripe.CardError) as caught:
        charge(client, owner, method)
    assert (caught.value.code, body_of(caught.value)["decline_code"]) == ("authentication_required",) * 2


@pytest.mark.parametrize("outcome", ["approve", "fail"])
def test_a_card_that_always_asks_is_confirmed_by_its_owner(
    stripe_fake: RunningFake, client: stripe.StripeClient, outcome: str
) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_threeDSecure2Required")
    with pytest.raises(stripe.CardError) as caught:
        charge(client, owner, method)
    ref = body_of(caught.value)["payment_intent"]["id"]
    asked = client.v1.payment_intents.confirm(ref, {"payment_method": method, "return_url": BACK}).to_dict()
    assert asked["status"] == "requires_action"
    page = asked["next_action"]["redirect_to_url"]["url"]
    assert "发卡银行验证" in stripe_fake.http.get(page).text
    back = stripe_fake.http.post(page, data={"outcome": outcome})
    ended = client.v1.payment_intents.retrieve(ref).to_dict()
    if outcome == "approve":
        assert (ended["status"], ended["amount_received"]) == ("succeeded", 9900)
        assert "redirect_status=succeeded" in back.headers["Location"]
    else:
        assert ended["status"] == "requires_payment_method"
        assert ended["last_payment_error"]["code"] == "payment_intent_authentication_failure"
        assert "redirect_status=failed" in back.headers["Location"]
    # the answer counts once: a second click changes nothing
    stripe_fake.http.post(page, data={"outcome": "approve"})
    assert client.v1.payment_intents.retrieve(ref).status == ended["status"]


def test_a_card_may_decline_even_after_its_owner_confirmed(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    asked = charge(client, owner, method, off_session=False, return_url=BACK)
    stripe_fake.pull("payments/authenticate", payment_intent=asked.id, outcome="approve")
    ended = client.v1.payment_intents.retrieve(asked.id).to_dict()
    assert ended["last_payment_error"]["decline_code"] == "insufficient_funds"


def test_a_card_set_up_before_asks_only_when_its_owner_is_there(client: stripe.StripeClient) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_authenticationRequiredSetupForOffSession")
    assert charge(client, owner, method).status == "succeeded"
    assert charge(client, owner, method, off_session=False, return_url=BACK).status == "requires_action"


def test_on_session_without_a_way_back_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        charge(client, buyer(client), "pm_card_visa", off_session=False)


def test_a_card_expires_when_the_clock_says_so(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_visa")
    stripe_fake.pull("clock", advance_seconds=3 * 366 * 86400)
    with pytest.raises(stripe.CardError) as caught:
        charge(client, owner, method)
    assert caught.value.code == "expired_card"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"number": "4242424242424241", "exp_month": 12, "exp_year": 2040}, "incorrect_number"),
        ({"number": "4242424242424242", "exp_month": 13, "exp_year": 2040}, "invalid_expiry_month"),
        ({"number": "4242424242424242", "exp_month": 1, "exp_year": 2020}, "invalid_expiry_year"),
        ({"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "cvc": "12"}, "invalid_cvc"),
        ({"number": "5105105105105100", "exp_month": 1, "exp_year": 2040}, "card_declined"),
    ],
)
def test_wrong_card_details_are_refused(client: stripe.StripeClient, card: Any, code: str) -> None:
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.create({"type": "card", "card": card})
    assert caught.value.code == code


def test_a_payment_ends_once(client: stripe.StripeClient) -> None:
    owner = buyer(client)
    paid = charge(client, owner, keep(client, owner, "pm_card_visa"))
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded"):
        client.v1.payment_intents.confirm(paid.id, {"payment_method": "pm_card_visa", "return_url": BACK})
    with pytest.raises(stripe.InvalidRequestError, match="cannot cancel"):
        client.v1.payment_intents.cancel(paid.id)
    waiting = client.v1.payment_intents.create({"amount": 500, "currency": "cny"})
    assert client.v1.payment_intents.cancel(waiting.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="cannot confirm"):
        client.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa", "return_url": BACK})


def test_a_payment_can_be_left_processing_and_settled(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    owner = buyer(client)
    method = keep(client, owner, "pm_card_visa")
    stripe_fake.pull("payments/hold", next=2)
    good, bad = charge(client, owner, method), charge(client, owner, method)
    assert (good.status, bad.status) == ("processing", "processing")
    stripe_fake.pull("payments/settle", payment_intent=good.id, outcome="succeed")
    stripe_fake.pull("payments/settle", payment_intent=bad.id, outcome="fail")
    assert client.v1.payment_intents.retrieve(good.id).status == "succeeded"
    assert client.v1.payment_intents.retrieve(bad.id).status == "requires_payment_method"
