"""Operators: invited by letter, told to the others, taken away at once, never by themselves."""

from django.test import Client, TestCase

from control.audit.models import AuditEntry
from control.people.models import Person
from kit.tenancy import in_control
from tests.control.people.letters import letters_to, link_to

HERE = "/console/people"
TYPED = {"email": "Second@linli.test", "name": "小二", "phone": "138 1234 5678"}
NEW = "豆角-茄子-77"


def add(console: Client) -> Person:
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert console.post(f"{HERE}/new", TYPED).status_code == 303
    with in_control():
        person: Person = Person.objects.get(email="second@linli.test")
    return person


def logged_in(password: str) -> Client:
    client = Client(headers={"host": "linli.test"})
    client.post("/console/login", {"email": "second@linli.test", "password": password})
    return client


def test_an_operator_is_invited_and_sets_a_password(at_console: Client) -> None:
    add(at_console)
    assert "等待设置密码" in at_console.get(HERE).content.decode()

    stranger = Client(headers={"host": "linli.test"})
    assert stranger.post(link_to("second@linli.test"), {"password": NEW, "again": NEW}).status_code == 302

    assert logged_in(NEW).get(HERE).status_code == 200
    with in_control():
        assert AuditEntry.objects.get(what="operator.added").detail["email"] == "second@linli.test"
    assert at_console.post(f"{HERE}/new", TYPED).status_code == 422  # is one already


def test_the_others_are_told(at_console: Client) -> None:
    with in_control():
        Person.objects.create(
            email="third@linli.test", phone="13900000003", is_operator=True, created_at="2026-11-01T00:00Z"
        )
    add(at_console)

    assert "second@linli.test" in letters_to("third@linli.test")[-1]
    assert len(letters_to("second@linli.test")) == 1


def test_who_is_removed_is_out_with_the_next_click_and_nobody_removes_themself(
    at_console: Client, operator: Person
) -> None:
    second = add(at_console)
    Client(headers={"host": "linli.test"}).post(link_to(second.email), {"password": NEW, "again": NEW})
    client = logged_in(NEW)
    assert client.get(HERE).status_code == 200

    assert at_console.post(f"{HERE}/{operator.pk}/removal").status_code == 409
    assert at_console.post(f"{HERE}/{second.pk}/removal").status_code == 303

    assert client.get(HERE).status_code == 403
    assert at_console.post(f"{HERE}/{second.pk}/removal").status_code == 404


def test_a_letter_a_minute_and_none_to_who_is_in(at_console: Client) -> None:
    second = add(at_console)
    assert at_console.post(f"{HERE}/{second.pk}/invitation").status_code == 429
    Client(headers={"host": "linli.test"}).post(link_to(second.email), {"password": NEW, "again": NEW})

    assert at_console.post(f"{HERE}/{second.pk}/invitation").status_code == 409
