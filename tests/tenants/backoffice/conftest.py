"""A boss, a clerk and a stranger, and browsers at acme's host that are or are not signed in."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from control.people.models import Person, Role
from control.people.services import give_seat, issue_pass, register_person
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.tenants.shelf import NOON

HOST = "acme.linli.test"
PASSWORD = "青菜-豆腐-88"
SignIn = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def boss(acme: StoreRef) -> Person:
    return _seated(acme, email="boss@acme.test", name="老板", role=Role.OWNER)


@pytest.fixture
def clerk(acme: StoreRef) -> Person:
    return _seated(acme, email="clerk@acme.test", name="小张", role=Role.CLERK)


@pytest.fixture
def stranger(rival: StoreRef) -> Person:
    """The boss of the shop next door."""
    return _seated(rival, email="boss@rival.test", name="隔壁老板", role=Role.OWNER)


@pytest.fixture
def sign_in(acme: StoreRef) -> SignIn:
    """Sign a person in at acme's host, the way one comes from the platform's."""

    def signed_in(person: Person) -> Client:
        client = anonymous()
        with in_control():
            token = issue_pass(person=person, merchant_id=acme.merchant_id, now=clock.now())
        client.get("/backoffice/enter", {"pass": token})
        return client

    return signed_in


@pytest.fixture
def desk(sign_in: SignIn, boss: Person) -> Client:
    """The boss, signed in."""
    return sign_in(boss)


def statements_of(client: Client, page: str) -> int:
    """Count the statements of a page; the host's store is known by then, as it is in a running server."""
    assert client.get(page).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    return len(asked)


def anonymous() -> Client:
    return Client(headers={"host": HOST})


def _seated(store: StoreRef, *, email: str, name: str, role: Role, now: datetime = NOON) -> Person:
    with in_control():
        person = register_person(email=email, phone="13812345678", password=PASSWORD, name=name, now=now)
        give_seat(person=person, merchant_id=store.merchant_id, role=role, now=now)
    return person
