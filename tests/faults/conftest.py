"""Fixtures of a billed store in a database of its own, for what happens under us while it works."""

from tests.billing.fixtures import racing_world
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["racing_world", "receiver", "stripe_fake", "stripe_server"]
