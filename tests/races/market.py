"""Acme on a database in which transactions really commit, served by two processes, and what races need of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.tenancy import StoreRef, in_store
from tenants.leaders.models import PickupPoint
from tenants.sales.books import check
from tests.database import own_database
from tests.factories.leaders import a_leader_with_point
from tests.races.serving import Answer, web
from tests.stores import store_ref


@dataclass(frozen=True)
class Market:
    """A served store with a point."""

    ref: StoreRef
    port: int
    point: PickupPoint
    now: datetime


@pytest.fixture(scope="module")
def market(django_db_setup: str, django_db_blocker: Any, worker_id: str) -> Iterator[Market]:
    """Acme, served; its books add up when the module's races are over."""
    with django_db_blocker.unblock(), own_database(worker=f"served_{worker_id}") as database:
        ref = store_ref("acme")
        with in_store(ref):
            point = a_leader_with_point()
        with web(database=database) as port, in_store(ref):
            now = datetime.now(UTC)
            yield Market(ref, port, point, now)
            assert check(now) == []


def told(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """Count what was said."""
    return Counter((answer.status, str(answer.words.get("code", ""))) for answer in answers)
