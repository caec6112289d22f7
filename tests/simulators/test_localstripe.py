"""A smoke test against a second, foreign simulator: our client speaks to something we did not write.

localstripe knows too little for our money logic (no disputes, no idempotency, no guard against refunding twice); it
only proves the wiring: address, key, form encoding, errors, signed webhooks. It is a test tool under the GPL, started
from its own package in a process of its own, on the loopback alone and without its shared state file.
"""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
import stripe

from config.servers.ports import free_port
from tests.simulators.receiver import Receiver

START = """
import sys, localstripe.server as server
from aiohttp import web
type(server.store).dump_to_disk = lambda self: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""
SECRET = "whsec_smoke"
GOOD, REFUSED = "4242424242424242", "4000000000000002"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if importlib.util.find_spec("localstripe") is None:
        pytest.skip("localstripe is not installed: nothing foreign was spoken to")
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", START, str(port)], stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        if not _answers(url):
            process.kill()
            said = (process.stderr.read() if process.stderr else b"").decode()[-500:]
            pytest.skip(f"localstripe did not start, so nothing foreign was spoken to: {said}")
        yield url
    finally:
        process.kill()
        process.communicate()


def _answers(url: str) -> bool:
    for _try in range(150):
        try:
            return httpx.get(f"{url}/v1/customers", auth=("sk_test_smoke", "")).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
    return False


@pytest.fixture
def client(address: str) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient(timeout=10)
    yield stripe.StripeClient("sk_test_smoke", base_addresses={"api": address}, http_client=http)
    http.close()  # type: ignore[no-untyped-call]


def charge(client: stripe.StripeClient, number: str) -> stripe.PaymentIntent:
    payer = client.v1.customers.create({"name": "绿家", "email": "boss@acme.test"})
    method = client.v1.payment_methods.create(
        {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}}
    )
    client.v1.payment_methods.attach(method.id, {"customer": payer.id})
    return client.v1.payment_intents.create(
        {
            "amount": 29_800,
            "currency": "cny",
            "customer": payer.id,
            "payment_method": method.id,
            "confirm": True,
            "off_session": True,
        }
    )


def test_a_saved_card_is_charged(client: stripe.StripeClient) -> None:
    paid = charge(client, GOOD)

    assert (paid.status, paid.amount, paid.currency) == ("succeeded", 29_800, "cny")


def test_a_declined_card_says_so(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError):
        charge(client, REFUSED)


def test_its_webhooks_are_signed_the_way_ours_are_checked(client: stripe.StripeClient, address: str) -> None:
    receiver = Receiver()
    receiver.start()
    try:
        httpx.post(f"{address}/_config/webhooks/smoke", data={"url": receiver.url, "secret": SECRET})
        charge(client, GOOD)
        for _try in range(100):
            if "payment_intent.succeeded" in receiver.types():
                break
            time.sleep(0.1)
        letter = next(each for each in receiver.letters if each.event["type"] == "payment_intent.succeeded")
    finally:
        receiver.stop()

    stripe.WebhookSignature.verify_header(letter.body.decode(), letter.signature, SECRET, tolerance=None)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(letter.body.decode(), letter.signature, "whsec_other", tolerance=None)
