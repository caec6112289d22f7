"""Looking at everything there is: every schema, every table, every file."""

import hashlib
from pathlib import Path

import psycopg
from psycopg import sql


def checksums(url: str, schema: str) -> dict[str, tuple[int, str]]:
    """Count and hash the rows of every table of a schema."""
    found = {}
    with psycopg.connect(url) as direct:
        for table in _tables(direct, schema):
            rows = _rows(direct, schema, table)
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def places_of(url: str, mark: str, *folders: Path) -> set[str]:
    """Search a mark, in any case, in every row of every schema and in the names and bytes of every file."""
    found = set()
    with psycopg.connect(url) as direct:
        schemas = direct.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'"
        ).fetchall()
        for (schema,) in schemas:
            for table in _tables(direct, schema):
                if any(mark.lower() in row.lower() for row in _rows(direct, schema, table)):
                    found.add(f"{schema}.{table}")
    for folder in folders:
        for path in folder.rglob("*"):
            named = mark.lower() in str(path.relative_to(folder)).lower()
            if named or (path.is_file() and mark.lower().encode() in path.read_bytes().lower()):
                found.add(str(path))
    return found


def _tables(direct: psycopg.Connection, schema: str) -> list[str]:
    rows = direct.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
    return [name for (name,) in rows]


def _rows(direct: psycopg.Connection, schema: str, table: str) -> list[str]:
    query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(schema, table))
    return [row for (row,) in direct.execute(query)]
