"""Billing's tests run against the Stripe fake, in this process."""

from tests.billing.fixtures import racing_world, world
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["racing_world", "receiver", "stripe_fake", "stripe_server", "world"]
