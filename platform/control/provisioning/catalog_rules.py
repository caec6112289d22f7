"""What a store's schema must not have, so that it can be moved and distributed (Citus, schema-based sharding).

Each rule is a question to the catalog that names what breaks it; architecture part 3 says why each is there.
"""

from dataclasses import dataclass

from kit.tenancy.scope import STORE_SCHEMA
from kit.tenancy.sql import run

MOST_TABLES = 120


@dataclass(frozen=True)
class Breach:
    """A broken rule and the thing that breaks it."""

    rule: str
    what: str


# rule -> SELECT of one column, the name of each thing that breaks it
RULES: dict[str, str] = {
    "foreign key to or from another schema": """
        SELECT a.relname || '.' || k.conname FROM pg_constraint k
        JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
        WHERE k.contype = 'f' AND a.relnamespace <> b.relnamespace
          AND (a.relnamespace = %(schema)s::regnamespace OR b.relnamespace = %(schema)s::regnamespace)""",
    "trigger": """
        SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal""",
    "rule or row policy": """
        SELECT c.relname || '.' || r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
        WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r'
        UNION ALL SELECT c.relname || '.' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        WHERE c.relnamespace = %(schema)s::regnamespace""",
    "view, foreign table or partitioned table": """
        SELECT relname::text FROM pg_class
        WHERE relnamespace = %(schema)s::regnamespace AND relkind NOT IN ('r', 'i', 'S', 't', 'c')""",
    "type, domain or enum": """
        SELECT t.typname::text FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = %(schema)s::regnamespace AND (t.typtype IN ('e', 'd', 'r', 'm') OR c.relkind = 'c')""",
    "function": "SELECT proname::text FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace",
    "collation, operator or text search object": """
        SELECT collname::text FROM pg_collation WHERE collnamespace = %(schema)s::regnamespace
        UNION ALL SELECT oprname::text FROM pg_operator WHERE oprnamespace = %(schema)s::regnamespace
        UNION ALL SELECT cfgname::text FROM pg_ts_config WHERE cfgnamespace = %(schema)s::regnamespace""",
    "inheritance": """
        SELECT c.relname::text FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE c.relkind IN ('r', 'p')
          AND (c.relnamespace = %(schema)s::regnamespace OR p.relnamespace = %(schema)s::regnamespace)""",
    "sequence that no column of the schema owns": """
        SELECT s.relname::text FROM pg_class s
        WHERE s.relkind = 'S' AND s.relnamespace = %(schema)s::regnamespace AND NOT EXISTS (
            SELECT 1 FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refobjsubid > 0
              AND d.deptype IN ('a', 'i') AND t.relnamespace = %(schema)s::regnamespace)""",
    "default that needs something of another schema": """
        SELECT c.relname || '.' || a.attname FROM pg_attrdef f
        JOIN pg_class c ON c.oid = f.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.adnum
        JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
        LEFT JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
        LEFT JOIN pg_class s ON d.refclassid = 'pg_class'::regclass AND s.oid = d.refobjid
        WHERE c.relnamespace = %(schema)s::regnamespace
          AND (p.pronamespace <> 'pg_catalog'::regnamespace OR s.relnamespace <> %(schema)s::regnamespace)""",
    "column of a type that PostgreSQL does not have by itself": """
        SELECT c.relname || '.' || a.attname FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND t.typnamespace <> 'pg_catalog'::regnamespace""",
    "identity column that is not a bigint": """
        SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r'
          AND a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype""",
    "table without a primary key": """
        SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' AND NOT EXISTS (
            SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')""",
    "a hundred and twenty tables or more": """
        SELECT count(*)::text FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'r'
        HAVING count(*) >= %(most)s""",
}


def breaches_in(schema: str) -> list[Breach]:
    """List what in a store's schema would keep it from being distributed or moved. Runs in the control plane.

    :raises ValueError: the name is not a store's schema.
    """
    if not STORE_SCHEMA.match(schema):
        raise ValueError(schema)
    return [
        Breach(rule, what)
        for rule, query in RULES.items()
        for row in run(query, {"schema": schema, "most": MOST_TABLES})
        for what in row.values()
    ]
