"""Webhooks arrive signed and, when told so, late, doubled, out of order, or not at all."""

import pytest
import stripe

from tests.simulators.receiver import Letter, Receiver
from tests.simulators.stripe.fixtures import SECRET, RunningFake


def believed(letter: Letter, *, secret: str = SECRET) -> stripe.Event:
    event: stripe.Event = stripe.Webhook.construct_event(letter.body, letter.signature, secret)
    return event


def test_a_payment_is_told_in_signed_letters(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    paid = client.v1.payment_intents.create(
        {
            "amount": 9900,
            "currency": "cny",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "allowed_payment_method_types": ["card"],
        },
        {"idempotency_key": "inv:1:attempt:1"},
    )
    stripe_fake.delivered()
    assert receiver.types() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    event = believed(receiver.letters[-1]).to_dict()
    assert event["data"]["object"]["id"] == paid.id
    assert event["request"]["idempotency_key"] == "inv:1:attempt:1"
    assert paid.last_response is not None
    assert event["request"]["id"] == paid.last_response.request_id
    with pytest.raises(stripe.SignatureVerificationError):
        believed(receiver.letters[-1], secret="whsec_other")
    assert client.v1.events.retrieve(event["id"]).to_dict()["pending_webhooks"] == 0
    assert [each.type for each in client.v1.events.list({"types": ["payment_intent.*"]}).data] == [
        "payment_intent.succeeded",
        "payment_intent.created",
    ]


def test_an_event_keeps_the_object_as_it_was_then(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = client.v1.customers.create({"name": "then"})
    client.v1.customers.update(made.id, {"name": "now"})
    stripe_fake.delivered()
    first, second = (letter.event["data"] for letter in receiver.letters)
    assert (first["object"]["name"], second["object"]["name"]) == ("then", "now")
    assert second["previous_attributes"]["name"] == "then"


def test_events_may_come_twice(stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver) -> None:
    stripe_fake.pull("webhooks", duplicates=2)
    client.v1.customers.create()
    stripe_fake.delivered()
    assert len(receiver.letters) == 3
    assert len({letter.event["id"] for letter in receiver.letters}) == 1


def test_events_may_come_in_any_order(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    stripe_fake.pull("webhooks", hold=True)
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(6)]
    stripe_fake.delivered()
    assert receiver.letters == []
    stripe_fake.pull("webhooks/release", order="reversed")
    assert [letter.event["data"]["object"]["id"] for letter in receiver.letters] == made[::-1]
    stripe_fake.pull("webhooks", hold=True)
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(6)]
    stripe_fake.pull("webhooks/release", order="shuffled", seed=7)
    came = [letter.event["data"]["object"]["id"] for letter in receiver.letters[6:]]
    assert sorted(came) == sorted(made)
    assert came != made


def test_events_may_be_lost_and_are_still_listed(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    stripe_fake.pull("webhooks", drop=1, drop_types=["customer.updated"])
    lost = client.v1.customers.create()
    client.v1.customers.update(lost.id, {"name": "x"})
    client.v1.customers.create()
    stripe_fake.delivered()
    assert receiver.types() == ["customer.created"]
    assert len(client.v1.events.list().data) == 3
    event = client.v1.events.list().data[-1]
    stripe_fake.pull("webhooks/redeliver", event=event.id, times=2)
    assert receiver.letters[-1].event["id"] == event.id
    assert len(receiver.letters) == 3


def test_events_may_be_late_by_the_fakes_clock(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    stripe_fake.pull("webhooks", delay_seconds=3600)
    client.v1.customers.create()
    stripe_fake.delivered()
    assert receiver.letters == []
    stripe_fake.pull("clock", advance_seconds=3601)
    stripe_fake.delivered()
    assert receiver.types() == ["customer.created"]


def test_a_receiver_that_fails_is_tried_again_with_growing_pauses(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 503]
    stripe_fake.pull("clock", frozen=True)
    client.v1.customers.create()
    stripe_fake.delivered()
    assert len(receiver.letters) == 1
    for pause, letters in ((4, 1), (2, 2), (50, 2), (11, 3), (301, 4), (100_000, 4)):
        stripe_fake.pull("clock", advance_seconds=pause)
        stripe_fake.delivered()
        assert len(receiver.letters) == letters
    assert len({letter.signature for letter in receiver.letters}) == 4  # each try is signed anew
    attempts = stripe_fake.read("webhooks")["attempts"]
    assert [each["status"] for each in attempts] == [500, 302, 503, 200]


def test_a_receiver_that_is_down_gets_its_letters_later(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    stripe_fake.pull("webhooks", url="http://127.0.0.1:9/none")
    client.v1.customers.create()
    stripe_fake.delivered()
    assert stripe_fake.read("webhooks")["attempts"][0]["status"] == 0
    stripe_fake.pull("webhooks", url=receiver.url)
    stripe_fake.pull("clock", advance_seconds=10)
    stripe_fake.delivered()
    assert receiver.types() == ["customer.created"]


@pytest.mark.parametrize("kind", ["wrong_secret", "no_signature", "stale", "tampered"])
def test_forged_letters_are_not_believed(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver, kind: str
) -> None:
    client.v1.customers.create()
    stripe_fake.delivered()
    assert believed(receiver.letters[0]).type == "customer.created"
    stripe_fake.pull("webhooks/forge", event=receiver.letters[0].event["id"], kind=kind)
    with pytest.raises(stripe.SignatureVerificationError):
        believed(receiver.letters[1])


def test_the_whole_life_of_a_card_is_told(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    owner = client.v1.customers.create()
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "customer": owner.id, "currency": "cny", "success_url": "https://example.cn/"}
    )
    assert session.url is not None
    card = {"card_number": "4000000000000259", "card_expiry": "12/40", "card_cvc": "123"}
    stripe_fake.http.post(session.url, data=card)
    method = client.v1.payment_methods.list({"customer": owner.id}).data[0]
    paid = client.v1.payment_intents.create(
        {
            "amount": 9900,
            "currency": "cny",
            "customer": owner.id,
            "payment_method": method.id,
            "confirm": True,
            "off_session": True,
        }
    )
    dispute = client.v1.disputes.list({"payment_intent": paid.id}).data[0]
    stripe_fake.pull("disputes/end", dispute=dispute.id, outcome="win")
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 900})
    stripe_fake.delivered()
    assert receiver.types() == [
        "customer.created",
        "setup_intent.created",
        "setup_intent.succeeded",
        "payment_method.attached",
        "checkout.session.completed",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "refund.created",
        "charge.refunded",
    ]
    assert all(believed(letter) for letter in receiver.letters)
