"""What a database holds, in a word for each table, to see whether anything changed."""

import psycopg

# A log of runs says how often something ran, and when: it may grow by a run that changed nothing else.
RUN_LOGS = frozenset({"billing_reconciliationrun"})
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname IN (SELECT 'public' UNION SELECT schema_name FROM merchants_merchant)
ORDER BY 1, 2
"""


def state_of(server: psycopg.Connection) -> dict[str, str]:
    """Return a hash of every table's rows, of the control plane and of all stores, whatever their order."""
    tables = [(schema, table) for schema, table in server.execute(_TABLES).fetchall() if table not in RUN_LOGS]
    asked = " UNION ALL ".join(
        f"""SELECT '{schema}.{table}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM "{schema}"."{table}" t"""
        for schema, table in tables
    )
    return {name: told or "" for name, told in server.execute(asked, prepare=True).fetchall()}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Name the tables whose rows differ."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
