"""One key, one effect: replays, mismatches, races, and answers lost on the way."""

import threading
import time
from typing import Any

import pytest
import stripe

from tests.simulators.stripe.fixtures import RunningFake

WISH: Any = {
    "amount": 9900,
    "currency": "cny",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "allowed_payment_method_types": ["card"],
}


def pay(client: stripe.StripeClient, key: str, **more: Any) -> stripe.PaymentIntent:
    wish: Any = {**WISH, **more}
    return client.v1.payment_intents.create(wish, {"idempotency_key": key})


def charges(client: stripe.StripeClient) -> int:
    return len(client.v1.charges.list({"limit": 100}).data)


def test_the_same_key_gives_the_same_answer_and_one_charge(client: stripe.StripeClient) -> None:
    first, second = pay(client, "k"), pay(client, "k")
    assert first.to_dict() == second.to_dict()
    answers = [each.last_response for each in (first, second)]
    replays = [answer.headers.get("Idempotent-Replayed") for answer in answers if answer is not None]
    assert replays == [None, "true"]
    assert charges(client) == 1


def test_a_decline_is_replayed_too(client: stripe.StripeClient) -> None:
    refs = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            pay(client, "k", payment_method="pm_card_chargeCustomerFail")
        refs.add(caught.value.json_body["error"]["payment_intent"]["id"])  # type: ignore[index]
    assert len(refs) == 1
    assert charges(client) == 1


def test_the_key_of_another_request_is_refused(client: stripe.StripeClient) -> None:
    pay(client, "k")
    with pytest.raises(stripe.IdempotencyError) as caught:
        pay(client, "k", amount=9901)
    assert caught.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({}, {"idempotency_key": "k"})
    assert charges(client) == 1


def test_a_request_that_failed_validation_leaves_its_key_free(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        pay(client, "k", confirmm=True)
    assert pay(client, "k").status == "succeeded"


def test_a_key_in_use_is_a_conflict(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    stripe_fake.pull("faults", kind="slow", seconds=1.0, path="/v1/payment_intents")
    slow = threading.Thread(target=pay, args=(client, "k"))
    slow.start()
    while not stripe_fake.read("requests")["requests"]:
        time.sleep(0.02)
    with pytest.raises(stripe.StripeError) as caught:
        pay(client, "k")
    slow.join()
    assert caught.value.http_status == 409
    assert charges(client) == 1


def test_a_500_after_the_effect_is_healed_by_the_same_key(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    stripe_fake.pull("faults", kind="500_after_effect", path="/v1/payment_intents")
    with pytest.raises(stripe.APIError):
        pay(client, "k")
    assert charges(client) == 1
    assert pay(client, "k").status == "succeeded"
    assert charges(client) == 1


def test_a_500_that_stripe_itself_kept_is_replayed(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    stripe_fake.pull("faults", kind="500_saved", path="/v1/payment_intents")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            pay(client, "k")
    assert charges(client) == 1
    assert client.v1.payment_intents.list().data[0].status == "succeeded"


@pytest.mark.parametrize("kind", ["500", "502_html", "429", "reset", "hang"])
def test_a_fault_before_the_effect_leaves_nothing(
    stripe_fake: RunningFake, client: stripe.StripeClient, kind: str
) -> None:
    stripe_fake.pull("faults", kind=kind, seconds=0.2, method="POST")
    with pytest.raises(stripe.StripeError):
        pay(client, "k")
    assert charges(client) == 0
    assert pay(client, "k").status == "succeeded"


@pytest.mark.parametrize("kind", ["reset_after_effect", "hang_after_effect"])
def test_a_broken_line_after_the_effect_is_healed_by_the_same_key(
    stripe_fake: RunningFake, client: stripe.StripeClient, kind: str
) -> None:
    stripe_fake.pull("faults", kind=kind, seconds=0.2)
    with pytest.raises(stripe.APIConnectionError):
        pay(client, "k")
    assert pay(client, "k").status == "succeeded"
    assert charges(client) == 1


def test_faults_are_counted_and_can_be_cleared(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    stripe_fake.pull("faults", kind="500", count=2, method="GET", path="/v1/customers")
    client.v1.customers.create()
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.customers.list()
    client.v1.customers.list()
    stripe_fake.pull("faults", kind="500", count=99)
    stripe_fake.pull("faults", clear=True)
    client.v1.customers.list()


def test_fifty_at_once_with_one_key_make_one_charge(client: stripe.StripeClient) -> None:
    ended: list[str] = []

    def try_it() -> None:
        try:
            ended.append(pay(client, "k").status)
        except stripe.StripeError as error:
            ended.append(str(error.http_status))

    threads = [threading.Thread(target=try_it) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(ended) <= {"succeeded", "409"}
    assert "succeeded" in ended
    assert charges(client) == 1
