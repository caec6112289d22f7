"""Who walks through the stores: staff with a session, members with a token, strangers with neither."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from control.people.models import Person, Role, Seat
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.members.models import Member, MemberSession
from tenants.members.tokens import hash_of_token
from tests.isolation.planting import ONE_ID

PASSWORD = "walk-through-88"
TOKEN = "the-same-token-in-both-stores"


@dataclass(frozen=True)
class Visitor:
    """A browser at one store."""

    name: str
    client: Client

    def get(self, path: str) -> Any:
        return self.client.get(path)


def staff_of(ref: StoreRef, *, email: str = "") -> Person:
    """Register an owner of a store."""
    with in_control():
        person: Person
        person, _made = Person.objects.get_or_create(
            email=email or f"owner@{ref.slug}.example",
            defaults={
                "phone": "13700000000",
                "name": f"owner of {ref.slug}",
                "password": make_password(PASSWORD),
                "created_at": clock.now(),
            },
        )
        Seat.objects.get_or_create(
            person=person, merchant_id=ref.merchant_id, defaults={"role": Role.OWNER, "created_at": clock.now()}
        )
    return person


def at(ref: StoreRef, **headers: str) -> Client:
    """Open a browser at a store's host."""
    return Client(headers={"host": f"{ref.slug}.linli.test", **headers})


def signed_in_staff(ref: StoreRef, *, email: str = "") -> Client:
    """Log an owner in through the login page."""
    person = staff_of(ref, email=email)
    client = at(ref)
    answer = client.post("/backoffice/login", {"email": person.email, "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.content.decode()[:400]
    return client


def signed_in_member(ref: StoreRef, *, token: str = TOKEN) -> Client:
    """Give the planted member (who is a leader too) a token and use it."""
    now = clock.now()
    with in_store(ref):
        MemberSession.objects.update_or_create(
            pk=ONE_ID,
            defaults={
                "member": Member.objects.get(pk=ONE_ID),
                "token_hash": hash_of_token(token),
                "created_at": now,
                "expires_at": now + timedelta(days=1),
                "ended_at": None,
            },
        )
    return at(ref, authorization=f"Bearer {token}")


def visitors(ref: StoreRef) -> list[Visitor]:
    """Return everyone who may walk through a store."""
    return [
        Visitor("staff", signed_in_staff(ref)),
        Visitor("member", signed_in_member(ref)),
        Visitor("stranger", at(ref)),
    ]
