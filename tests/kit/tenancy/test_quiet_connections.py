"""A connection that worked a moment ago is not asked again whether it works; one that the server ended is noticed."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from kit.tenancy import in_store
from kit.tenancy.backend import base
from tests.stores import store_ref

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the questions whether a connection works."""
    said: list[str] = []
    plain: Callable[[PostgresWrapper], bool] = PostgresWrapper.is_usable

    def listen(self: PostgresWrapper) -> bool:
        said.append("usable?")
        return plain(self)

    monkeypatch.setattr(PostgresWrapper, "is_usable", listen)
    return said


@pytest.fixture
def line() -> Iterator[Any]:
    """A connection of its own, as a server's thread has one."""
    own: Any = connections.create_connection("default")
    own.settings_dict = {**own.settings_dict, "CONN_HEALTH_CHECKS": True}
    yield own
    own.close()


def _request(line: Any) -> int:
    """Do as a request does: look at the connection, read, look again; return the server's process that answered."""
    line.close_if_unusable_or_obsolete()
    with in_store(store_ref("acme")), line.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() FROM members_member LIMIT 0")
        process = line.connection.info.backend_pid
    line.close_if_unusable_or_obsolete()
    return int(process)


def test_it_is_not_asked_while_requests_follow_one_another(asked: list[str], line: Any) -> None:
    assert len({_request(line) for _time in range(5)}) == 1
    assert asked == []


def test_it_is_asked_after_a_pause(asked: list[str], line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process = _request(line)
    monkeypatch.setattr(base, "_TRUSTED_SECONDS", -1.0)
    assert _request(line) == process
    assert asked == ["usable?"]


def test_one_that_the_server_ended_between_two_requests_is_opened_anew(asked: list[str], line: Any) -> None:
    first = _request(line)
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn) as other:  # in no role: as whoever opened the line
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [first]).fetchone() == (True,)
    assert _request(line) != first
    assert asked == ["usable?"]  # its last words were waiting, so it was asked, and could not answer


def test_one_that_breaks_under_a_request_is_djangos_error_and_the_next_request_opens_another(line: Any) -> None:
    first = _request(line)
    with in_store(store_ref("acme")):
        line.cursor_of(psycopg.RawCursor)
    line.connection.close()  # as psycopg does when the wire is cut
    with in_store(store_ref("rival")), pytest.raises(OperationalError):
        line.cursor_of(psycopg.RawCursor)
    assert _request(line) != first
