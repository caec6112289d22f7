"""Pytest fixtures that start the fake in this process; a conftest imports the ones it needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import stripe

from tests.simulators.receiver import Receiver
from tests.simulators.stripe.server import StripeFake

SECRET = "whsec_of_the_tests"


@dataclass
class RunningFake:
    """The fake as a test sees it: an address, its levers, and browsers without redirects."""

    url: str
    http: httpx.Client

    def pull(self, lever: str, **given: Any) -> dict[str, Any]:
        """This function will pull a lever under /_control and return its answer."""
        answer = self.http.post(f"{self.url}/_control/{lever}", json=given)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def read(self, lever: str) -> dict[str, Any]:
        answer = self.http.get(f"{self.url}/_control/{lever}")
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def delivered(self) -> None:
        """This function will wait until every webhook that is due has been sent."""
        assert self.pull("webhooks/wait", timeout=10)["idle"]


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[StripeFake]:
    """One fake for the whole run; ``stripe_fake`` empties it for each test."""
    server = StripeFake()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def stripe_fake(stripe_server: StripeFake) -> Iterator[RunningFake]:
    """An empty fake that sends its webhooks nowhere."""
    with httpx.Client(timeout=15) as http:
        fake = RunningFake(stripe_server.url, http)
        fake.pull("reset")
        fake.pull("webhooks", url="", secret=SECRET)
        yield fake


@pytest.fixture
def receiver(stripe_fake: RunningFake) -> Iterator[Receiver]:
    """Where the fake's webhooks go in this test."""
    receiver = Receiver()
    receiver.start()
    stripe_fake.pull("webhooks", url=receiver.url, secret=SECRET)
    yield receiver
    stripe_fake.pull("webhooks", url="")
    receiver.stop()


@pytest.fixture
def client(stripe_fake: RunningFake) -> Iterator[stripe.StripeClient]:
    """Stripe's official client, pointed at the fake."""
    http = stripe.RequestsClient(timeout=5)
    yield stripe.StripeClient(
        "sk_test_linli",
        base_addresses={"api": stripe_fake.url, "files": stripe_fake.url},
        max_network_retries=0,
        http_client=http,
    )
    http.close()  # type: ignore[no-untyped-call]
