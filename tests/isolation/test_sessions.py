"""T3, T5: who is logged in at one host is nobody at another, whatever the browser carries there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from control.people.models import Role
from control.people.services import give_seat, register_person
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tests.isolation.planting import plant
from tests.isolation.visitors import PASSWORD, at, signed_in_member, signed_in_staff, staff_of

ROOT = Path(__file__).parents[2]
HOSTS = {"acme": "acme.linli.test", "rival": "rival.linli.test", "platform": "linli.test"}
SECURE = {
    "SESSION_COOKIE_NAME": "__Host-sid",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}


@pytest.fixture
def secure(settings: Any) -> None:
    """As behind https."""
    for name, value in SECURE.items():
        setattr(settings, name, value)


def seated_in_both(acme: StoreRef, rival: StoreRef) -> None:
    """Let acme's owner have a seat at rival too: then only the session is in the way."""
    person = staff_of(acme)
    with in_control():
        give_seat(person=person, merchant_id=rival.merchant_id, role=Role.OWNER, now=clock.now())


def is_in(client: Client, slug: str) -> bool:
    """Say whether a browser is somebody at a host: at a store's desk, or in the operator's console."""
    path = "/console/" if slug == "platform" else "/backoffice/"
    thief = Client(headers={"host": HOSTS[slug]})  # what a host answers must not change what the next one is shown
    for name, cookie in client.cookies.items():
        thief.cookies[name] = cookie.value
    return bool(thief.get(path).status_code == 200)


def operator() -> Client:
    client = Client(headers={"host": HOSTS["platform"]})
    with in_control():
        person = register_person(
            email="ops@linli.test", phone="13900000000", password=PASSWORD, name="ops", now=clock.now()
        )
        person.is_operator = True
        person.save()
    client.post("/console/login", {"email": "ops@linli.test", "password": PASSWORD})
    return client


class TestCredentialsTimesHosts:
    """Each credential opens its own door, and no other."""

    def test_staffs_session(self, acme: StoreRef, rival: StoreRef) -> None:
        seated_in_both(acme, rival)
        client = signed_in_staff(acme)

        assert {slug: is_in(client, slug) for slug in HOSTS} == {"acme": True, "rival": False, "platform": False}

    def test_the_operators_session(self, acme: StoreRef, rival: StoreRef) -> None:
        client = operator()

        assert {slug: is_in(client, slug) for slug in HOSTS} == {"acme": False, "rival": False, "platform": True}

    def test_a_members_token(self, acme: StoreRef, rival: StoreRef) -> None:
        plant(acme, mark="MARKA")
        plant(rival, mark="MARKB")
        client = signed_in_member(acme, token="acmes-alone")

        answers = {slug: client.get("/api/v1/me", headers={"host": host}).status_code for slug, host in HOSTS.items()}

        assert answers == {"acme": 200, "rival": 401, "platform": 404}

    def test_a_members_token_opens_no_desk_and_a_session_no_api(self, acme: StoreRef) -> None:
        plant(acme, mark="MARKA")
        member, staff = signed_in_member(acme), signed_in_staff(acme)

        assert not is_in(member, "acme")
        assert staff.get("/api/v1/me").status_code == 401


class TestReplay:
    def test_a_row_copied_with_its_key_is_nobodys(self, acme: StoreRef, rival: StoreRef) -> None:
        client = copied_session(acme, rival)

        assert is_in(client, "acme")
        assert not is_in(client, "rival")

    def test_without_its_home_in_it_the_row_would_do(self, acme: StoreRef, rival: StoreRef, settings: Any) -> None:
        """The mutant: sessions that do not remember where they were made."""
        client = copied_session(acme, rival)
        settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "HomeSession" not in one]

        assert is_in(client, "rival")

    def test_the_key_changes_at_login(self, acme: StoreRef) -> None:
        staff_of(acme)
        client = at(acme)
        with in_store(acme):
            session = client.session
            session["planted"] = "by a stranger"
            session.save()
        planted = client.cookies["sid"].value

        client.post("/backoffice/login", {"email": "owner@acme.example", "password": PASSWORD})

        assert client.cookies["sid"].value != planted
        assert is_in(client, "acme")
        stranger = at(acme)
        stranger.cookies["sid"] = planted
        assert not is_in(stranger, "acme")


def copied_session(acme: StoreRef, rival: StoreRef) -> Client:
    """Log in at acme and copy the session's row, key and all, into rival's table."""
    seated_in_both(acme, rival)
    client = signed_in_staff(acme)
    with in_store(acme):
        row = Session.objects.values().get(session_key=client.cookies["sid"].value)
    with in_store(rival):
        Session.objects.create(**row)
    return client


