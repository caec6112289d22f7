"""Every night all catalogs are compared; operators hear of it when something is not as it should be, and only then."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from config.schedule import RHYTHM
from control.fleet import tasks
from control.fleet.models import StoreMigration
from control.fleet.services.migrate_fleet import migrate_fleet
from control.fleet.services.watch_fleet import watch_fleet
from control.merchants.models import Merchant
from control.people.models import Person
from control.people.services import register_person
from control.post.models import Letter
from control.provisioning.models import PooledSchema
from control.provisioning.selectors import fingerprint_of
from control.provisioning.services.fill_pool import claim_schema, fill_pool
from kit.tenancy import StoreRef, in_control, in_store
from tests.control.fleet.conftest import SCHEMAS
from tests.control.fleet.releases import ADD_BIRTHDAY, released
from tests.database import BORN

LATER = BORN + timedelta(days=30)
OPERATOR = "night@linli.test"


@pytest.fixture
def operator(fleet: str) -> str:
    with in_control():
        register_person(email=OPERATOR, phone="13900000000", password="邻里-运营-2026", name="夜班", now=BORN)
        Person.objects.filter(email=OPERATOR).update(is_operator=True)
    return OPERATOR


def letters() -> list[Letter]:
    with in_control():
        return list(Letter.objects.filter(sent_to=OPERATOR))


class TestNightWatch:
    def test_writes_nothing_when_all_is_well(self, schemas: list[str], operator: str) -> None:
        found = watch_fleet(now=LATER)

        assert (found.compared, found.alarms) == (SCHEMAS, ())
        assert letters() == []

    def test_writes_to_operators_what_differs_and_what_belongs_to_nobody(
        self, schemas: list[str], operator: str
    ) -> None:
        with in_control(as_owner=True), connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{schemas[0]}".members_member ADD COLUMN planted int')
            cursor.execute('CREATE SCHEMA "t_aaaaaaaa"')

        tasks.watch_fleet()

        (letter,) = letters()
        assert f"1 differ from the template (linli fleet verify):\n  {schemas[0]}" in letter.text
        assert "1 belong to nobody (schema): look before you drop:\n  t_aaaaaaaa" in letter.text
        with in_control():
            assert StoreMigration.objects.get(schema_name=schemas[0]).state == "drifted"

    def test_writes_that_a_release_is_not_rolled_out(self, schemas: list[str], operator: str, tmp_path: Path) -> None:
        with released(tmp_path, ADD_BIRTHDAY):
            watch_fleet(now=LATER)

        assert f"{SCHEMAS} are not at the release" in letters()[0].text

    def test_comes_every_day(self) -> None:
        assert dict(RHYTHM)["control.fleet.tasks.watch_fleet"] == 86_400


def test_one_path_for_all_gives_the_same_bytes_to_every_kind_of_store(schemas: list[str], tmp_path: Path) -> None:
    """Opened from the new bundle, waiting in the pool since the old one, live, and migrated by Django itself."""
    with in_control():
        live = Merchant.objects.get(slug="acme").schema_name
        by_django = Merchant.objects.get(slug="rival").schema_name
        waiting = set(PooledSchema.objects.values_list("schema_name", flat=True))
    with released(tmp_path, ADD_BIRTHDAY):
        with in_store(StoreRef(merchant_id=None, schema=by_django), as_owner=True):  # type: ignore[arg-type]
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        assert migrate_fleet(now=LATER, workers=2).is_whole
        with in_control(), transaction.atomic():
            old_pool = claim_schema(now=LATER)
        assert old_pool in waiting
        with in_control():
            PooledSchema.objects.all().delete()
        fill_pool(target=1, now=LATER)
        with in_control():
            new_pool = PooledSchema.objects.get().schema_name
            found = {name: fingerprint_of(name) for name in (live, by_django, old_pool, new_pool, "t_template")}

    assert len(found) == 5
    assert len(set(found.values())) == 1
