"""A storm of cancelled statements on one shared connection never shows a store another store's row.

The same storm against the backend without its guard does show one: the test can fail.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction
from django_tenants.postgresql_backend.base import DatabaseWrapper as UnguardedWrapper

from kit.tenancy import StoreRef, in_store
from kit.tenancy.backend.base import DatabaseWrapper
from tenants.content.models import StoreProfile
from tests.database import second_lock_off
from tests.stores import store_ref

READS = 1_500
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


@pytest.mark.parametrize("inside_transaction", [False, True])
def test_storm_reads_no_wrong_row(stores: tuple[str, StoreRef, StoreRef], inside_transaction: bool) -> None:
    weather = _storm(stores, reads=READS, inside_transaction=inside_transaction)

    assert weather.wrong == 0
    assert weather.cancelled > 0  # there was a storm


@pytest.mark.nightly
@pytest.mark.parametrize("inside_transaction", [False, True])
def test_long_storm_reads_no_wrong_row(stores: tuple[str, StoreRef, StoreRef], inside_transaction: bool) -> None:
    weather = _storm(stores, reads=NIGHTLY_READS, inside_transaction=inside_transaction)

    print(f"\n{weather}")  # noqa: T201 - the nightly run shows its figures
    assert weather.wrong == 0
    assert weather.cancelled > 100


def test_without_the_guard_the_storm_shows_a_wrong_row(
    stores: tuple[str, StoreRef, StoreRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatabaseWrapper, "_handle_search_path", UnguardedWrapper._handle_search_path)

    monkeypatch.setattr(connection, "execute_wrappers", [])  # which looks again before each statement
    with second_lock_off():
        weather = _storm(stores, reads=MUTANT_READS, inside_transaction=False, until_wrong=True)

    assert weather.wrong > 0


def _storm(
    stores: tuple[str, StoreRef, StoreRef], *, reads: int, inside_transaction: bool, until_wrong: bool = False
) -> Weather:
    url, acme, rival = stores
    with in_store(acme):
        names = {acme.schema: StoreProfile.objects.get().name}
    with in_store(rival):
        names[rival.schema] = StoreProfile.objects.get().name
    weather = Weather()
    over = threading.Event()
    canceller = threading.Thread(target=_cancel_all, args=(url, over), daemon=True)
    canceller.start()
    try:
        while weather.reads < reads and not (until_wrong and weather.wrong):
            _read_once((acme, rival)[weather.reads % 2], names, weather, inside_transaction)
    finally:
        over.set()
        canceller.join()
    return weather


def _read_once(ref: StoreRef, names: dict[str, str], weather: Weather, inside_transaction: bool) -> None:
    weather.reads += 1
    try:
        with in_store(ref):
            if inside_transaction:
                with transaction.atomic():
                    found = StoreProfile.objects.values_list("name", flat=True).get()
            else:
                found = StoreProfile.objects.values_list("name", flat=True).get()
    except (DatabaseError, InterfaceError):
        weather.cancelled += 1
        return
    weather.wrong += found != names[ref.schema]


def _cancel_all(url: str, over: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as outsider:
        while not over.is_set():
            outsider.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'"
            )
