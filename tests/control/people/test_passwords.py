"""Passwords: forgotten, set by a link that works once and at one house, changed by whoever is logged in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, TestCase

from control.people import password_links
from control.people.models import Person
from control.people.password_letters import MOST_AN_HOUR
from control.people.tasks import send_reset
from kit import clock
from kit.tenancy import StoreRef, in_control
from tests.control.people.letters import letters_to, link_to
from tests.isolation.visitors import PASSWORD, signed_in_staff, staff_of

NEW = "豆角-茄子-77"
CHOSEN = {"password": NEW, "again": NEW}
OWNER = "owner@acme.example"


@pytest.fixture
def door(acme: StoreRef) -> Client:
    staff_of(acme)
    return Client(headers={"host": "acme.linli.test"})


@pytest.fixture
def console(db: None) -> Client:
    with in_control():
        person = Person(email="ops@linli.test", phone="13900000000", is_operator=True, created_at=clock.now())
        person.set_password(PASSWORD)
        person.save()
    client = Client(headers={"host": "linli.test"})
    client.post("/console/login", {"email": "ops@linli.test", "password": PASSWORD})
    return client


def forgets(door: Client, email: str = OWNER, *, desk: str = "backoffice") -> Any:
    return door.post(f"/{desk}/password/forgotten", {"email": email})


def is_in(email: str, password: str) -> bool:
    client = Client(headers={"host": "acme.linli.test"})
    client.post("/backoffice/login", {"email": email, "password": password})
    return client.get("/backoffice/").status_code == 200


class TestForgotten:
    def test_a_link_by_letter_sets_another_password(self, door: Client) -> None:
        forgets(door)

        assert "1 小时内" in letters_to(OWNER)[-1]
        assert OWNER in door.get(link_to(OWNER)).content.decode()
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert door.post(link_to(OWNER), CHOSEN)["Location"] == "/backoffice/login"
        assert is_in(OWNER, NEW)
        assert not is_in(OWNER, PASSWORD)
        assert "刚刚修改过" in letters_to(OWNER)[-1]

    def test_nobody_learns_who_is_known(self, door: Client, rival: StoreRef) -> None:
        """A stranger, somebody of another shop, and an owner: one answer, and one letter only."""
        staff_of(rival)
        pages = []
        for email in (OWNER, "nobody@acme.example", "owner@rival.example"):
            answer = forgets(door, email)
            pages.append((answer.status_code, answer.content.decode().replace(email, "")))

        assert len({status for status, _page in pages}) == 1
        assert len({page.split("<main")[1] for _status, page in pages}) == 1
        assert letters_to("nobody@acme.example") == letters_to("owner@rival.example") == []

    def test_the_door_itself_looks_nobody_up(self, door: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else the time it takes would tell: the worker looks."""
        asked: list[dict[str, Any]] = []
        monkeypatch.setattr(send_reset, "delay", lambda **given: asked.append(given))

        forgets(door, "nobody@acme.example")

        assert [given["email"] for given in asked] == ["nobody@acme.example"]

    @pytest.mark.parametrize("email", [OWNER, "nobody@acme.example"])
    def test_letters_are_paced_for_everybody_alike(self, door: Client, email: str) -> None:
        start = clock.now()
        with clock.at(start):
            assert forgets(door, email).status_code == 200
            assert forgets(door, email.upper()).status_code == 429
        for minute in range(1, MOST_AN_HOUR):
            with clock.at(start + timedelta(minutes=2 * minute)):
                assert forgets(door, email).status_code == 200
        with clock.at(start + timedelta(minutes=30)):
            assert forgets(door, email).status_code == 429
        with clock.at(start + timedelta(minutes=61)):
            assert forgets(door, email).status_code == 200

    def test_at_the_console_operators_are_written_to_and_nobody_else(self, console: Client, door: Client) -> None:
        for email in ("ops@linli.test", OWNER):
            forgets(console, email, desk="console")

        assert letters_to(OWNER) == []
        assert console.post(link_to("ops@linli.test"), CHOSEN)["Location"] == "/console/login"


