"""A real Celery worker, one process, one thread, one connection: each message runs in its own store or not at all."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery, chain, chord, group
from celery.beat import ScheduleEntry, Scheduler
from celery.contrib.testing.worker import start_worker
from celery.schedules import schedule
from django.db import connection

from config.celery import app as ours
from control.merchants.models import Merchant, MerchantState
from kit import clock
from kit.tenancy import StoreRef, current_store, in_control, in_store
from kit.tenancy.tasks import StoreTask
from tenants.content.models import StoreProfile
from tests.database import own_database
from tests.stores import store_ref

WAIT = 30  # seconds at most; every answer comes at once
app = Celery("linli-tests", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.update(task_always_eager=False, task_eager_propagates=False, worker_hijack_root_logger=False)
seen: list[str] = []


@app.task(base=StoreTask, name="worker.name_of")
def name_of(*before: Any, store: str) -> list[str]:
    names = [name for part in before for name in (part if isinstance(part, list) else [part])]
    return [str(name) for name in _flat(names)] + [f"{current_store().slug}:{StoreProfile.objects.get().name}"]


@app.task(base=StoreTask, name="worker.again", bind=True, max_retries=2)
def again(self: Any, *, store: str) -> str:
    seen.append(StoreProfile.objects.get().name)
    if self.request.retries < 1:
        raise self.retry(countdown=0)
    return seen[-1]


@app.task(base=StoreTask, name="worker.rename")
def rename(*, store: str) -> None:
    seen.append("the body ran")
    StoreProfile.objects.update(name="a stranger")
    Merchant.objects.update(name="a stranger")


def _flat(names: list[Any]) -> Iterator[Any]:
    for name in names:
        if isinstance(name, list):
            yield from _flat(name)
        else:
            yield name


@pytest.fixture(scope="module")
def worker(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    logging.getLogger("celery").setLevel(logging.CRITICAL)
    with (
        django_db_blocker.unblock(),
        own_database(worker=f"worker_{worker_id}"),
        start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20),
    ):
        yield
    connection.close()
    # a worker makes its app the process's own: the tests after this one want ours again
    ours.set_current()
    ours.set_default()


@pytest.fixture
def acme(worker: None) -> dict[str, str]:
    seen.clear()
    return _kwargs(store_ref("acme"))


@pytest.fixture
def rival(worker: None) -> dict[str, str]:
    return _kwargs(store_ref("rival"))


def _kwargs(ref: StoreRef) -> dict[str, str]:
    return {"store": str(ref.merchant_id)}


ACME, RIVAL = "acme:绿家生鲜", "rival:隔壁鲜果"


class TestTwoStoresOnOneWorker:
    def test_chain_group_chord(self, acme: dict[str, str], rival: dict[str, str]) -> None:
        chained = chain(name_of.s(**acme), name_of.s(**rival), name_of.s(**acme)).apply_async()
        grouped = group(name_of.s(**turn) for turn in (rival, acme, rival)).apply_async()
        choir = chord([name_of.s(**acme), name_of.s(**rival)], name_of.s(**acme)).apply_async()

        assert chained.get(timeout=WAIT) == [ACME, RIVAL, ACME]
        assert grouped.get(timeout=WAIT) == [[RIVAL], [ACME], [RIVAL]]
        assert sorted(choir.get(timeout=WAIT)) == sorted([ACME, RIVAL, ACME])

    def test_retry_and_eta(self, acme: dict[str, str], rival: dict[str, str]) -> None:
        later = name_of.apply_async(kwargs=rival, eta=clock.now() + timedelta(milliseconds=50))
        retried = again.apply_async(kwargs=acme)

        assert retried.get(timeout=WAIT) == "绿家生鲜"
        assert seen == ["绿家生鲜", "绿家生鲜"]
        assert later.get(timeout=WAIT) == [RIVAL]

    def test_beat(self, acme: dict[str, str], rival: dict[str, str]) -> None:
        beat = Scheduler(app, lazy=True)
        answers = [
            beat.apply_async(
                ScheduleEntry(name=turn["store"], task="worker.name_of", schedule=schedule(60), kwargs=turn, app=app),
                advance=False,
            )
            for turn in (acme, rival)
        ]
        assert [answer.get(timeout=WAIT) for answer in answers] == [[ACME], [RIVAL]]


class TestNoStore:
    """As an old producer or another language would publish it: past our own ``apply_async``."""

    @pytest.mark.parametrize("kwargs", [{}, {"store": ""}, {"store": None}, {"store": str(uuid4())}, {"store": "x"}])
    def test_nothing_changes_anywhere(self, acme: dict[str, str], kwargs: dict[str, Any]) -> None:
        before = _everything()

        answer = app.send_task("worker.rename", kwargs=kwargs)

        assert not answer.get(timeout=WAIT, propagate=False) or answer.failed()
        assert answer.failed()
        assert seen == []
        assert _everything() == before

    def test_nor_for_a_store_that_was_erased_meanwhile(self, acme: dict[str, str], rival: dict[str, str]) -> None:
        with in_control():
            Merchant.objects.filter(slug="acme").update(state=MerchantState.ERASED)
        try:
            before = _everything()
            answer = app.send_task("worker.rename", kwargs=acme)
            answer.get(timeout=WAIT, propagate=False)
            assert (answer.failed(), seen, _everything()) == (True, [], before)
            assert name_of.apply_async(kwargs=rival).get(timeout=WAIT) == [RIVAL]
        finally:
            with in_control():
                Merchant.objects.filter(slug="acme").update(state=MerchantState.TRIAL)

    def test_a_base_that_falls_back_to_public_runs_the_body(
        self, acme: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def open_call(self: Any, *args: Any, **kwargs: Any) -> Any:
            with in_control():  # what tenant-schemas-celery does with a message without a tenant
                return self.run(*args, store="", **kwargs)

        monkeypatch.setattr(StoreTask, "__call__", open_call)
        answer = app.send_task("worker.rename", kwargs={})
        answer.get(timeout=WAIT, propagate=False)
        assert seen == ["the body ran"]


def _everything() -> list[Any]:
    """Every row that ``rename`` could have touched."""
    with in_control():
        rows = list(Merchant.objects.order_by("slug").values_list("slug", "name", "state"))
    for slug in ("acme", "rival"):
        with in_store(store_ref(slug)):
            rows += StoreProfile.objects.values_list("name", "notice", "brand_color")
    return rows