class TestCookies:
    def test_are_bound_to_one_host_behind_https(self, secure: None, acme: StoreRef) -> None:
        staff_of(acme)
        client = at(acme)
        client.get("/backoffice/login", secure=True)
        client.post("/backoffice/login", {"email": "owner@acme.example", "password": PASSWORD}, secure=True)

        for name in ("__Host-sid", "__Host-csrf"):
            cookie = client.cookies[name]
            assert (cookie["domain"], cookie["path"], bool(cookie["secure"])) == ("", "/", True)
            assert cookie["samesite"] == "Lax"
        assert client.cookies["__Host-sid"]["httponly"]

    def test_https_gives_them_the_names_that_browsers_guard(self) -> None:
        code = """
import json
from config.settings import base as s
print(json.dumps([s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,
  getattr(s, "SESSION_COOKIE_DOMAIN", None), getattr(s, "CSRF_COOKIE_DOMAIN", None), s.CSRF_TRUSTED_ORIGINS]))
"""
        said = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"LINLI_SCHEME": "https", "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

        assert json.loads(said) == ["__Host-sid", "__Host-csrf", True, True, None, None, []]

    def test_a_cookie_tossed_by_a_sibling_is_not_looked_at(self, secure: None, acme: StoreRef) -> None:
        """A sibling can set ``sid`` for all of our domain; a browser lets nobody set ``__Host-sid`` so."""
        staff_of(acme)
        client = at(acme)
        client.post("/backoffice/login", {"email": "owner@acme.example", "password": PASSWORD}, secure=True)
        key = client.cookies["__Host-sid"].value

        def status(cookie: str) -> int:
            return int(at(acme).get("/backoffice/", headers={"cookie": cookie}, secure=True).status_code)

        assert status(f"__Host-sid={key}") == 200
        assert status(f"sid={key}") == 302
        assert status(f"sid=tossed; __Host-sid={key}; sid=tossed") == 200

    def test_a_siblings_session_key_tossed_here_is_unknown(self, acme: StoreRef, rival: StoreRef) -> None:
        key = signed_in_staff(rival).cookies["sid"].value

        assert at(acme).get("/backoffice/", headers={"cookie": f"sid={key}"}).status_code == 302


class TestForms:
    def posted(self, acme: StoreRef, origin: str | None) -> int:
        """Post the login form with its right token, from a page at ``origin``."""
        staff_of(acme)
        client = Client(headers={"host": HOSTS["acme"]}, enforce_csrf_checks=True)
        found = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/backoffice/login").content.decode()
        )
        assert found
        form = {"email": "owner@acme.example", "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
        headers = {"origin": origin} if origin else {}
        return int(client.post("/backoffice/login", form, headers=headers).status_code)

    @pytest.mark.parametrize(
        "origin",
        [
            "http://rival.linli.test",
            "http://linli.test",
            "https://acme.linli.test",
            "http://acme.linli.test:8443",
            "http://acme.linli.test.evil.example",
            "http://evil-acme.linli.test",
            "null",
        ],
    )
    def test_from_anywhere_else_are_refused(self, acme: StoreRef, origin: str) -> None:
        assert self.posted(acme, origin) == 403

    @pytest.mark.parametrize("origin", ["http://acme.linli.test", None])
    def test_from_here_are_taken(self, acme: StoreRef, origin: str | None) -> None:
        assert self.posted(acme, origin) == 302

    def test_with_a_wildcard_the_neighbours_page_could_post(self, acme: StoreRef, settings: Any) -> None:
        """The mutant: all of our sub-domains are trusted."""
        settings.CSRF_TRUSTED_ORIGINS = ["http://*.linli.test"]

        assert self.posted(acme, "http://rival.linli.test") == 302


class TestMessages:
    def carried(self, acme: StoreRef, rival: StoreRef) -> tuple[str, str]:
        """Have acme say something, and take the cookie along to rival; return both pages."""
        home, neighbour = signed_in_staff(acme), signed_in_staff(rival)
        home.post("/backoffice/account/domains", {"domain": "shop.example.com"})
        words = home.cookies["messages"].value
        neighbour.cookies["messages"] = words
        return home.get("/backoffice/").content.decode(), neighbour.get("/backoffice/").content.decode()

    def test_of_acme_are_not_said_by_rival(self, acme: StoreRef, rival: StoreRef) -> None:
        home, neighbour = self.carried(acme, rival)

        assert "已添加，请按下面的步骤" in home
        assert "已添加，请按下面的步骤" not in neighbour

    def test_with_djangos_salt_they_would_be(self, acme: StoreRef, rival: StoreRef, settings: Any) -> None:
        """The mutant: one salt for all."""
        settings.MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

        assert "已添加，请按下面的步骤" in self.carried(acme, rival)[1]
