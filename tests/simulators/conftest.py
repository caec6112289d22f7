"""The simulators, started in this process on free ports."""

from tests.simulators.stripe.fixtures import client, receiver, stripe_fake, stripe_server

__all__ = ["client", "receiver", "stripe_fake", "stripe_server"]
