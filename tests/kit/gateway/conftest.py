"""The gateway, pointed at the fake by its own settings, with or without Django's."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from kit.gateway import client as gateway_client
from kit.gateway import webhooks as gateway_webhooks
from tests.simulators.stripe.fixtures import SECRET, RunningFake, client, receiver, stripe_fake, stripe_server

__all__ = ["client", "receiver", "stripe_fake", "stripe_server"]


@pytest.fixture(autouse=True)
def gateway_settings(stripe_fake: RunningFake, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """LINLI_STRIPE for this test; change it in place."""
    given: dict[str, object] = {
        "api_key": "sk_test_linli",
        "api_base": stripe_fake.url,
        "webhook_secret": SECRET,
        "timeout": 5,
    }
    for module in (gateway_client, gateway_webhooks):
        monkeypatch.setattr(module, "settings", SimpleNamespace(LINLI_STRIPE=given))
    yield given
    gateway_client.client_for.cache_clear()
