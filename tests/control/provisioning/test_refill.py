"""The pool under load: one name once, refilled when low and never beyond, and nobody who signs up waits for it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from control.merchants.directory import forget
from control.merchants.models import Merchant
from control.merchants.slugs import SlugRefused
from control.provisioning import tasks
from control.provisioning.models import PooledSchema
from control.provisioning.services import fill_pool as filling
from control.provisioning.services.fill_pool import claim_schema, fill_pool, is_low
from control.provisioning.services.record_bundle import current_bundle
from control.signup.services.sign_up import NewStore, SignUp, sign_up
from kit.errors import Refused
from kit.ids import new_schema_name
from kit.tenancy import in_control
from kit.tenancy.sql import run
from tests.control.provisioning.test_kill import strays
from tests.database import BORN, own_database

NOW = BORN + timedelta(days=2)
AT_ONCE = 20


@pytest.fixture
def database(django_db_setup: str, django_db_blocker: Any, worker_id: str, settings: Any) -> Iterator[str]:
    """A database of its own, because sign-ups commit; any phone signs up with the demo's code."""
    settings.LINLI_DEMO, settings.LINLI_DEMO_SMS_CODE = True, "246810"
    with django_db_blocker.unblock(), own_database(worker=f"refill_{worker_id}") as url:
        yield url
        forget()
        connection.close()


@pytest.fixture
def small_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "LOW_WATER", 2)
    monkeypatch.setattr(tasks, "TARGET", 4)
    monkeypatch.setattr(tasks, "PIECE", 1)


def test_one_name_wanted_twenty_times_at_once_is_given_once(
    database: str, monkeypatch: pytest.MonkeyPatch, small_pool: None
) -> None:
    monkeypatch.setattr(tasks, "TARGET", 0)  # no refill: what is missing afterwards was claimed
    before = _ready()
    together = threading.Barrier(AT_ONCE)

    def want(number: int) -> NewStore | Refused:
        try:
            together.wait()
            with in_control():
                return sign_up(asked=_asked("wanted", number=number), now=NOW)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=AT_ONCE) as people:
        answers = list(people.map(want, range(AT_ONCE)))

    assert sum(isinstance(answer, NewStore) for answer in answers) == 1
    assert sum(isinstance(answer, SlugRefused) for answer in answers) == AT_ONCE - 1
    assert before - _ready() == 1  # the others gave back what they had claimed
    with in_control():
        assert Merchant.objects.filter(slug="wanted").count() == 1
        assert strays() == {}


class TestLowWater:
    def test_above_the_mark_nothing_is_built(self, db: None, small_pool: None) -> None:
        ready = _ready()
        assert ready >= filling.LOW_WATER

        tasks.fill_pool()

        assert _ready() == ready

    def test_below_the_mark_it_is_filled_in_pieces_by_the_task(
        self, db: None, small_pool: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with in_control():
            PooledSchema.objects.exclude(pk=PooledSchema.objects.earliest("built_at").pk).delete()
            assert is_low(now=NOW)
        runs: list[int | None] = []

        def noted(*, target: int, now: Any, at_most: int | None = None) -> int:
            runs.append(at_most)
            return fill_pool(target=target, now=now, at_most=at_most)

        monkeypatch.setattr(tasks, "fill", noted)
        tasks.fill_pool()

        assert _ready() == 4
        assert runs == [1, 1, 1, 1]  # three built, and a last look

    def test_a_sign_up_asks_for_the_refill(self, database: str, small_pool: None) -> None:
        with in_control():
            PooledSchema.objects.exclude(pk=PooledSchema.objects.earliest("built_at").pk).delete()
            sign_up(asked=_asked("kicks"), now=NOW)

        assert _ready() == 4


class TestFairness:
    def test_a_claim_does_not_wait_for_the_builder(self, database: str, small_pool: None) -> None:
        with _builder_at_work(), in_control(), transaction.atomic():
            run("SET LOCAL lock_timeout = '50ms'")
            claimed = claim_schema(now=NOW)

        assert claimed.startswith("t_")

    def test_with_a_dry_pool_a_sign_up_builds_beside_the_builder(
        self, database: str, small_pool: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with in_control():
            PooledSchema.objects.all().delete()
        with _builder_at_work(), in_control():
            new = sign_up(asked=_asked("beside"), now=NOW)  # its own refill leaves the work to the builder

        with in_control():
            assert Merchant.objects.get(pk=new.merchant.pk).state == "trial"

    def test_a_second_filler_leaves_the_work_to_the_first(self, database: str) -> None:
        with _builder_at_work():
            assert fill_pool(target=50, now=NOW) == 0

    def test_without_the_lock_two_fillers_build_too_many(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(filling, "_LOCK", "another")
        ready = _ready()
        with _builder_at_work():  # one more is on its way
            assert fill_pool(target=ready + 1, now=NOW) == 1

        assert _ready() == ready + 2


class _builder_at_work:  # noqa: N801 - reads as the sentence it is
    """Another process in the middle of building: its schema and its row are there, not committed, its locks held."""

    def __enter__(self) -> None:
        self.built, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._build)
        self.thread.start()
        assert self.built.wait(30)

    def __exit__(self, *_exc: object) -> None:
        self.over.set()
        self.thread.join()

    def _build(self) -> None:
        try:
            with in_control(), transaction.atomic():
                run("SELECT pg_advisory_xact_lock(hashtextextended('linli pool', 0))")
                bundle = current_bundle(now=NOW)
                name = new_schema_name()
                filling.build_schema(name=name, bundle=bundle)
                PooledSchema.objects.create(schema_name=name, bundle_sha=bundle.sha, built_at=NOW)
                self.built.set()
                self.over.wait(30)
        finally:
            connection.close()


def _ready() -> int:
    with in_control():
        return PooledSchema.objects.count()


def _asked(slug: str, *, number: int = 0) -> SignUp:
    return SignUp(
        phone=f"1380000{number:04d}",
        code="246810",
        email=f"{slug}-{number}@example.com",
        password="green-leaf-88",
        store_name=f"店 {slug}",
        slug=slug,
        accepted_terms=True,
    )
