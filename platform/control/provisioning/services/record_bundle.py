"""Making the recipe of a store's schema by watching Django migrate one."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from control.provisioning.models import Bundle
from control.provisioning.selectors import fingerprint_of
from kit.tenancy import StoreRef, in_control, in_store

TEMPLATE = StoreRef(merchant_id=UUID(int=0), schema="t_template", slug="template")
_READS = ("SELECT", "SHOW", "SET SEARCH_PATH")


def current_bundle(*, now: datetime) -> Bundle:
    """Return the bundle of today's migration files, recording it first if no process has yet.

    The template schema is dropped and migrated by Django itself; each statement that writes is kept, in order, and
    replaying them in an empty schema gives the same catalog (compared by fingerprint whenever one is built).
    """
    sha = migrations_sha()
    with in_control():
        known = Bundle.objects.filter(sha=sha).first()
        if known:
            return known
        with transaction.atomic(), connection.cursor() as cursor:
            # One recorder at a time, in any process; the second finds the first one's bundle.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('linli bundle'))")
            known = Bundle.objects.filter(sha=sha).first()
            if known:
                return known
            cursor.execute(f'DROP SCHEMA IF EXISTS "{TEMPLATE.schema}" CASCADE')
            cursor.execute(f'CREATE SCHEMA "{TEMPLATE.schema}"')
            statements = _migrate_template()
            return Bundle.objects.create(
                sha=sha, sql=";\n".join(statements) + ";", fingerprint=fingerprint_of(TEMPLATE.schema), built_at=now
            )


def migrations_sha() -> str:
    """Name today's store schema: a hash over every migration file of the store's apps."""
    digest = hashlib.sha256()
    for app in settings.TENANT_APPS:
        folder = Path(apps.get_app_config(app.rsplit(".", 1)[-1]).path) / "migrations"
        for file in sorted(folder.glob("[0-9]*.py")):
            digest.update(f"{app}/{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _migrate_template() -> list[str]:
    statements: list[str] = []

    def keep(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql).strip().rstrip(";")
        if not text.upper().startswith(_READS):
            rows = params if many else [params]
            compose = connection.ops.compose_sql  # type: ignore[attr-defined] # PostgreSQL's own
            statements.extend(str(compose(text, row)) if row else text for row in rows)
        return execute(sql, params, many, context)

    labels = {apps.get_app_config(app.rsplit(".", 1)[-1]).label for app in settings.TENANT_APPS}
    with in_store(TEMPLATE), connection.execute_wrapper(keep):
        executor = MigrationExecutor(connection)
        executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in labels])
    return statements
