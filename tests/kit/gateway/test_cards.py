"""Saving a card and charging it: every way it can end, and none of them twice."""

import threading
import time
from typing import Any

import pytest
import stripe

from kit.gateway.cards import (
    ChargeResult,
    ChargeState,
    abandon_charge,
    ask_cardholder,
    charge_saved_card,
    ensure_customer,
    find_charge,
    open_card_setup,
    read_card_setup,
    read_charge,
)
from kit.gateway.client import GatewayMisuse, GatewayUnknown
from tests.simulators.stripe.fixtures import RunningFake

SUCCESS = "https://shop.example.cn/back?setup={CHECKOUT_SESSION_ID}"
CANCEL = "https://shop.example.cn/back"


def payer(name: str = "鲜邻社区") -> str:
    return ensure_customer(ref="acct-1", name=name, email="boss@example.cn")


def saved(fake: RunningFake, owner: str, number: str = "4242424242424242") -> str:
    """Save a card the way a merchant does: on the page."""
    setup = open_card_setup(customer_ref=owner, success_url=SUCCESS, cancel_url=CANCEL, key=f"setup:{number}")
    sent = fake.http.post(setup.url, data={"card_number": number, "card_expiry": "12/40", "card_cvc": "123"})
    if "/pay/3ds/" in sent.headers["Location"]:
        sent = fake.http.post(f"{fake.url}{sent.headers['Location']}", data={"outcome": "approve"})
    assert sent.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", setup.id)
    card = read_card_setup(setup_id=setup.id)
    assert card is not None
    assert card.customer_ref == owner
    return card.payment_method_ref


def charge(owner: str, method: str, key: str = "inv:1:attempt:1", **more: Any) -> ChargeResult:
    given: dict[str, Any] = {
        "amount": 29_900,
        "currency": "CNY",
        "description": "成长版 2027-01",
        "metadata": {"invoice": "1"},
    }
    return charge_saved_card(customer_ref=owner, payment_method_ref=method, key=key, **{**given, **more})


def test_the_same_payer_is_never_made_twice(client: stripe.StripeClient) -> None:
    assert payer() == payer()
    assert payer("鲜邻生活") == payer()
    assert ensure_customer(ref="acct-2", name="别家", email="boss@example.cn") != payer()
    assert len(client.v1.customers.list().data) == 2