class TestALink:
    def test_works_once_and_ends_all_others(self, door: Client) -> None:
        start = clock.now()
        with clock.at(start):
            forgets(door)
            first = link_to(OWNER)
        with clock.at(start + timedelta(minutes=5)):
            forgets(door)
            second = link_to(OWNER)
            assert door.post(second, CHOSEN).status_code == 302
            for used in (first, second):
                answer = door.post(used, {"password": "别人的-密码-99", "again": "别人的-密码-99"})
                assert answer.status_code == 404
                assert "链接已失效" in answer.content.decode()
            assert is_in(OWNER, NEW)

    def test_lasts_an_hour(self, door: Client) -> None:
        start = clock.now()
        with clock.at(start):
            forgets(door)
        with clock.at(start + timedelta(minutes=59)):
            assert door.get(link_to(OWNER)).status_code == 200
        with clock.at(start + timedelta(minutes=60)):
            assert door.get(link_to(OWNER)).status_code == 404

    @pytest.mark.parametrize("spoiled", ["0", "x-1-2", "a" * 32 + "-9999999999-" + "0" * 64, "1-2-3-4", "签-1-名"])
    def test_that_is_invented_opens_nothing(self, door: Client, spoiled: str) -> None:
        assert door.get(f"/backoffice/password/{spoiled}").status_code == 404

    def test_made_longer_by_hand_opens_nothing(self, door: Client) -> None:
        forgets(door)
        who, _until, signature = link_to(OWNER).rsplit("/", 1)[1].split("-")

        assert door.get(f"/backoffice/password/{who}-9999999999-{signature}").status_code == 404

    def test_is_worthless_when_its_person_works_here_no_more(self, door: Client) -> None:
        forgets(door)
        with in_control():
            Person.objects.get(email=OWNER).seats.all().delete()

        assert door.get(link_to(OWNER)).status_code == 404

    def test_mutant_unless_the_password_is_signed_with_it_a_link_works_again(
        self, door: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(password_links, "_words", lambda person, until: f"{person.pk}:{until}".encode())
        forgets(door)
        door.post(link_to(OWNER), CHOSEN)

        assert door.get(link_to(OWNER)).status_code == 200

    @pytest.mark.parametrize(
        "typed", [{"password": NEW, "again": "x"}, {"password": "12345678", "again": "12345678"}, {"again": NEW}]
    )
    def test_a_poor_password_is_told_and_the_link_stays_good(self, door: Client, typed: dict[str, str]) -> None:
        forgets(door)

        assert door.post(link_to(OWNER), typed).status_code == 422
        assert door.post(link_to(OWNER), CHOSEN).status_code == 302


class TestChange:
    def test_this_browser_stays_and_all_others_are_out(self, acme: StoreRef) -> None:
        here, there = signed_in_staff(acme), signed_in_staff(acme)
        assert "修改密码" in here.get("/backoffice/").content.decode()

        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = here.post("/backoffice/password", {"old": PASSWORD, **CHOSEN})

        assert answer.status_code == 303
        assert here.get("/backoffice/").status_code == 200
        assert there.get("/backoffice/").status_code == 302
        assert "刚刚修改过" in letters_to(OWNER)[-1]
        assert is_in(OWNER, NEW)

    def test_the_old_one_is_asked_and_guessing_is_slow(self, acme: StoreRef) -> None:
        here = signed_in_staff(acme)
        statuses = [here.post("/backoffice/password", {"old": "guess-it-88", **CHOSEN}).status_code for _ in range(5)]

        assert statuses == [422] * 5
        page = here.post("/backoffice/password", {"old": PASSWORD, **CHOSEN}).content.decode()
        assert "密码错误次数太多" in page
        assert is_in(OWNER, NEW) is False

    def test_at_the_console_too(self, console: Client) -> None:
        assert console.get("/console/password").status_code == 200
        assert console.post("/console/password", {"old": PASSWORD, **CHOSEN}).status_code == 303
        assert console.get("/console/").status_code == 200

    def test_nobody_else_may(self, door: Client) -> None:
        assert door.post("/backoffice/password", {"old": PASSWORD, **CHOSEN}).status_code == 302
        assert is_in(OWNER, PASSWORD)
