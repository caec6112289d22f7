"""What a process shares never carries a store along: connections, threads, cursors, half-read lists, caches."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Token, copy_context
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.backends.postgresql import compiler as postgres

from control.merchants.models import Merchant
from kit.tenancy import NoScope, StoreRef, WrongScope, in_control, in_store, scope
from kit.tenancy.backend import compiler
from tenants.catalog.models import Category
from tenants.content.models import StoreProfile
from tests.database import second_lock_off, second_look_off
from tests.stores import store_ref


@pytest.fixture
def stores(django_db_setup: str, django_db_blocker: Any) -> Iterator[dict[str, StoreRef]]:
    """Both stores by the name they must show, outside any test transaction: other threads read them."""
    with django_db_blocker.unblock():
        yield {"绿家生鲜": store_ref("acme"), "隔壁鲜果": store_ref("rival")}
        connection.close()


def _name() -> str:
    return StoreProfile.objects.get().name


class TestManyThreads:
    def test_eight_switch_at_once(self, stores: dict[str, StoreRef]) -> None:
        assert _wrong_reads(stores, threads=8, switches=25) == 0

    @pytest.mark.nightly
    def test_sixty_four_switch_five_hundred_times(self, stores: dict[str, StoreRef]) -> None:
        assert _wrong_reads(stores, threads=64, switches=500) == 0

    def test_a_scope_for_the_whole_process_shows_the_neighbour(
        self, stores: dict[str, StoreRef], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scope, "_scope", _OneForAll())

        assert _wrong_reads(stores, threads=8, switches=100) > 0


class _OneForAll:
    """What a ContextVar is not."""

    value: Any = None

    def get(self) -> Any:
        return self.value

    def set(self, value: Any) -> Any:
        before, self.value = self.value, value
        return before

    def reset(self, before: Token[Any]) -> None:
        self.value = before


def _wrong_reads(stores: dict[str, StoreRef], *, threads: int, switches: int) -> int:
    together = threading.Barrier(threads)

    def work(first: int) -> int:
        wrong = 0
        together.wait(timeout=30)
        try:
            for turn in range(switches):
                expected, ref = list(stores.items())[(first + turn) % 2]
                try:
                    with in_store(ref):
                        StoreProfile.objects.count()  # meanwhile others have their turn
                        wrong += _name() != expected
                except (WrongScope, NoScope):  # refused: nothing was read
                    pass
        finally:
            connection.close()
        return wrong

    with ThreadPoolExecutor(max_workers=threads) as crew:
        return sum(crew.map(work, range(threads)))


class TestThreadPool:
    """A view that hands work to a pool hands no store along."""

    def test_a_thread_of_a_pool_begins_with_no_scope(self, stores: dict[str, StoreRef]) -> None:
        with in_store(stores["绿家生鲜"]), ThreadPoolExecutor(max_workers=1) as pool, pytest.raises(NoScope):
            pool.submit(_name).result()

    def test_unless_it_is_given_one(self, stores: dict[str, StoreRef]) -> None:
        def work() -> str:
            try:
                return _name()
            finally:
                connection.close()

        with in_store(stores["绿家生鲜"]), ThreadPoolExecutor(max_workers=1) as pool:
            assert pool.submit(copy_context().run, work).result() == "绿家生鲜"


class TestCursors:
    def test_one_kept_from_another_store_is_refused(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme), connection.cursor() as kept:
            kept.execute("SELECT name FROM content_storeprofile")
            assert kept.fetchone() == ("绿家生鲜",)
            with in_store(rival):
                with pytest.raises(WrongScope):
                    kept.execute("SELECT name FROM content_storeprofile")
                assert _name() == "隔壁鲜果"
            with pytest.raises(WrongScope):  # the connection still stands at rival's
                kept.execute("SELECT name FROM content_storeprofile")
            assert _name() == "绿家生鲜"
            kept.execute("SELECT name FROM content_storeprofile")
            assert kept.fetchone() == ("绿家生鲜",)
        with pytest.raises(NoScope), connection.cursor():
            pass

    def test_one_kept_over_a_rollback_finds_its_store_again(self, stores: dict[str, StoreRef]) -> None:
        with in_store(stores["绿家生鲜"]):
            assert _name() == "绿家生鲜"
        with in_store(stores["隔壁鲜果"]):
            with transaction.atomic():
                kept = connection.cursor()  # the switch to rival is part of this transaction
                transaction.set_rollback(True)
            kept.execute("SELECT name FROM content_storeprofile")
            assert kept.fetchone() == ("隔壁鲜果",)

    def test_without_the_second_look_it_reads_the_store_before(self, stores: dict[str, StoreRef]) -> None:
        with second_lock_off():
            with in_store(stores["绿家生鲜"]):
                assert _name() == "绿家生鲜"
            with second_look_off(), in_store(stores["隔壁鲜果"]):
                with transaction.atomic():
                    kept = connection.cursor()
                    transaction.set_rollback(True)
                kept.execute("SELECT name FROM content_storeprofile")
                assert kept.fetchone() == ("绿家生鲜",)


class TestHalfReadLists:
    def test_are_not_read_on_in_another_store(self, acme: StoreRef, rival: StoreRef) -> None:
        for rows in _half_read(acme):
            with in_store(rival), pytest.raises(WrongScope):
                next(rows)

    def test_are_read_to_the_end_at_home(self, acme: StoreRef, rival: StoreRef) -> None:
        for rows in _half_read(acme):
            with in_store(rival):
                assert _name() == "隔壁鲜果"
            with in_store(acme):
                assert len(list(rows)) == 2

    def test_without_the_check_they_hand_rows_to_the_neighbour(
        self, acme: StoreRef, rival: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(compiler.SQLCompiler, "results_iter", postgres.SQLCompiler.results_iter)
        for rows in _half_read(acme):
            with in_store(rival):
                assert next(rows)


def _half_read(ref: StoreRef) -> list[Iterator[Any]]:
    """Begin to read three rows of a store, as objects and as values."""
    with in_store(ref):
        if not Category.objects.exists():
            Category.objects.bulk_create([Category(name=f"分类{n}") for n in range(3)])
        kinds = [Category.objects.iterator(chunk_size=1), Category.objects.values_list("name").iterator(chunk_size=1)]
        for kind in kinds:
            next(kind)
    return kinds


class TestContentTypes:
    def test_are_forgotten_at_every_switch(self, acme: StoreRef) -> None:
        _know_a_content_type()
        with in_store(acme):
            StoreProfile.objects.count()
            assert _known() == {}

    def test_without_forgetting_they_stay(self, acme: StoreRef, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(ContentType.objects), "clear_cache", lambda manager: None)
        _know_a_content_type()
        with in_store(acme):
            StoreProfile.objects.count()
            assert _known() != {}


def _know_a_content_type() -> None:
    with in_control():
        ContentType.objects.get_for_model(Merchant)
        assert _known() != {}


def _known() -> dict[Any, Any]:
    return dict(ContentType.objects._cache)  # type: ignore[attr-defined]
