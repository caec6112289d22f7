"""Questions about schemas, answered by the catalog."""

import hashlib
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db import connection

from kit.tenancy.scope import STORE_SCHEMA
from kit.tenancy.sql import run

_CATALOG = """
SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT format('column %%s.%%s %%s null=%%s default=%%s', c.relname, a.attname,
                  format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                  replace(coalesce(pg_get_expr(d.adbin, d.adrelid), ''), %(schema)s || '.', '')) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'index ' || replace(pg_get_indexdef(i.indexrelid), %(schema)s || '.', '')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT format('constraint %%s.%%s %%s', c.relname, k.conname,
                  replace(pg_get_constraintdef(k.oid), %(schema)s || '.', ''))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND k.contype <> 'n'
) catalog
"""
# What must belong to a merchant, to the pool or to the recipe, and what finds those that belong to nobody. One query
# a kind, each of one moment. A kind of object that is added for each store (a role, say) is added here.
_OWNED = """(
    SELECT schema_name FROM merchants_merchant WHERE state <> 'erased'
    UNION ALL SELECT schema_name FROM provisioning_pooledschema UNION ALL SELECT 't_template')
"""
ORPHANS: dict[str, str] = {
    "schema": "SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^t_' EXCEPT "  # noqa: S608 - all of it is ours
    + _OWNED,
    "pooled": """SELECT schema_name AS name FROM provisioning_pooledschema
                 WHERE to_regnamespace(schema_name) IS NULL""",
    # Of the whole cluster: a role that no database in it knows
    "role": """SELECT rolname AS name FROM pg_roles r WHERE rolname ~ '^t_[a-z2-7]{8,24}$' AND NOT EXISTS (
                   SELECT 1 FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
                   AND d.dbid <> 0)""",
}
_APPLIED = "SELECT app, name FROM {quoted}.django_migrations WHERE app = ANY(%s)"


def fingerprint_of(schema: str) -> str:
    """Hash a store schema's columns, indexes and constraints; equal schemas give equal hashes.

    :raises ValueError: the name is not a store's schema.
    """
    _checked(schema)
    with connection.cursor() as cursor:
        cursor.execute(_CATALOG, {"schema": schema})
        (text,) = cursor.fetchone()
    return hashlib.sha256((text or "").encode()).hexdigest()


def orphans() -> dict[str, list[str]]:
    """List by kind what belongs to nobody: schemas without an owner, pool rows without a schema, idle roles.

    Runs in the control plane.
    """
    found = {kind: sorted(row["name"] for row in run(query)) for kind, query in ORPHANS.items()}
    return {kind: names for kind, names in found.items() if names}


def store_labels() -> list[str]:
    """List the apps whose tables stand in a store's schema."""
    return sorted(apps.get_app_config(app.rsplit(".", 1)[-1]).label for app in settings.TENANT_APPS)


def written_applied(migrations: Iterable[tuple[str, str]]) -> str:
    """Write applied migrations in the one order and form that their hash is taken of."""
    return "\n".join(f"{app}.{name}" for app, name in sorted(migrations))


def state_hash(applied: str) -> str:
    """Name the state of a schema by its applied migrations; PostgreSQL gives the same (see ``states_of``)."""
    return hashlib.md5(applied.encode(), usedforsecurity=False).hexdigest()


def applied_in(schema: str) -> str:
    """Write which of the store's migrations a schema has."""
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED.format(quoted=_checked(schema)), [store_labels()])
        return written_applied(cursor.fetchall())


def states_of(schemas: Iterable[str]) -> dict[str, str]:
    """Name the state of many schemas, all in one query. The caller keeps the batches to a few hundred."""
    # Only the store's own apps count: Django's `migrate` also ticks off what it did not build there.
    one = (
        "SELECT '{bare}', md5(coalesce(string_agg(app || '.' || name, E'\n' ORDER BY app COLLATE \"C\","
        " name COLLATE \"C\"), '')) FROM {quoted}.django_migrations WHERE app = ANY(%(apps)s)"
    )
    parts = [one.format(bare=schema, quoted=_checked(schema)) for schema in schemas]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("\nUNION ALL ".join(parts), {"apps": store_labels()})
        return dict(cursor.fetchall())


def _checked(schema: str) -> str:
    if not STORE_SCHEMA.match(schema):
        raise ValueError(schema)
    return f'"{schema}"'
