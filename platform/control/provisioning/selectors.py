"""Questions about schemas, answered by the catalog."""

import hashlib

from django.db import connection

from kit.tenancy.scope import STORE_SCHEMA

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


def fingerprint_of(schema: str) -> str:
    """Hash a store schema's columns, indexes and constraints; equal schemas give equal hashes.

    :raises ValueError: the name is not a store's schema.
    """
    if not STORE_SCHEMA.match(schema):
        raise ValueError(schema)
    with connection.cursor() as cursor:
        cursor.execute(_CATALOG, {"schema": schema})
        (text,) = cursor.fetchone()
    return hashlib.sha256((text or "").encode()).hexdigest()
