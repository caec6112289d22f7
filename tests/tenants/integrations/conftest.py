"""An endpoint of acme's, and the receiver behind it."""

from collections.abc import Iterator

import pytest

from kit.tenancy import StoreRef
from tenants.integrations.events import EVENTS
from tenants.integrations.models import WebhookEndpoint
from tenants.integrations.services.endpoints import add_endpoint
from tests.factories.times import NOW
from tests.simulators.hooks import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def hooked(in_acme: StoreRef, receiver: Receiver) -> tuple[WebhookEndpoint, str]:
    """An endpoint told everything, and its secret."""
    return add_endpoint(url=receiver.url, event_types=list(EVENTS), by="boss@acme.test", by_name="老板", now=NOW)
