"""Webhooks: only what Stripe signed, lately, and as a whole."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from kit.gateway.client import GatewayMisuse
from kit.gateway.webhooks import BadSignature, verify_webhook
from tests.simulators.receiver import Letter, Receiver
from tests.simulators.stripe.fixtures import SECRET, RunningFake


@pytest.fixture
def letter(stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver) -> Letter:
    client.v1.customers.create({"name": "鲜邻社区"})
    stripe_fake.delivered()
    return receiver.letters[0]


def test_a_signed_letter_becomes_an_event(letter: Letter) -> None:
    now = datetime.now(UTC)
    event = verify_webhook(payload=letter.body, signature=letter.signature, now=now)
    assert (event.type, event.object_type) == ("customer.created", "customer")
    assert event.object_id == event.payload["data"]["object"]["id"]
    assert event.id == letter.event["id"]
    assert abs(event.created - now) < timedelta(seconds=60)


@pytest.mark.parametrize("kind", ["wrong_secret", "no_signature", "stale", "tampered"])
def test_forged_letters_are_refused(stripe_fake: RunningFake, receiver: Receiver, letter: Letter, kind: str) -> None:
    stripe_fake.pull("webhooks/forge", event=letter.event["id"], kind=kind)
    forged = receiver.letters[-1]
    with pytest.raises(BadSignature):
        verify_webhook(payload=forged.body, signature=forged.signature, now=datetime.now(UTC))


def test_an_old_letter_is_a_replay_by_the_clock_we_are_told(letter: Letter) -> None:
    for shift in (timedelta(minutes=6), timedelta(minutes=-6)):
        with pytest.raises(BadSignature):
            verify_webhook(payload=letter.body, signature=letter.signature, now=datetime.now(UTC) + shift)


def test_a_recorded_letter_is_not_made_fresh_by_a_second_moment(letter: Letter) -> None:
    later = datetime.now(UTC) + timedelta(days=3)
    stamp = f"t={int(later.timestamp())}"
    for renewed in (f"{letter.signature},{stamp}", f"{letter.signature}, {stamp}", f"{stamp},{letter.signature}"):
        with pytest.raises(BadSignature):
            verify_webhook(payload=letter.body, signature=renewed, now=later)


def test_one_good_signature_of_several_is_enough_while_a_secret_is_changed(letter: Letter) -> None:
    stamp, good = letter.signature.split(",", 1)
    for several in (f"{stamp},v1={'0' * 64},{good}", f"{stamp},{good},v0=abc"):
        event = verify_webhook(payload=letter.body, signature=several, now=datetime.now(UTC))
        assert event.id == letter.event["id"]
    with pytest.raises(BadSignature):
        verify_webhook(payload=letter.body, signature=f"{stamp},v0={good[3:]}", now=datetime.now(UTC))


def test_letters_follow_the_fakes_clock(
    stripe_fake: RunningFake, client: stripe.StripeClient, receiver: Receiver
) -> None:
    stripe_fake.pull("clock", at="2027-01-01T00:30:00+08:00")
    client.v1.customers.create()
    stripe_fake.delivered()
    letter = receiver.letters[0]
    moment = datetime(2026, 12, 31, 16, 31, tzinfo=UTC)
    assert verify_webhook(payload=letter.body, signature=letter.signature, now=moment).type == "customer.created"


@pytest.mark.parametrize("signature", ["", "t=,v1=", "t=abc,v1=00", "nonsense", "v1=00", "t=1", "t=1=2,v1=3,,="])
def test_broken_signatures_are_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify_webhook(payload=b"{}", signature=signature, now=datetime.now(UTC))


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"object": "event"}', json.dumps({"object": "list"}).encode()],
)
def test_a_signed_letter_that_is_no_event_is_refused(payload: bytes) -> None:
    now = datetime.now(UTC)
    signature = stripe.WebhookSignature.generate_signature_header(
        payload.decode("utf-8", "replace"), SECRET, int(now.timestamp())
    )
    with pytest.raises(BadSignature):
        verify_webhook(payload=payload, signature=signature, now=now)


def test_without_a_secret_nothing_is_believed(gateway_settings: dict[str, object], letter: Letter) -> None:
    gateway_settings["webhook_secret"] = ""
    with pytest.raises(GatewayMisuse):
        verify_webhook(payload=letter.body, signature=letter.signature, now=datetime.now(UTC))
