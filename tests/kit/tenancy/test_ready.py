"""Statements that the server keeps ready: planned once for each store, and never another store's."""

import pytest
from django.db import transaction

from kit.tenancy import NoScope, in_store
from kit.tenancy.sql import PlanOutdated, rows_often, run, run_often
from kit.web.away import AWAY
from tests.factories.members import a_member
from tests.stores import store_ref

pytestmark = pytest.mark.django_db

_NAMED = "SELECT nickname FROM members_member WHERE nickname = $1"


def _ready(words: str) -> list[str]:
    found = run("SELECT statement FROM pg_prepared_statements WHERE strpos(statement, %s) > 0", [words])
    return sorted(row["statement"] for row in found)


def test_asked_often_it_is_prepared_once_for_each_store_and_finds_its_own_rows() -> None:
    stores = [store_ref(slug) for slug in ("acme", "rival")]
    for ref in stores:
        with in_store(ref):
            a_member(nickname=f"{ref.slug}的邻居")
    for _time in range(4):
        for ref in stores:
            with in_store(ref):
                found = [rows_often(_NAMED, [f"{one.slug}的邻居"]) for one in stores]
                assert [bool(rows) for rows in found] == [one == ref for one in stores]
    with in_store(stores[0]):
        assert _ready(_NAMED) == sorted(f"/* {ref.schema} */ {_NAMED}" for ref in stores)
        assert not _ready("SELECT id FROM members_member LIMIT 0 -- asked once")


def test_asked_once_it_is_not_prepared() -> None:
    once = "SELECT count(*) FROM members_member WHERE nickname <> $1"
    with in_store(store_ref("acme")):
        rows_often(once, ["谁"])
        assert _ready(once) == []


def test_small_and_large_numbers_are_one_statement() -> None:
    sums = "SELECT $1 + 1 AS sum, $2 AS yes"
    with in_store(store_ref("acme")):
        for number in (7, 70_000, 7_000_000_000, 7, 70_000, 7_000_000_000):
            assert rows_often(sums, [number, True]) == [(number + 1, True)]
        assert len(_ready(sums)) == 1


def test_what_was_prepared_before_a_rollback_is_planned_anew_in_its_store() -> None:
    with in_store(store_ref("acme")):
        for _time in range(4):
            rows_often(_NAMED, ["谁"])
        with transaction.atomic():
            a_member(nickname="没留下")
            assert rows_often(_NAMED, ["没留下"])
            transaction.set_rollback(True)
        assert rows_often(_NAMED, ["没留下"]) == []


def test_a_column_that_changed_is_an_answer_of_trying_again() -> None:
    wide = "SELECT a FROM changing"
    with in_store(store_ref("acme"), as_owner=True):
        run("CREATE TEMPORARY TABLE changing (a int)")
        for _time in range(4):
            rows_often(wide, [])
        run("DO $$ BEGIN EXECUTE 'ALTER TABLE changing ALTER a TYPE text'; END $$")
        with pytest.raises(PlanOutdated) as refused, transaction.atomic():
            rows_often(wide, [])
        assert isinstance(refused.value, AWAY)  # 503 with Retry-After
        assert rows_often(wide, []) == []


def test_names_and_nothing_go_in_and_columns_come_out_by_name() -> None:
    with in_store(store_ref("acme")):
        for said in ("五折%s 99%", None):
            for _time in range(4):
                assert run_often("SELECT %(said)s::text AS said", {"said": said}) == [{"said": said}]


def test_without_a_scope_there_is_no_statement() -> None:
    with pytest.raises(NoScope):
        rows_often(_NAMED, ["谁"])
