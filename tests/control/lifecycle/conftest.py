"""Stores in a database of their own, because these stories commit; files in a folder of their own."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from control.lifecycle.services.suspend_store import suspend_store
from control.merchants.directory import forget
from control.people.models import Person
from control.people.services import register_person
from control.post.models import Letter
from kit.ports.storage import keep_file, keep_variant
from kit.tenancy import StoreRef, in_control, in_store
from tenants.catalog.models import ProductPicture
from tests.database import BORN, own_database
from tests.isolation.planting import ONE_ID, plant
from tests.isolation.visitors import staff_of
from tests.stores import store_ref

NOW = BORN + timedelta(days=20)
LATER = NOW + timedelta(minutes=5)
ASKS, APPROVES = "first@linli.test", "second@linli.test"


@pytest.fixture
def database(
    django_db_setup: str, django_db_blocker: Any, worker_id: str, settings: Any, tmp_path: Path
) -> Iterator[str]:
    """A fresh copy of the template, nothing of which is rolled back."""
    settings.MEDIA_ROOT, settings.LINLI_EXPORTS = tmp_path / "media", tmp_path / "exports"
    with django_db_blocker.unblock(), own_database(worker=f"life_{worker_id}") as url:
        forget()
        yield url
        forget()
        connection.close()


@pytest.fixture
def acme(database: str) -> StoreRef:
    """The store whose life this is: every table full, files, staff, a letter."""
    return furnished("acme", mark="MARKA")


@pytest.fixture
def rival(database: str) -> StoreRef:
    """Its neighbour, full too, who must not notice anything."""
    return furnished("rival", mark="MARKB")


@pytest.fixture
def operators(database: str) -> tuple[str, str]:
    """Two operators of the platform."""
    with in_control():
        for email in (ASKS, APPROVES):
            register_person(email=email, phone="13900000000", password="邻里-运营-2026", name=email, now=NOW)
        Person.objects.filter(email__in=(ASKS, APPROVES)).update(is_operator=True)
    return ASKS, APPROVES


@pytest.fixture
def closed_acme(acme: StoreRef) -> StoreRef:
    """Acme, suspended at NOW."""
    suspend_store(merchant_id=acme.merchant_id, by=ASKS, reason="test", now=NOW)
    return acme


def furnished(slug: str, *, mark: str) -> StoreRef:
    ref = store_ref(slug)
    plant(ref, mark=mark)
    with in_store(ref):
        key = keep_file(content=f"{mark} picture".encode() * 1000, room="goods", suffix="webp")
        keep_variant(content=f"{mark} small".encode(), beside=key, variant="s")
        ProductPicture.objects.filter(pk=ONE_ID).update(file_key=key)
    staff_of(ref, email=f"owner-{mark.lower()}@{slug}.example")
    with in_control():
        Letter.objects.create(
            channel="sms", sent_to="13800000001", text=f"{mark} 482913", merchant_id=ref.merchant_id, sent_at=NOW
        )
    return ref
