"""Walking every GET route of one store shows nothing of another that has the same primary keys.

And the walk has eyes: it sees the store's own marks, and a planted leak turns it red.
"""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from kit.tenancy import StoreRef, in_store
from tenants.content.models import StoreProfile
from tests.isolation.planting import PHONES, plant, store_models
from tests.isolation.routes import get_routes
from tests.isolation.visitors import Visitor, at, signed_in_member, signed_in_staff, visitors

OF_RIVAL = ("MARKB", PHONES["MARKB"], "隔壁鲜果")
OF_ACME = ("MARKA", PHONES["MARKA"])


@pytest.fixture
def planted(acme: StoreRef, rival: StoreRef) -> tuple[StoreRef, StoreRef]:
    """Both stores full, with the same ids and different words."""
    assert plant(acme, mark="MARKA") == plant(rival, mark="MARKB") == len(store_models())
    return acme, rival


def _text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode("utf-8", "replace"))


def _marks_seen(visitor: Visitor, path: str, marks: tuple[str, ...]) -> set[str]:
    answer = visitor.get(path)
    text = _text(answer)
    assert answer.status_code < 500, f"{visitor.name} at {path}: {text[:600]}"
    return {mark for mark in marks if mark in text or mark in str(answer.headers)}


class TestCrawl:
    def test_as_acme_nothing_of_rival_is_seen(self, planted: tuple[StoreRef, StoreRef]) -> None:
        acme, rival = planted
        # rival's people walk first, so that caches and the connection are warm with their rows
        for visitor in visitors(rival):
            for path in get_routes("config.urls_store"):
                visitor.get(path)

        seen = {
            (visitor.name, path): marks
            for visitor in visitors(acme)
            for path in get_routes("config.urls_store")
            if (marks := _marks_seen(visitor, path, OF_RIVAL))
        }

        assert seen == {}

    def test_the_walk_sees_acmes_own_rows(self, planted: tuple[StoreRef, StoreRef]) -> None:
        acme, _rival = planted
        routes = get_routes("config.urls_store")

        eyes = {
            visitor.name: [path for path in routes if _marks_seen(visitor, path, OF_ACME)] for visitor in visitors(acme)
        }

        assert len(eyes["staff"]) >= 10
        assert len(eyes["member"]) >= 8
        assert len(eyes["stranger"]) >= 2

    def test_a_planted_leak_is_seen(self, planted: tuple[StoreRef, StoreRef], monkeypatch: pytest.MonkeyPatch) -> None:
        acme, rival = planted

        def leaky(request: HttpRequest) -> HttpResponse:
            with in_store(rival):
                return HttpResponse(StoreProfile.objects.get().name)

        from control.merchants import routing

        monkeypatch.setattr(routing, "closed_page", lambda request, *, state: leaky(request))
        monkeypatch.setattr(routing, "OPEN_STATES", frozenset())
        monkeypatch.setattr(routing, "DESK_STATES", frozenset())

        assert _marks_seen(Visitor("stranger", at(acme)), "/api/v1/store", OF_RIVAL)


class TestSomeoneElsesId:
    """Rival's people ask for ids that only acme has: nothing there, and nothing that tells."""

    def test_is_not_found_on_every_route(self, acme: StoreRef, rival: StoreRef) -> None:
        plant(acme, mark="MARKA")
        staff = Visitor("staff", signed_in_staff(rival))
        routes = [path for path in get_routes("config.urls_store") if "/01900000-0000-7000-8000-000000000001" in path]
        assert len(routes) >= 10

        # a page that only takes posts sends a reader to the thing itself, which must not be there either
        answers = {
            path: staff.client.get(path, follow=True).status_code for path in routes if path.startswith("/backoffice/")
        }

        assert {path: status for path, status in answers.items() if status not in (404, 405)} == {}


class TestCredentialsStayHome:
    def test_a_session_of_acme_is_nobody_at_rival(self, acme: StoreRef, rival: StoreRef) -> None:
        client = signed_in_staff(acme)
        assert client.get("/backoffice/").status_code == 200

        stolen = at(rival)
        stolen.cookies = client.cookies

        answer = stolen.get("/backoffice/")
        assert answer.status_code == 302
        assert "/backoffice/login" in answer["Location"]

    def test_an_owner_of_acme_has_no_seat_at_rival(self, acme: StoreRef, rival: StoreRef) -> None:
        signed_in_staff(acme)
        client = at(rival)

        answer = client.post("/backoffice/login", {"email": "owner@acme.example", "password": "walk-through-88"})

        assert answer.status_code in (403, 422) or client.get("/backoffice/").status_code in (302, 403)

    def test_a_members_token_of_acme_is_refused_at_rival(self, acme: StoreRef, rival: StoreRef) -> None:
        plant(acme, mark="MARKA")
        plant(rival, mark="MARKB")
        assert signed_in_member(acme, token="only-acmes").get("/api/v1/me").status_code == 200

        answer = at(rival, authorization="Bearer only-acmes").get("/api/v1/me")

        assert answer.status_code == 401

    def test_staff_and_members_do_not_reach_the_operators_console(self, acme: StoreRef) -> None:
        client = signed_in_staff(acme)

        answer = client.get("/console/", headers={"host": "linli.test"})

        assert answer.status_code == 302
        assert "/console/login" in answer["Location"]
