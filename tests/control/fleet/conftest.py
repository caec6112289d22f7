"""Twelve schemas at the present release: six stores, the rest waiting in the pool. Every test has its own copy."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from control.merchants.models import Merchant
from control.provisioning.models import PooledSchema
from control.provisioning.services.fill_pool import claim_schema, fill_pool
from kit.tenancy import in_control
from tests.database import BORN, copy_of_template, drop_database, own_copy, point_django_at

SCHEMAS = 12
STORES = 6  # two of them are the test database's own


@pytest.fixture(scope="session")
def fleet_template(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    with django_db_blocker.unblock():
        url = copy_of_template(worker=f"fleet_base_{worker_id}")
        fill_pool(target=SCHEMAS - 2, now=BORN)
        for n in range(STORES - 2):
            with in_control(), transaction.atomic():
                schema = claim_schema(now=BORN)
                Merchant.objects.create(
                    slug=f"shop-{n}",
                    name=f"店{n}",
                    schema_name=schema,
                    state="trial",
                    state_since=BORN,
                    created_at=BORN,
                )
        # At once, not at the end of the session: other tests come in between.
        point_django_at(django_db_setup)
        yield url
        drop_database(url)


@pytest.fixture
def fleet(fleet_template: str, django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """The address of a database with twelve schemas, to which Django is pointed."""
    with django_db_blocker.unblock(), own_copy(of=fleet_template, worker=f"fleet_{worker_id}") as url:
        yield url
        connection.close()


@pytest.fixture
def schemas(fleet: str) -> list[str]:
    """All schemas of the fleet, the stores' first."""
    with in_control():
        names = [*Merchant.objects.order_by("slug").values_list("schema_name", flat=True)]
        names += PooledSchema.objects.values_list("schema_name", flat=True)
    assert len(names) == SCHEMAS
    return names
