"""T14: an id of the neighbour's and an id of nobody's get the same answer, to the letter, for the same work.

Time is not compared, the statements are: whoever does the same takes the same time, on any machine.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.leaders.models import Leader
from tenants.members.models import Member, MemberSession
from tenants.members.tokens import hash_of_token
from tests.isolation.planting import NOW, ONE_ID, plant
from tests.isolation.routes import get_routes
from tests.isolation.visitors import Visitor, at, signed_in_staff

_LETTERS = re.compile(r"csrfmiddlewaretoken\" value=\"[^\"]+|csrf[^ ]{0,20}[A-Za-z0-9]{32,64}|\d{2}:\d{2}(:\d{2})?")
# A token's length is the same, a request's name and the second of an answer that is not kept never
_VALUE = re.compile(r"'(?:[^']|'')*'(?:::\w+)?")
_SAVEPOINT = re.compile(r"SAVEPOINT \S+")
_PASSING = {"X-Request-Id", "Content-Length", "Set-Cookie", "Expires"}


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
    """Ask, and keep of the answer what does not change from one request to the next, with the statements it took."""
    client = visitor.client
    headers = {"idempotency-key": str(new_id())}
    work: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        work.append(_VALUE.sub("?", str(sql)))  # without what was asked for
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer: Any = (
            client.get(path)
            if method == "GET"
            else client.post(path, {}, content_type="application/json", headers=headers)
        )
    asked = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", path)
    body = answer.content.decode(errors="replace")  # a picture tells as well
    for one in {*asked, answer.headers.get("X-Request-Id", "-")}:
        body = body.replace(one, "ID")
    location = answer.headers.get("Location", "")
    heads = {name: value for name, value in answer.headers.items() if name not in _PASSING and name != "Location"}
    for one in asked:
        location = location.replace(one, "ID")
    return answer.status_code, _LETTERS.sub("", body), location, heads, [_SAVEPOINT.sub("", text) for text in work]


def told_apart(visitor: Visitor) -> set[tuple[str, str]]:
    """List the doors that answer differently to the planted id and to one that nobody has."""
    routes = [path for path in get_routes("config.urls_store") if str(ONE_ID) in path]
    prefix = "/api/" if visitor.name == "member" else "/backoffice/"
    absent = str(new_id())

    def differ(path: str, method: str) -> bool:
        foreign, nobodys = answered(visitor, path, method), path.replace(str(ONE_ID), absent)
        return foreign != answered(visitor, nobodys, method)

    return {
        (method, path)
        for path in routes
        if path.startswith(prefix)
        for method in ("GET", "POST")
        if differ(path, method) and differ(path, method)  # what is remembered was asked for by now
    }


class TestForeignIds:
    def test_tell_the_neighbours_staff_nothing(self, planted: tuple[StoreRef, StoreRef]) -> None:
        assert told_apart(Visitor("staff", signed_in_staff(planted[1]))) == set()

    def test_tell_the_neighbours_members_nothing(self, planted: tuple[StoreRef, StoreRef]) -> None:
        assert told_apart(member_at(planted[1], token="rivals")) == set()

    def test_the_comparison_has_eyes(self, planted: tuple[StoreRef, StoreRef]) -> None:
        """At home the id is somebody's, and many doors say so."""
        assert len(told_apart(Visitor("staff", signed_in_staff(planted[0])))) >= 10

    def test_and_sees_work_that_no_answer_shows(self, planted: tuple[StoreRef, StoreRef], settings: Any) -> None:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.looks_twice"]
        assert len(told_apart(member_at(planted[1], token="rivals"))) >= 10


def looks_twice(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A leak in time alone: one more question for an id that somebody has."""

    def look(request: HttpRequest) -> HttpResponse:
        if str(ONE_ID) in request.path:
            Member.objects.filter(pk=ONE_ID).exists()
        return answer(request)

    return look
