"""Stores come out of a pool of schemas that are what Django's migrations would have made."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from control.merchants.models import Domain, Merchant, MerchantState
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.fill_pool import BundleBroken, build_schema, claim_schema, fill_pool
from control.provisioning.services.open_store import resume_half_built
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import StoreRef, in_control, in_store
from tests.database import BORN

LATER = BORN + timedelta(days=1)


class TestBundle:
    def test_gives_the_catalog_that_djangos_own_migrate_gives(self, db: None) -> None:
        by_bundle, by_django = new_schema_name(), new_schema_name()
        with in_control():
            build_schema(name=by_bundle, bundle=current_bundle(now=LATER))
            _migrate_with_django(by_django)

            assert fingerprint_of(by_bundle) == fingerprint_of(by_django)

    def test_records_what_django_would_have_recorded_as_applied(self, db: None) -> None:
        by_bundle = new_schema_name()
        with in_control():
            build_schema(name=by_bundle, bundle=current_bundle(now=LATER))

        with in_store(StoreRef(merchant_id=None, schema=by_bundle)):  # type: ignore[arg-type]
            executor = MigrationExecutor(connection)
            labels = {apps.get_app_config(app.rsplit(".", 1)[-1]).label for app in settings.TENANT_APPS}
            leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] in labels]
            assert executor.migration_plan(leaves) == []

    def test_a_bundle_that_gives_something_else_is_refused(self, db: None) -> None:
        with in_control():
            bundle = Bundle.objects.get()
            bundle.sql += "\nALTER TABLE members_member ADD COLUMN planted int;"

            with pytest.raises(BundleBroken), transaction.atomic():
                build_schema(name=new_schema_name(), bundle=bundle)


class TestPool:
    def test_is_filled_to_the_target_and_not_beyond(self, db: None) -> None:
        with in_control():
            there = PooledSchema.objects.count()

        assert fill_pool(target=there + 1, now=LATER) == 1
        assert fill_pool(target=there + 1, now=LATER) == 0

    def test_a_claim_takes_the_oldest_and_builds_one_when_the_pool_is_dry(self, db: None) -> None:
        with in_control():
            oldest = PooledSchema.objects.order_by("built_at").first()
            assert oldest is not None
            with transaction.atomic():
                claimed = claim_schema(now=LATER)
            PooledSchema.objects.all().delete()
            with transaction.atomic():
                built = claim_schema(now=LATER)

            assert claimed == oldest.schema_name
            assert built != claimed
            assert fingerprint_of(built) == Bundle.objects.get().fingerprint

    def test_schemas_of_an_older_bundle_are_not_claimed(self, db: None) -> None:
        with in_control():
            PooledSchema.objects.update(bundle_sha="of-last-week")
            stale = set(PooledSchema.objects.values_list("schema_name", flat=True))
            with transaction.atomic():
                assert claim_schema(now=LATER) not in stale

    def test_two_claims_at_once_get_two_schemas(self, django_db_setup: str, django_db_blocker: Any) -> None:
        with django_db_blocker.unblock(), _kept_pool():
            fill_pool(target=4, now=LATER)
            with ThreadPoolExecutor(max_workers=4) as people:
                claimed = list(people.map(lambda _n: _claim_in_own_connection(), range(4)))

        assert len(set(claimed)) == 4


class TestHalfBuilt:
    def test_is_not_served_and_is_finished_later(self, db: None, client: Any) -> None:
        with in_control(), transaction.atomic():
            merchant = Merchant.objects.create(
                slug="halfway", name="半路", schema_name=claim_schema(now=BORN), state_since=BORN, created_at=BORN
            )
        assert client.get("/backoffice/login", headers={"host": "halfway.linli.test"}).status_code == 404

        assert resume_half_built(now=LATER) == 1

        with in_control():
            merchant.refresh_from_db()
            assert merchant.state == MerchantState.TRIAL
            assert Domain.objects.get(tenant=merchant).verified_at is not None
        assert resume_half_built(now=LATER) == 0


def _migrate_with_django(name: str) -> None:
    with in_control(as_owner=True), connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{name}"')
    labels = {apps.get_app_config(app.rsplit(".", 1)[-1]).label for app in settings.TENANT_APPS}
    with in_store(StoreRef(merchant_id=None, schema=name), as_owner=True):  # type: ignore[arg-type]
        executor = MigrationExecutor(connection)
        executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in labels])


def _claim_in_own_connection() -> str:
    try:
        with in_control(), transaction.atomic():
            return claim_schema(now=LATER)
    finally:
        connection.close()


@contextmanager
def _kept_pool() -> Iterator[None]:
    """Leave the pool's rows as they were; the schemas that were claimed are dropped."""
    with in_control():
        before = list(PooledSchema.objects.all())
    yield
    with in_control():
        PooledSchema.objects.all().delete()
        PooledSchema.objects.bulk_create(before)
    connection.close()
