"""A store's task runs in its store or not at all."""

from typing import Any
from uuid import uuid4

import pytest
from celery import chain, chord, group, shared_task

from control.merchants.models import Merchant, MerchantState
from kit.tenancy import NoScope, NoStore, StoreRef, current_store, in_control, in_store, scope_now
from kit.tenancy.tasks import ControlTask, StoreTask, StoreUnavailable
from tenants.content.models import StoreProfile

seen: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


@shared_task(base=StoreTask, name="tests.note_name")
def note_name(*_before: Any, store: str) -> str:
    name = StoreProfile.objects.get().name
    seen.append((current_store().slug, name))
    return name


@shared_task(base=StoreTask, name="tests.fail_once", bind=True, max_retries=1)
def fail_once(self: Any, *, store: str) -> None:
    seen.append(StoreProfile.objects.get().name)
    if len(seen) == 1:
        raise self.retry(countdown=0)


@shared_task(base=ControlTask, name="tests.count_merchants")
def count_merchants() -> int:
    seen.append(Merchant.objects.count())
    return len(seen)


@shared_task(name="tests.of_no_plane")
def of_no_plane() -> int:
    return StoreProfile.objects.count()


def _of(ref: StoreRef) -> dict[str, str]:
    return {"store": str(ref.merchant_id)}


class TestStoreTask:
    def test_runs_in_its_store_and_leaves_it(self, acme: StoreRef, rival: StoreRef) -> None:
        for ref in (acme, rival, acme):
            note_name.delay(**_of(ref))

        assert seen == [("acme", "绿家生鲜"), ("rival", "隔壁鲜果"), ("acme", "绿家生鲜")]
        assert scope_now() is None

    def test_keeps_its_store_through_retries_chains_groups_and_chords(self, acme: StoreRef, rival: StoreRef) -> None:
        fail_once.apply(kwargs=_of(acme), throw=False)
        assert seen == ["绿家生鲜", "绿家生鲜"]
        seen.clear()

        chain(note_name.s(**_of(acme)), note_name.s(**_of(rival)))()
        group(note_name.s(**_of(rival)), note_name.s(**_of(acme)))()
        chord([note_name.s(**_of(acme))], note_name.s(**_of(rival)))()

        assert [slug for slug, _name in seen] == ["acme", "rival", "rival", "acme", "acme", "rival"]
        assert all((slug == "acme") == (name == "绿家生鲜") for slug, name in seen)

    def test_is_not_published_without_a_store(self) -> None:
        with pytest.raises(NoStore):
            note_name.delay()
        with pytest.raises(NoStore):
            note_name.apply_async(kwargs={"store": ""})

    def test_is_not_published_for_another_store_than_the_one_we_are_in(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme), pytest.raises(NoStore):
            note_name.delay(**_of(rival))

        assert seen == []

    def test_does_not_run_for_a_store_that_is_gone(self, db: None) -> None:
        with pytest.raises(StoreUnavailable):
            note_name.delay(store=str(uuid4()))

        assert seen == []

    @pytest.mark.parametrize(
        "state", [MerchantState.BUILDING, MerchantState.SUSPENDED, MerchantState.ARCHIVED, MerchantState.ERASED]
    )
    def test_does_not_run_for_a_store_that_may_not_work(self, acme: StoreRef, state: MerchantState) -> None:
        with in_control():
            Merchant.objects.filter(slug="acme").update(state=state)

        with pytest.raises(StoreUnavailable):
            note_name.delay(**_of(acme))

        assert seen == []


class TestOtherTasks:
    def test_a_control_task_runs_in_the_control_plane(self, acme: StoreRef) -> None:
        with in_store(acme):  # even when something in a store calls it
            count_merchants.delay()

        assert seen == [2]

    def test_a_task_of_no_plane_reaches_nothing(self, db: None) -> None:
        with pytest.raises(NoScope):
            of_no_plane.delay()
