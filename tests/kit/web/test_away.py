"""A database that is away is a 503 that says when to try again; anything else stays a 500 that tells nothing."""

from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.test import Client

from control.merchants import routing
from kit.tenancy import StoreRef
from kit.tenancy.backend.base import SwitchFailed
from kit.web import broken

SECRET = "connection to server at 10.0.0.7 failed: password of linli_app"
KINDS = [OperationalError, InterfaceError, SwitchFailed, psycopg.OperationalError]


def _ask(path: str, error: Exception, monkeypatch: pytest.MonkeyPatch, **headers: str) -> Any:
    def fails(host: str) -> None:
        raise error

    monkeypatch.setattr(routing, "store_at", fails)  # above every view, where no view's handler reaches
    return Client(raise_request_exception=False, headers={"host": "acme.linli.test", **headers}).get(path)


@pytest.mark.parametrize("kind", KINDS)
class TestAway:
    def test_the_api_answers_a_problem(self, kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
        answer = _ask("/api/v1/store", kind(SECRET), monkeypatch)

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "database_away"
        assert answer.json()["request_id"] == answer["X-Request-Id"]
        assert SECRET not in answer.content.decode()

    def test_people_get_a_page(self, kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
        answer = _ask("/backoffice/", kind(SECRET), monkeypatch)

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer["X-Request-Id"] in answer.content.decode()
        assert SECRET not in answer.content.decode()

    def test_a_drawer_gets_a_toast(self, kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
        answer = _ask("/backoffice/", kind(SECRET), monkeypatch, **{"hx-request": "true"})

        assert (answer.status_code, answer["HX-Reswap"]) == (503, "none")


class TestBroken:
    @pytest.mark.parametrize("path", ["/api/v1/store", "/backoffice/"])
    def test_a_bug_is_a_500_that_tells_nothing(self, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = _ask(path, ValueError(SECRET), monkeypatch)

        assert answer.status_code == 500
        assert SECRET not in answer.content.decode()
        assert (answer["Content-Type"] == "application/problem+json") == path.startswith("/api/")

    def test_without_the_list_a_database_away_is_a_bug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broken, "AWAY", ())

        assert _ask("/api/v1/store", OperationalError(SECRET), monkeypatch).status_code == 500


class TestInAView:
    def test_the_apis_own_handler_says_the_same(
        self, acme: StoreRef, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
            raise OperationalError(SECRET)

        monkeypatch.setattr("rest_framework.views.APIView.initial", fails)
        answer = Client(headers={"host": "acme.linli.test"}).get("/api/v1/store")

        assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "database_away")
        assert SECRET not in answer.content.decode()