def test_a_card_is_saved_on_the_page_and_charged_once_for_a_key(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    first, again = charge(owner, method), charge(owner, method)
    assert first == again
    assert (first.state, first.amount, first.currency) == (ChargeState.SUCCEEDED, 29_900, "CNY")
    assert (first.decline_code, first.message, first.action_url) == (None, "", None)
    assert read_charge(ref=first.ref) == first
    assert find_charge(customer_ref=owner, key="inv:1:attempt:1") == first
    assert find_charge(customer_ref=owner, key="inv:1:attempt:2") is None
    assert len(client.v1.charges.list().data) == 1
    told = client.v1.payment_intents.retrieve(first.ref).to_dict()
    assert told["metadata"] == {"invoice": "1", "linli_key": "inv:1:attempt:1"}


def test_what_was_saved_is_told(stripe_fake: RunningFake) -> None:
    setup = open_card_setup(customer_ref=payer(), success_url=SUCCESS, cancel_url=CANCEL, key="s")
    assert read_card_setup(setup_id=setup.id) is None
    stripe_fake.http.post(
        setup.url, data={"card_number": "5555555555554444", "card_expiry": "03/41", "card_cvc": "123"}
    )
    card = read_card_setup(setup_id=setup.id)
    assert card is not None
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("mastercard", "4444", 3, 2041)
    assert read_card_setup(setup_id="cs_test_someone_made_this_up") is None


@pytest.mark.parametrize(
    ("number", "decline_code"), [("4000000000000341", "generic_decline"), ("4100000000000019", "fraudulent")]
)
def test_a_decline_is_a_result(stripe_fake: RunningFake, number: str, decline_code: str) -> None:
    owner = payer()
    result = charge(owner, saved(stripe_fake, owner, number))
    assert (result.state, result.decline_code) == (ChargeState.FAILED, decline_code)
    assert result.message.startswith("Your card was declined")
    assert read_charge(ref=result.ref) == result


def test_an_absent_owner_is_asked_later_and_the_same_charge_is_paid(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    owner = payer()
    method = saved(stripe_fake, owner, "4000002760003184")
    waiting = charge(owner, method)
    assert (waiting.state, waiting.action_url) == (ChargeState.REQUIRES_ACTION, None)
    asked = ask_cardholder(
        ref=waiting.ref, payment_method_ref=method, return_url="https://shop.example.cn/paid", key="inv:1:attempt:1:ask"
    )
    assert (asked.state, asked.ref) == (ChargeState.REQUIRES_ACTION, waiting.ref)
    assert asked.action_url is not None
    back = stripe_fake.http.post(asked.action_url, data={"outcome": "approve"})
    assert back.headers["Location"].startswith("https://shop.example.cn/paid?")
    assert read_charge(ref=waiting.ref).state is ChargeState.SUCCEEDED
    assert [each.paid for each in client.v1.charges.list().data] == [True, False]


def test_a_present_owner_is_sent_to_their_bank_at_once(stripe_fake: RunningFake) -> None:
    owner = payer()
    method = saved(stripe_fake, owner, "4000000000003220")
    asked = charge(owner, method, return_url="https://shop.example.cn/paid")
    assert asked.action_url is not None
    stripe_fake.http.post(asked.action_url, data={"outcome": "fail"})
    ended = read_charge(ref=asked.ref)
    assert (ended.state, ended.decline_code) == (ChargeState.FAILED, "payment_intent_authentication_failure")


def test_an_abandoned_charge_can_never_be_paid(stripe_fake: RunningFake) -> None:
    owner = payer()
    method = saved(stripe_fake, owner, "4000000000003220")
    asked = charge(owner, method, return_url="https://shop.example.cn/paid")
    assert asked.action_url is not None
    ended = abandon_charge(ref=asked.ref, key="inv:1:attempt:1:abandon")
    assert (ended.state, ended.decline_code) == (ChargeState.FAILED, "cancelled")
    stripe_fake.http.post(asked.action_url, data={"outcome": "approve"})
    assert read_charge(ref=asked.ref).state is ChargeState.FAILED


def test_abandoning_a_paid_charge_tells_that_it_is_paid(stripe_fake: RunningFake) -> None:
    owner = payer()
    paid = charge(owner, saved(stripe_fake, owner))
    assert abandon_charge(ref=paid.ref, key="x").state is ChargeState.SUCCEEDED


def test_a_charge_may_be_left_processing(stripe_fake: RunningFake) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    stripe_fake.pull("payments/hold", next=1)
    waiting = charge(owner, method)
    assert waiting.state is ChargeState.PROCESSING
    stripe_fake.pull("payments/settle", payment_intent=waiting.ref, outcome="succeed")
    assert read_charge(ref=waiting.ref).state is ChargeState.SUCCEEDED


@pytest.mark.parametrize("kind", ["500_after_effect", "reset_after_effect", "hang_after_effect"])
def test_an_answer_lost_on_the_way_is_unknown_and_the_same_key_finds_out(
    stripe_fake: RunningFake,
    client: stripe.StripeClient,
    gateway_settings: dict[str, object],
    kind: str,
) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    gateway_settings["timeout"] = 0.5
    stripe_fake.pull("faults", kind=kind, seconds=1, path="/v1/payment_intents")
    with pytest.raises(GatewayUnknown):
        charge(owner, method)
    gateway_settings["timeout"] = 5
    found = find_charge(customer_ref=owner, key="inv:1:attempt:1")
    assert found is not None
    assert found.state is ChargeState.SUCCEEDED
    assert charge(owner, method) == found
    assert len(client.v1.charges.list().data) == 1


def test_a_500_that_stripe_replays_is_cleared_up_by_looking(stripe_fake: RunningFake) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    stripe_fake.pull("faults", kind="500_saved", path="/v1/payment_intents")
    for _ in range(2):
        with pytest.raises(GatewayUnknown):
            charge(owner, method)
    found = find_charge(customer_ref=owner, key="inv:1:attempt:1")
    assert found is not None
    assert found.state is ChargeState.SUCCEEDED


@pytest.mark.parametrize("kind", ["500", "502_html", "429", "reset", "hang"])
def test_no_trouble_on_the_line_is_ever_called_a_failure(
    stripe_fake: RunningFake, gateway_settings: dict[str, object], kind: str
) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    gateway_settings["timeout"] = 0.5
    stripe_fake.pull("faults", kind=kind, seconds=1)
    with pytest.raises(GatewayUnknown):
        charge(owner, method)
    gateway_settings["timeout"] = 5
    assert find_charge(customer_ref=owner, key="inv:1:attempt:1") is None
    assert charge(owner, method).state is ChargeState.SUCCEEDED


def test_a_key_whose_first_request_still_runs_is_unknown(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    stripe_fake.pull("faults", kind="slow", seconds=1, path="/v1/payment_intents")
    first = threading.Thread(target=charge, args=(owner, method))
    first.start()
    deadline = time.monotonic() + 5
    while stripe_fake.read("requests")["requests"][-1]["path"] != "/v1/payment_intents":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with pytest.raises(GatewayUnknown):
        charge(owner, method)
    first.join()
    assert charge(owner, method).state is ChargeState.SUCCEEDED
    assert len(client.v1.charges.list().data) == 1


def test_nobody_at_the_address_is_unknown_too(gateway_settings: dict[str, object]) -> None:
    gateway_settings["api_base"] = "http://127.0.0.1:9"
    with pytest.raises(GatewayUnknown):
        read_charge(ref="pi_1")


def test_our_own_mistakes_are_named_as_such(stripe_fake: RunningFake, gateway_settings: dict[str, object]) -> None:
    owner = payer()
    method = saved(stripe_fake, owner)
    charge(owner, method)
    with pytest.raises(GatewayMisuse, match="same parameters"):
        charge(owner, method, amount=1_000)
    with pytest.raises(GatewayMisuse, match="above zero"):
        charge(owner, method, key="k2", amount=0)
    with pytest.raises(GatewayMisuse, match="at least"):
        charge(owner, method, key="k3", amount=1)
    with pytest.raises(GatewayMisuse):
        charge("cus_nobody", method, key="k4")
    with pytest.raises(GatewayMisuse):
        read_charge(ref="pi_nothing")
    gateway_settings["api_key"] = "sk_live_wrong"
    with pytest.raises(GatewayMisuse):
        read_charge(ref="pi_nothing")
    gateway_settings["api_key"] = ""
    with pytest.raises(GatewayMisuse, match="no api_key"):
        read_charge(ref="pi_nothing")
