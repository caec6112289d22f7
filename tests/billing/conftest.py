"""Billing's tests run against the Stripe fake, in this process; its properties again, longer, in the nightly run."""

import pytest
from hypothesis import settings

from tests.billing.fixtures import racing_world, world
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["racing_world", "receiver", "stripe_fake", "stripe_server", "world"]
_LONG = settings(max_examples=1_000, deadline=None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let `make nightly` run every property too, with a thousand examples each instead of a hundred."""
    if config.option.markexpr != "nightly":
        return
    for item in items:
        test = getattr(item, "obj", None)
        if hasattr(test, "hypothesis"):
            _LONG(test)
            item.add_marker(pytest.mark.nightly)
