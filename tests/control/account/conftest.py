"""An owner and a clerk of a billed store, signed in at its host, with the tests' clock."""

from typing import Any

import pytest
from django.test import Client

from control.people.models import Role
from control.people.services import give_seat, issue_pass, register_person
from kit import clock
from kit.tenancy import in_control
from tests.billing.fixtures import world
from tests.billing.world import World
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["receiver", "stripe_fake", "stripe_server", "world"]

HOST = "acme.linli.test"


class Desk:
    """A browser at the store's host; the time is the world's."""

    def __init__(self, world: World, role: Role) -> None:
        self.world, self.client = world, Client(headers={"host": HOST})
        with clock.at(world.now), in_control():
            person = register_person(
                email=f"{role}@acme.test", phone="13800000009", password="青菜-豆腐-88", name=str(role), now=world.now
            )
            give_seat(person=person, merchant_id=world.store.merchant_id, role=role, now=world.now)
            token = issue_pass(person=person, merchant_id=world.store.merchant_id, now=world.now)
        with clock.at(world.now):
            self.client.get("/backoffice/enter", {"pass": token})

    def get(self, path: str = "", **query: str) -> str:
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.status_code
        return str(answer.content.decode())

    def ask(self, path: str = "", **query: str) -> Any:
        with clock.at(self.world.now):
            return self.client.get(f"/backoffice/account/{path}", query)

    def post(self, path: str, **given: str) -> Any:
        with clock.at(self.world.now):
            return self.client.post(f"/backoffice/account/{path}", given)


@pytest.fixture
def owner(world: World) -> Desk:
    return Desk(world, Role.OWNER)


@pytest.fixture
def clerk(world: World) -> Desk:
    return Desk(world, Role.CLERK)
