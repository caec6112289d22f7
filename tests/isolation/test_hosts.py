"""The host decides, nothing else."""

import pytest
from django.test import Client

from kit.tenancy import StoreRef

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
