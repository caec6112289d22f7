"""The second lock: on a wrong path, by hand, in plain SQL, a store still reaches nothing but itself.

``TestWithoutTheLock`` does the same with the lock off and sees the neighbour: the first class could fail.
"""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from psycopg import sql

from config.servers.roles import drop_idle_roles
from control.merchants.models import Merchant
from control.provisioning.models import PooledSchema
from control.provisioning.services.drop_schema import drop_schema
from control.provisioning.services.fill_pool import claim_schema
from kit.tenancy import StoreRef, in_control, in_store
from kit.tenancy.backend.base import SwitchFailed
from kit.tenancy.roles import LockTouched
from kit.tenancy.sql import run
from tenants.content.models import StoreProfile
from tests.database import BORN, as_login, second_lock_off
from tests.factories.catalog import a_product
from tests.stores import store_ref

# Each way to the neighbour that a slip of ours could take; {t} is the neighbour's schema
WAYS = [
    'SELECT name FROM "{t}".content_storeprofile',
    'SET search_path = "{t}"; SELECT name FROM content_storeprofile',
    'UPDATE "{t}".content_storeprofile SET name = name RETURNING name',
    'DELETE FROM "{t}".content_storeprofile RETURNING name',
    'SELECT p.name FROM content_storeprofile, "{t}".content_storeprofile p',
    'COPY "{t}".content_storeprofile (name) TO STDOUT',
    'LOCK TABLE "{t}".content_storeprofile IN ACCESS SHARE MODE',
    'TRUNCATE "{t}".content_storeprofile CASCADE',
    'DROP SCHEMA "{t}" CASCADE',
]
TO_CONTROL = [
    "SELECT name FROM public.merchants_merchant",
    "SET search_path = public; SELECT name FROM merchants_merchant",
    "SELECT email, password FROM public.people_person",
    "UPDATE public.merchants_merchant SET state = 'active'",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE mine (id int)",
]


# A schema one may not look into is passed over on a path, as if it were not there
_NO = r"permission denied|must be owner|relation \"\w+\" does not exist"


def _refused(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=_NO), transaction.atomic():
        run(statement)


class TestInAStore:
    @pytest.mark.parametrize("way", WAYS)
    def test_no_way_leads_to_the_neighbour(self, acme: StoreRef, rival: StoreRef, way: str) -> None:
        with in_store(acme):
            _refused(way.format(t=rival.schema))

    @pytest.mark.parametrize("way", WAYS[:6])
    def test_the_same_ways_lead_home(self, acme: StoreRef, rival: StoreRef, way: str) -> None:
        with in_store(rival), connection.cursor() as cursor:
            if way.startswith("COPY"):
                with cursor.copy(way.format(t=rival.schema)) as rows:
                    assert "隔壁鲜果" in [row[0] for row in rows.rows()]
            else:
                cursor.execute(way.format(t=rival.schema))
                while cursor.nextset():
                    pass
                assert cursor.fetchall() == [("隔壁鲜果",)]

    @pytest.mark.parametrize("statement", TO_CONTROL)
    def test_the_control_plane_is_out_of_reach(self, acme: StoreRef, statement: str) -> None:
        with in_store(acme):
            _refused(statement)
        with in_control():
            assert Merchant.objects.filter(slug="acme").exists()

    @pytest.mark.parametrize(
        "statement",
        [
            "SET ROLE linli_owner",
            "set local role 'linli_control'",
            "SELECT 1;\n  SET  SESSION  ROLE NONE",
            "RESET ROLE",
            "SELECT set_config('role', 'linli_owner', false)",
            "SET SESSION AUTHORIZATION DEFAULT",
            "RESET SESSION AUTHORIZATION",
            "DISCARD ALL",
        ],
    )
    def test_the_lock_is_not_taken_off_by_hand(self, acme: StoreRef, statement: str) -> None:
        with in_store(acme):
            with pytest.raises(LockTouched):
                run(statement)
            assert run("SELECT current_user::text AS me") == [{"me": acme.schema}]

    @pytest.mark.parametrize("table", ["ledger_transfer", "ledger_posting", "inventory_stockmove"])
    def test_its_books_and_the_moves_of_its_stock_are_only_added_to(self, acme: StoreRef, table: str) -> None:
        with in_store(acme):
            a_product(in_stock=3)
            run(f"SELECT * FROM {table}")
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                _refused(statement)
            assert run("SELECT sum(on_hand_delta) AS pieces FROM inventory_stockmove") == [{"pieces": 3}]

    def test_words_that_only_look_like_it_pass(self, acme: StoreRef) -> None:
        with in_store(acme):
            assert run("SELECT 'offset role' AS role, %s AS said", ["SET ROLE linli_owner"])[0]["role"] == "offset role"


