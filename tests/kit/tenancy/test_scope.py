"""No scope, no query; and a row never leaves its schema."""

import pytest
from django.db import connection

from kit.tenancy import NoScope, StoreRef, WrongScope, in_control, in_store
from tenants.content.models import StoreProfile


class TestScope:
    def test_refuses_a_query_outside(self, db: None) -> None:
        with pytest.raises(NoScope):
            StoreProfile.objects.count()

    def test_reads_each_store_in_its_own_scope(self, acme: StoreRef, rival: StoreRef) -> None:
        names = []
        for ref in (acme, rival, acme):
            with in_store(ref):
                names.append(StoreProfile.objects.get().name)

        assert names == ["绿家生鲜", "隔壁鲜果", "绿家生鲜"]

    def test_keeps_public_off_a_stores_path(self, in_acme: StoreRef) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            assert cursor.fetchone() == (in_acme.schema,)

    def test_refuses_a_query_written_elsewhere(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme):
            profiles = StoreProfile.objects.all()

        with in_store(rival), pytest.raises(WrongScope):
            list(profiles)

    def test_refuses_to_save_a_row_of_another_store(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme):
            profile = StoreProfile.objects.get()

        with in_store(rival), pytest.raises(WrongScope):
            profile.save()
        with in_control(), pytest.raises(WrongScope):
            profile.delete()

    def test_forms_of_schema_names(self) -> None:
        for name in ("public", "T_ABCDEFGH", 't_a"; DROP', "t_abc", "pg_temp", "t_abcdefgh\n"):
            with pytest.raises(ValueError, match="not a store"):
                StoreRef(merchant_id=None, schema=name)  # type: ignore[arg-type]
