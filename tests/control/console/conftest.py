"""An operator at the platform's host, and a billed store to look at."""

from collections.abc import Iterator

import pytest
from django.test import Client

from control.people.models import Person
from control.people.services import register_person
from kit import clock
from kit.tenancy import in_control
from tests.billing.fixtures import world
from tests.billing.world import World
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["receiver", "stripe_fake", "stripe_server", "world"]

PASSWORD = "邻里-运营-2026"


@pytest.fixture
def operator(world: World) -> Person:
    with in_control():
        person = register_person(
            email="ops@linli.test", phone="13900000000", password=PASSWORD, name="小运", now=world.now
        )
        person.is_operator = True
        person.save()
    return person


@pytest.fixture
def at_console(world: World, operator: Person) -> Iterator[Client]:
    """A browser of the operator, signed in; the time inside the test is the world's."""
    client = Client(headers={"host": "linli.test"})
    with clock.at(world.now):
        client.post("/console/login", {"email": operator.email, "password": PASSWORD})
        yield client