class TestInTheControlPlane:
    @pytest.mark.parametrize("table", ["members_member", "orders_order", "content_storeprofile", "django_session"])
    def test_a_store_is_out_of_reach(self, acme: StoreRef, table: str) -> None:
        with in_control():
            _refused(f'SELECT count(*) FROM "{acme.schema}".{table}')
        with in_store(acme):
            assert run(f'SELECT count(*) AS rows FROM "{acme.schema}".{table}')[0]["rows"] >= 0

    def test_what_it_collects_is_within_reach(self, acme: StoreRef) -> None:
        with in_control():
            assert run(f'SELECT app FROM "{acme.schema}".django_migrations')
            run(f'DELETE FROM "{acme.schema}".journal_outboxfact')
            _refused(f'DELETE FROM "{acme.schema}".django_migrations')
            _refused(f'DROP SCHEMA "{acme.schema}" CASCADE')

    def test_only_the_owners_scope_makes_tables(self, acme: StoreRef) -> None:
        with in_control():
            _refused("CREATE TABLE public.mine (id int)")
        with in_control(as_owner=True), transaction.atomic():
            run("CREATE TABLE public.mine (id int)")
            transaction.set_rollback(True)


class TestTheLogin:
    def test_may_do_nothing_without_a_scopes_role(self, django_db_setup: str, acme: StoreRef) -> None:
        with psycopg.connect(as_login(django_db_setup), autocommit=True) as bare:
            for table in (f'"{acme.schema}".content_storeprofile', "public.merchants_merchant"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    bare.execute(sql.SQL("SELECT * FROM {}").format(sql.SQL(table)))
            assert bare.execute("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = user")
            bare.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(acme.schema)))
            assert bare.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.SQL(f'"{acme.schema}".members_member')))

    def test_is_no_superuser_and_owns_nothing(self, db: None) -> None:
        with in_control():
            (me,) = run("SELECT rolsuper, rolcreaterole, rolinherit FROM pg_roles WHERE rolname = session_user")
            owned = run("SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE rolname = session_user")
        assert (me, owned) == ({"rolsuper": False, "rolcreaterole": False, "rolinherit": False}, [])


class TestASchemasLife:
    def test_its_role_comes_with_it_and_goes_with_it(self, db: None) -> None:
        with in_control(), transaction.atomic():
            PooledSchema.objects.all().delete()
            name = claim_schema(now=BORN)  # the pool is dry: built on the spot
            assert _roles(name) == 1
        with in_store(StoreRef(merchant_id=None, schema=name)):  # type: ignore[arg-type]
            assert StoreProfile.objects.count() == 0
        with in_control(), transaction.atomic():
            drop_schema(name=name)
            drop_schema(name=name)  # gone stays gone
            assert _roles(name) == 0

        gone = StoreRef(merchant_id=None, schema=name)  # type: ignore[arg-type]
        with in_store(gone), pytest.raises(SwitchFailed), transaction.atomic():
            StoreProfile.objects.count()

    def test_a_role_that_another_database_knows_stays(self, acme: StoreRef) -> None:
        # acme's schema stands in the template too, of which this database is a copy
        with in_control(), transaction.atomic():
            drop_schema(name=acme.schema)
            assert _roles(acme.schema) == 1

    def test_a_new_table_is_its_stores_alone(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme, as_owner=True):
            run("CREATE TABLE notes (id int GENERATED BY DEFAULT AS IDENTITY, said text)")
        with in_store(acme):
            assert run("INSERT INTO notes (said) VALUES ('x') RETURNING id, said") == [{"id": 1, "said": "x"}]
        with in_store(rival):
            _refused(f'SELECT * FROM "{acme.schema}".notes')

    def test_leftovers_of_dropped_databases_are_swept(self, django_db_setup: str) -> None:
        with psycopg.connect(django_db_setup, autocommit=True) as admin:
            admin.execute("CREATE ROLE t_sweptsweptswept NOLOGIN")
            assert drop_idle_roles(admin) >= 1
            assert admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 't_sweptsweptswept'").fetchone() is None


class TestOneStatement:
    def test_path_and_role_are_set_in_one(
        self, acme: StoreRef, rival: StoreRef, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        with in_store(rival):
            StoreProfile.objects.get()
        with django_assert_num_queries(3) as sent, in_store(acme):
            StoreProfile.objects.get()
            StoreProfile.objects.get()

        assert sent.captured_queries[0]["sql"] == f'SET search_path = "{acme.schema}"; SET ROLE "{acme.schema}"'


@pytest.fixture
def unlocked(django_db_setup: str, django_db_blocker: Any) -> Iterator[tuple[StoreRef, StoreRef]]:
    with django_db_blocker.unblock(), second_lock_off():
        yield store_ref("acme"), store_ref("rival")


class TestWithoutTheLock:
    @pytest.mark.parametrize("way", WAYS[:5])
    def test_every_way_leads_to_the_neighbour(self, unlocked: tuple[StoreRef, StoreRef], way: str) -> None:
        acme, rival = unlocked
        assert settings.LINLI_STORE_ROLES == "off"
        with in_store(acme), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(way.format(t=rival.schema))
            while cursor.nextset():
                pass
            assert cursor.fetchall() == [("隔壁鲜果",)]
            transaction.set_rollback(True)


def _roles(name: str) -> int:
    return int(run("SELECT count(*) AS n FROM pg_roles WHERE rolname = %s", [name])[0]["n"])
