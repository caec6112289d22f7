"""Whatever the order of switches, savepoints, rollbacks, cancels and closed connections: a read shows its own store.

Both stores hold a row of the same primary key and different words, so a read or a write that strays is seen.
"""

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction
from django_tenants.postgresql_backend.base import DatabaseWrapper as UnguardedWrapper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.tenancy import NoScope, StoreRef, WrongScope, in_control, in_store
from kit.tenancy.backend.base import DatabaseWrapper
from tenants.catalog.models import Category
from tests.database import own_database, second_lock_off, second_look_off
from tests.isolation.planting import ONE_ID
from tests.stores import store_ref

# psycopg says so of a server-side cursor whose store, or whose transaction, ended before it was read to the end
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
MARKS = ("MARKA", "MARKB")
# A program is a tree: steps in a store, in a transaction or under a savepoint; the leaves act
LEAVES = st.sampled_from(["read", "write", "list", "keep cursor", "use cursor", "control", "interrupt", "end"])
STEPS = st.recursive(
    LEAVES,
    lambda steps: st.tuples(
        st.sampled_from(["store 0", "store 1", "atomic", "rolled back"]), st.lists(steps, min_size=1, max_size=4)
    ),
    max_leaves=14,
)
PROGRAMS = st.lists(STEPS, min_size=1, max_size=5)


class Broken(Exception):
    """Something on purpose."""


class Walk:
    """Runs a program and notes each read that was not its store's."""

    def __init__(self, url: str, refs: tuple[StoreRef, StoreRef]) -> None:
        self.outsider = psycopg.connect(url, autocommit=True)
        self.refs = refs
        self.strays: list[str] = []
        self.kept: list[tuple[int, Any]] = []
        self.reads = 0

    def run(self, program: list[Any], at: int | None = None) -> None:
        for step in program:
            with suppress(DatabaseError, InterfaceError, psycopg.Error, NoScope, WrongScope, Broken):
                self._step(step, at)

    def _step(self, step: Any, at: int | None) -> None:
        if isinstance(step, str):
            self._act(step, at)
            return
        where, inside = step
        if where.startswith("store"):
            place = int(where[-1])
            with in_store(self.refs[place]):
                self.run(inside, place)
        else:
            with transaction.atomic():
                self.run(inside, at)
                if where == "rolled back":
                    raise Broken

    def _act(self, what: str, at: int | None) -> None:
        if what == "end" and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # the end of a request; the pool has it back
        elif what == "interrupt":
            self._interrupted(at)
        elif what == "control":
            with in_control(), connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM merchants_merchant")
        elif what == "use cursor":
            for mine, cursor in self.kept:
                with suppress(DatabaseError, InterfaceError, psycopg.Error, NoScope, WrongScope):
                    cursor.execute("SELECT name FROM catalog_category")
                    # Refused where it was not opened; where it runs, the rows are of the store it runs in
                    self._saw(at, [name for (name,) in cursor.fetchall()])
                    assert mine is not None
        elif what == "keep cursor":
            self.kept.append((at if at is not None else -1, connection.cursor()))
        elif what == "write":
            row = Category.objects.get(pk=ONE_ID)
            self._saw(at, [row.name])
            row.position += 1
            row.save()
        else:
            found = Category.objects.values_list("name", flat=True)
            self._saw(at, list(found.iterator(chunk_size=1)) if what == "list" else [found.get()])

    def _interrupted(self, at: int | None) -> None:
        """The statement that moves the connection is cancelled, as by a timeout."""

        def fail(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            if str(sql).startswith("SET search_path"):
                execute("SELECT 1 / 0", None, False, context)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(fail):
            self._saw(at, list(Category.objects.values_list("name", flat=True)))

    def _saw(self, at: int | None, names: list[str]) -> None:
        self.reads += 1
        expected = [] if at is None else [MARKS[at]]
        if names != expected:
            self.strays.append(f"{names} in {at}")


@pytest.fixture(scope="module")
def stage(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Any:
    with django_db_blocker.unblock(), own_database(worker=f"interleaved_{worker_id}") as url:
        refs = (store_ref("acme"), store_ref("rival"))
        for ref, mark in zip(refs, MARKS, strict=True):
            with in_store(ref):
                Category.objects.create(pk=ONE_ID, name=mark)
        yield url, refs
        connection.close()


def _strays(stage: Any, program: list[Any]) -> list[str]:
    walk = Walk(*stage)
    try:
        walk.run(program)
        for place in (0, 1):  # and whatever happened, the next one finds its own
            with in_store(walk.refs[place]):
                walk._act("read", place)
    finally:
        walk.outsider.close()
        connection.close()
    return walk.strays


@given(program=PROGRAMS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_no_interleaving_strays(stage: Any, program: list[Any]) -> None:
    assert _strays(stage, program) == []


@pytest.mark.nightly
@given(program=PROGRAMS)
@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_interleaving_of_thousands_strays(stage: Any, program: list[Any]) -> None:
    assert _strays(stage, program) == []


def test_without_the_guard_an_interrupted_switch_strays(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseWrapper, "_handle_search_path", UnguardedWrapper._handle_search_path)
    with second_lock_off(), second_look_off():
        strays = _strays(stage, [("store 0", ["read"]), ("store 1", ["interrupt", "read"])])

    assert strays == ["['MARKA'] in 1"]
