"""The host decides, nothing else."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from control.merchants import routing
from control.merchants.directory import forget, store_at
from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control

OF_ACME = ["acme.linli.test", "ACME.linli.test", "acme.linli.test.", "acme.linli.test:8443", "Acme.Linli.Test:80"]
OF_NOBODY = [
    "",
    "www.acme.linli.test",
    "acme.linli.test.evil.example",
    "evil.example",
    "acme.linli.test@evil.example",
    "acme.linli.test, rival.linli.test",
    "acme.linli.test/rival.linli.test",
    "acme.linli.test#",
    "acme.linli.test\t",
    "acme_linli.test",
    "acme",
    ".linli.test",
    "..linli.test",
    "-acme.linli.test",
    "acme.linli.test:port",
    "acme.linli.test:999999",
    "acme.linli.test:-1",
    "xn--acme-.linli.test",
    "аcme.linli.test",  # a Cyrillic letter
    "acme.linli.test%00",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "public.linli.test",
    "t_template.linli.test",
    "' OR 1=1 --",
    "a" * 300 + ".linli.test",
    "http://acme.linli.test",
    "acme..linli.test",
    "acme.linli.test..",
]


class TestHost:
    @pytest.mark.parametrize("host", OF_ACME)
    def test_every_spelling_of_acmes_host_is_acme(self, acme: StoreRef, rival: StoreRef, host: str) -> None:
        answer = Client(headers={"host": host}).get("/api/v1/store")

        assert answer.status_code == 200
        assert answer.json()["slug"] == "acme"

    @pytest.mark.parametrize("host", OF_NOBODY)
    def test_anything_else_is_nobodys(self, acme: StoreRef, rival: StoreRef, host: str) -> None:
        answer = Client(raise_request_exception=False).get("/api/v1/store", HTTP_HOST=host)

        assert 400 <= answer.status_code < 500
        assert "acme" not in answer.content.decode()

    def test_a_forwarded_host_changes_nothing(self, acme: StoreRef, rival: StoreRef) -> None:
        answer = Client(headers={"host": "acme.linli.test", "x-forwarded-host": "rival.linli.test"}).get(
            "/api/v1/store", headers={"forwarded": "host=rival.linli.test", "x-original-host": "rival.linli.test"}
        )

        assert answer.json()["slug"] == "acme"

    def test_the_platforms_pages_are_not_served_at_a_store(self, acme: StoreRef) -> None:
        client = Client(headers={"host": "acme.linli.test"})

        assert client.get("/console/").status_code == 404
        assert client.get("/signup").status_code == 404

    def test_with_a_helpful_middleware_it_would_change_everything(
        self, acme: StoreRef, rival: StoreRef, settings: Any
    ) -> None:
        """The mutant: somebody believes the forwarded host."""
        settings.MIDDLEWARE = ["tests.isolation.test_hosts.believing", *settings.MIDDLEWARE]

        answer = Client(headers={"host": "acme.linli.test", "x-forwarded-host": "rival.linli.test"}).get(
            "/api/v1/store"
        )

        assert answer.json()["slug"] == "rival"

    def test_of_two_hosts_the_last_would_be_anothers(
        self, acme: StoreRef, rival: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: a list of hosts is cut instead of refused."""
        monkeypatch.setattr(routing, "plain_host", lambda raw: raw.rpartition(",")[2])

        with in_control():
            assert store_at(routing.plain_host("acme.linli.test,rival.linli.test") or "") == rival


def believing(get_response: Any) -> Any:
    def answer(request: HttpRequest) -> HttpResponse:
        request.META["HTTP_HOST"] = request.headers.get("X-Forwarded-Host", "")
        return get_response(request)  # type: ignore[no-any-return]

    return answer


DOORS = ["/", "/m/", "/api/v1/store", "/api/v1/me", "/backoffice/", "/backoffice/login", "/media/x", "/nothing-here"]


class TestStoresThatAreNotThere:
    """Unknown, half-built, gone, or closed: a page for people, a problem for programs, and no word of anybody."""

    @pytest.mark.parametrize("path", DOORS)
    @pytest.mark.parametrize("state", ["building", "suspended", "archived", "erased", "unknown"])
    def test_say_nothing_at_any_door(self, acme: StoreRef, rival: StoreRef, state: str, path: str) -> None:
        host = "acme.linli.test" if state != "unknown" else "nobody-yet.linli.test"
        if state != "unknown":
            with in_control():
                Merchant.objects.filter(pk=acme.merchant_id).update(state=state)
        forget()

        answer: Any = Client(headers={"host": host}, raise_request_exception=False).get(path)

        is_let_in = state == "suspended" and path.startswith("/backoffice/")  # staff may come in, to pay and to leave
        assert answer.status_code in ((302, 200) if is_let_in else (404, 503))
        body = answer.content.decode()
        for word in ("rival", "隔壁", acme.schema, host, "Traceback", *(() if is_let_in else ("绿家", "acme"))):
            assert word not in body, word
        if path.startswith("/api/"):
            assert answer["Content-Type"].startswith("application/problem+json")
            assert answer.json()["request_id"]

    def test_archived_erased_and_unknown_are_one_to_a_stranger(self, acme: StoreRef) -> None:
        said = set()
        for state in ("archived", "erased", "unknown"):
            host = "nobody-yet.linli.test" if state == "unknown" else "acme.linli.test"
            with in_control():
                Merchant.objects.filter(pk=acme.merchant_id).exclude(state="unknown").update(
                    state="erased" if state == "unknown" else state
                )
            forget()
            answer: Any = Client(headers={"host": host}).get("/api/v1/store")
            heads = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
            body = answer.json()
            del body["request_id"]
            said.add((answer.status_code, str(body), str(heads)))

        assert len(said) == 1
