"""PostgreSQL's own count of what was touched: a walk through acme touches no table of any other store."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kit.tenancy import StoreRef, in_control, in_store
from kit.tenancy.sql import run
from tenants.content.models import StoreProfile
from tests.isolation.planting import plant
from tests.isolation.routes import get_routes
from tests.isolation.visitors import visitors

# Counted inside the transaction that is open, so it sees whatever the test has done and nobody else's work
_TOUCHED = """
SELECT schemaname AS schema, relname AS name,
       coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del AS times
FROM pg_stat_xact_user_tables
"""
_CROSS_SCHEMA_KEYS = """
SELECT conname FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
WHERE contype = 'f' AND a.relnamespace <> b.relnamespace
"""


def _counted() -> dict[tuple[str, str], int]:
    with in_control():
        return {(row["schema"], row["name"]): int(row["times"]) for row in run(_TOUCHED)}


@contextmanager
def touching(touched: set[str]) -> Iterator[None]:
    """Put the names of the schemas whose tables the block touches into ``touched``."""
    before = _counted()
    yield
    touched |= {schema for (schema, name), times in _counted().items() if times > before.get((schema, name), 0)}


@pytest.fixture
def touched() -> set[str]:
    return set()


class TestTouched:
    def test_a_walk_through_acme_stays_in_acme(self, acme: StoreRef, rival: StoreRef, touched: set[str]) -> None:
        assert plant(acme, mark="MARKA") == plant(rival, mark="MARKB")
        walkers = visitors(acme)
        with touching(touched):
            for visitor in walkers:
                for path in get_routes("config.urls_store"):
                    visitor.get(path)

        assert touched == {acme.schema, "public"}

    def test_the_count_sees_a_look_next_door(self, acme: StoreRef, rival: StoreRef, touched: set[str]) -> None:
        with touching(touched), in_store(acme):
            StoreProfile.objects.get()
            with in_store(rival):
                StoreProfile.objects.get()

        assert touched == {acme.schema, rival.schema}


class TestKeys:
    def test_no_key_leads_from_one_schema_into_another(self, db: None) -> None:
        with in_control():
            assert run(_CROSS_SCHEMA_KEYS) == []

    def test_one_that_did_would_be_seen(self, acme: StoreRef) -> None:
        with in_control(as_owner=True):
            run(
                f'ALTER TABLE "{acme.schema}".content_storeprofile ADD COLUMN m uuid REFERENCES merchants_merchant (id)'
            )
            assert len(run(_CROSS_SCHEMA_KEYS)) == 1
