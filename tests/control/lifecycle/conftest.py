"""Stores in a database of their own, because these stories commit; files in a folder of their own."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from config.cells import CellByCommand
from control.lifecycle.services.archive_store import StillClosing
from control.lifecycle.services.move_out import move_out
from control.lifecycle.services.suspend_store import suspend_store
from control.merchants.directory import forget
from control.merchants.models import Domain, Merchant
from control.people.models import Person
from control.people.services import register_person
from control.post.models import Letter
from control.provisioning.services.drop_schema import drop_schema
from kit.ports.storage import keep_file, keep_variant
from kit.tenancy import StoreRef, in_control, in_store
from tenants.catalog.models import ProductPicture
from tests.database import BORN, copy_of_template, drop_database, own_database, point_django_at
from tests.isolation.planting import ONE_ID, plant
from tests.isolation.visitors import staff_of
from tests.stores import store_ref

NOW = BORN + timedelta(days=20)
LATER = NOW + timedelta(minutes=5)
CLOSED = NOW + timedelta(seconds=20)  # every process knows by now that a store frozen at NOW is closed
BY = "test"
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


@pytest.fixture
def cells(
    database: str, worker_id: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """This cell is "west"; "east" is an empty one beside it. Gives east's database."""
    east = copy_of_template(worker=f"east_{worker_id}")
    with in_control():
        for merchant in Merchant.objects.all():
            with transaction.atomic():
                drop_schema(name=merchant.schema_name)
        Domain.objects.all().delete()
        Merchant.objects.all().delete()
    point_django_at(database)
    cells = {
        "east": {"database": east, "upstream": "10.0.2.5:8000", "var": str(tmp_path / "east")},
        "west": {"database": database, "var": str(tmp_path)},
    }
    settings.LINLI_CELL, settings.LINLI_CELLS = "west", {"east": cells["east"]}
    monkeypatch.setenv("LINLI_CELLS", json.dumps(cells))
    monkeypatch.setenv("LINLI_CELL", "west")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings.test"))
    yield east
    point_django_at(database)
    connection.close()
    drop_database(east)


@pytest.fixture
def leaving(acme: StoreRef, cells: str) -> StoreRef:
    """Acme, frozen for a move since NOW."""
    with pytest.raises(StillClosing):
        move_out(merchant_id=acme.merchant_id, to="east", far=CellByCommand("east"), by=BY, now=NOW)
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
