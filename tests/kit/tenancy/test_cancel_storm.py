"""A storm of cancelled statements on one shared connection never shows a store another store's row.

The same storm against the backend without its guard does show one: the test can fail.
"""

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django_tenants.postgresql_backend.base import DatabaseWrapper as UnguardedWrapper

from kit.tenancy import StoreRef, in_store
from kit.tenancy.backend.base import DatabaseWrapper, SwitchFailed
from tenants.content.models import StoreProfile
from tests.database import second_lock_off, second_look_off
from tests.stores import store_ref

WAYS = ["plain", "in a transaction", "server-side cursor"]
READS = 400
# psycopg says so of a server-side cursor whose CLOSE was cancelled too
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
NIGHTLY_READS = 50_000
MUTANT_READS = 60_000


@dataclass
class Weather:
    reads: int = 0
    wrong: int = 0
    cancelled: int = 0


@pytest.fixture
def stores(django_db_setup: str, django_db_blocker: Any) -> Iterator[tuple[str, StoreRef, StoreRef]]:
    """The worker's own database, outside any test transaction: the storm only reads."""
    with django_db_blocker.unblock():
        yield django_db_setup, store_ref("acme"), store_ref("rival")
        connection.close()
        gc.collect()  # the cursors that could not be closed are complained of here, and not in another's test


@pytest.mark.parametrize("way", WAYS)
def test_storm_reads_no_wrong_row(stores: tuple[str, StoreRef, StoreRef], way: str) -> None:
    weather = _storm(stores, reads=READS, way=way)

    assert weather.wrong == 0
    assert weather.cancelled > 0  # there was a storm


@pytest.mark.parametrize("way", WAYS)
def test_terminated_connections_read_no_wrong_row(stores: tuple[str, StoreRef, StoreRef], way: str) -> None:
    weather = _storm(stores, reads=READS // 5, way=way, with_what="pg_terminate_backend")

    assert weather.wrong == 0
    assert weather.cancelled > 0


@pytest.mark.nightly
@pytest.mark.parametrize("with_what", ["pg_cancel_backend", "pg_terminate_backend"])
@pytest.mark.parametrize("way", WAYS)
def test_long_storm_reads_no_wrong_row(stores: tuple[str, StoreRef, StoreRef], way: str, with_what: str) -> None:
    weather = _storm(stores, reads=NIGHTLY_READS, way=way, with_what=with_what)

    print(f"\n{weather}")  # noqa: T201 - the nightly run shows its figures
    assert weather.wrong == 0
    assert weather.cancelled > 100


def test_a_failed_switch_reads_nothing(stores: tuple[str, StoreRef, StoreRef]) -> None:
    _url, acme, rival = stores
    with in_store(acme):
        assert StoreProfile.objects.get().name == "绿家生鲜"
    with in_store(rival):
        with connection.execute_wrapper(_switches_fail), pytest.raises(SwitchFailed):
            StoreProfile.objects.get()
        assert StoreProfile.objects.get().name == "隔壁鲜果"


def test_without_the_guard_a_failed_switch_reads_the_store_before(
    stores: tuple[str, StoreRef, StoreRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    _url, acme, rival = stores
    monkeypatch.setattr(DatabaseWrapper, "_handle_search_path", UnguardedWrapper._handle_search_path)
    with second_lock_off(), second_look_off():
        with in_store(acme):
            assert StoreProfile.objects.get().name == "绿家生鲜"
        with in_store(rival), connection.execute_wrapper(_switches_fail):
            assert StoreProfile.objects.get().name == "绿家生鲜"


def _switches_fail(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    if str(sql).startswith("SET search_path"):
        raise OperationalError("canceling statement due to user request")
    return execute(sql, params, many, context)


@pytest.mark.nightly
def test_without_the_guard_the_storm_shows_a_wrong_row(
    stores: tuple[str, StoreRef, StoreRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatabaseWrapper, "_handle_search_path", UnguardedWrapper._handle_search_path)

    with second_lock_off(), second_look_off():
        weather = _storm(stores, reads=MUTANT_READS, way="plain", until_wrong=True)

    assert weather.wrong > 0


def _storm(
    stores: tuple[str, StoreRef, StoreRef],
    *,
    reads: int,
    way: str,
    with_what: str = "pg_cancel_backend",
    until_wrong: bool = False,
) -> Weather:
    url, acme, rival = stores
    with in_store(acme):
        names = {acme.schema: StoreProfile.objects.get().name}
    with in_store(rival):
        names[rival.schema] = StoreProfile.objects.get().name
    weather = Weather()
    over = threading.Event()
    canceller = threading.Thread(target=_cancel_all, args=(url, with_what, over), daemon=True)
    canceller.start()
    try:
        while weather.reads < reads or not (weather.cancelled or weather.reads > 50 * reads):
            if until_wrong and weather.wrong:
                break
            _read_once((acme, rival)[weather.reads % 2], names, weather, way)
    finally:
        over.set()
        canceller.join()
    return weather


def _read_once(ref: StoreRef, names: dict[str, str], weather: Weather, way: str) -> None:
    weather.reads += 1
    try:
        with in_store(ref):
            profiles = StoreProfile.objects.values_list("name", flat=True)
            if way == "in a transaction":
                with transaction.atomic():
                    found = profiles.get()
            elif way == "server-side cursor":
                (found,) = profiles.iterator(chunk_size=1)
            else:
                found = profiles.get()
    except (DatabaseError, InterfaceError, psycopg.Error):  # the last from closing a server-side cursor
        weather.cancelled += 1
        connection.close_if_unusable_or_obsolete()  # as the end of a request does
        return
    weather.wrong += found != names[ref.schema]


def _cancel_all(url: str, with_what: str, over: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as outsider:
        while not over.is_set():
            outsider.execute(
                f"SELECT {with_what}(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'"
            )
