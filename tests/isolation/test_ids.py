"""T14: an id of the neighbour's and an id of nobody's get the same answer, to the letter."""

import re
from datetime import timedelta
from typing import Any

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.leaders.models import Leader
from tenants.members.models import Member, MemberSession
from tenants.members.tokens import hash_of_token
from tests.isolation.planting import NOW, ONE_ID, plant
from tests.isolation.routes import get_routes
from tests.isolation.visitors import Visitor, at, signed_in_staff

_LETTERS = re.compile(r"csrfmiddlewaretoken\" value=\"[^\"]+|csrf[^ ]{0,20}[A-Za-z0-9]{32,64}|\d{2}:\d{2}(:\d{2})?")
_PASSING = {"X-Request-Id", "Content-Length", "Set-Cookie"}  # a token's length is the same, a request's name never


@pytest.fixture
def planted(acme: StoreRef, rival: StoreRef) -> tuple[StoreRef, StoreRef]:
    """Only acme has rows with the id."""
    plant(acme, mark="MARKA")
    return acme, rival


def member_at(ref: StoreRef, *, token: str) -> Visitor:
    """A member who leads, and who is not of the planted id."""
    with in_store(ref):
        member = Member.objects.create(phone="13500000001", nickname="neighbour", joined_at=NOW)
        fields = {field.name for field in Leader._meta.fields}
        known: dict[str, Any] = {
            "name": "Li",
            "phone": "13500000001",
            "member": member,
            "joined_at": NOW,
            "created_at": NOW,
        }
        Leader.objects.create(**{name: value for name, value in known.items() if name in fields})
        MemberSession.objects.create(
            member=member, token_hash=hash_of_token(token), created_at=NOW, expires_at=NOW + timedelta(days=3650)
        )
    return Visitor("member", at(ref, authorization=f"Bearer {token}"))


def answered(visitor: Visitor, path: str, method: str) -> tuple[Any, ...]:
    """Ask, and keep of the answer what does not change from one request to the next."""
    client = visitor.client
    headers = {"idempotency-key": str(new_id())}
    answer: Any = (
        client.get(path) if method == "GET" else client.post(path, {}, content_type="application/json", headers=headers)
    )
    asked = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", path)
    body = answer.content.decode()
    for one in {*asked, answer.headers.get("X-Request-Id", "-")}:
        body = body.replace(one, "ID")
    location = answer.headers.get("Location", "")
    heads = {name: value for name, value in answer.headers.items() if name not in _PASSING and name != "Location"}
    for one in asked:
        location = location.replace(one, "ID")
    return answer.status_code, _LETTERS.sub("", body), location, heads


def told_apart(visitor: Visitor) -> set[tuple[str, str]]:
    """List the doors that answer differently to the planted id and to one that nobody has."""
    routes = [path for path in get_routes("config.urls_store") if str(ONE_ID) in path]
    prefix = "/api/" if visitor.name == "member" else "/backoffice/"
    absent = str(new_id())
    return {
        (method, path)
        for path in routes
        if path.startswith(prefix)
        for method in ("GET", "POST")
        if answered(visitor, path, method) != answered(visitor, path.replace(str(ONE_ID), absent), method)
    }


class TestForeignIds:
    def test_tell_the_neighbours_staff_nothing(self, planted: tuple[StoreRef, StoreRef]) -> None:
        assert told_apart(Visitor("staff", signed_in_staff(planted[1]))) == set()

    def test_tell_the_neighbours_members_nothing(self, planted: tuple[StoreRef, StoreRef]) -> None:
        assert told_apart(member_at(planted[1], token="rivals")) == set()

    def test_the_comparison_has_eyes(self, planted: tuple[StoreRef, StoreRef]) -> None:
        """At home the id is somebody's, and many doors say so."""
        assert len(told_apart(Visitor("staff", signed_in_staff(planted[0])))) >= 10
