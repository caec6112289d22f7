"""Logging in by e-mail and password, and how guessing is slowed down."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from control.people.login import MOST_FAILURES, WITHIN, TooManyTries, WrongPassword, log_in
from control.people.models import LoginFailure, Person
from control.people.services import register_person
from kit.tenancy import in_control

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "青菜-豆腐-88"


@pytest.fixture
def person(db: None) -> Iterator[Person]:
    with in_control():
        yield register_person(email="Boss@Example.com", phone="13812345678", password=PASSWORD, name="老板", now=NOW)


class TestLogIn:
    def test_knows_the_person_whatever_the_case_of_the_email(self, person: Person) -> None:
        assert log_in(email=" boss@example.COM ", password=PASSWORD, now=NOW) == person

    def test_says_the_same_of_a_wrong_password_and_a_stranger(self, person: Person) -> None:
        for email in ("boss@example.com", "nobody@example.com"):
            with pytest.raises(WrongPassword) as no:
                log_in(email=email, password="wrong", now=NOW)
            assert list(no.value.fields) == ["password"]

    def test_refuses_even_the_right_password_after_five_wrong_ones(self, person: Person) -> None:
        self._guess(person.email)

        with pytest.raises(TooManyTries) as no:
            log_in(email="BOSS@example.com", password=PASSWORD, now=NOW + timedelta(seconds=20))

        assert 0 < no.value.facts["retry_after_seconds"] <= 61
        assert log_in(email=person.email, password=PASSWORD, now=NOW + WITHIN + timedelta(seconds=9)) == person

    def test_slows_down_guesses_for_people_who_do_not_exist(self, db: None) -> None:
        with in_control():
            self._guess("nobody@example.com")
            with pytest.raises(TooManyTries):
                log_in(email="nobody@example.com", password="x", now=NOW + timedelta(seconds=9))

    def test_leaves_other_people_alone(self, person: Person) -> None:
        self._guess("somebody@example.com")

        assert log_in(email=person.email, password=PASSWORD, now=NOW) == person

    def test_forgets(self, person: Person) -> None:
        self._guess(person.email)
        log_in(email=person.email, password=PASSWORD, now=NOW + timedelta(minutes=2))
        assert not LoginFailure.objects.exists()

        self._guess("nobody@example.com")
        with pytest.raises(WrongPassword):
            log_in(email=person.email, password="wrong", now=NOW + timedelta(days=2))
        assert LoginFailure.objects.count() == 1

    def _guess(self, email: str) -> None:
        for second in range(MOST_FAILURES):
            with pytest.raises(WrongPassword):
                log_in(email=email, password="wrong", now=NOW + timedelta(seconds=second))
