"""Hand-written SQL, for the few statements the ORM cannot say. It runs on the scope's own connection."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models
from psycopg.sql import Literal

from kit.tenancy.scope import required_scope


def run(statement: str, params: Sequence[Any] | dict[str, Any] | None = ()) -> list[dict[str, Any]]:
    """Run one statement in the scope now open and return its rows by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def literals(values: Sequence[Any]) -> list[str]:
    """Write values as SQL, quoted by psycopg for this connection; a statement made of them is run without any."""
    connection.ensure_connection()
    return [Literal(value).as_string(connection.connection) for value in values]


def insert_together(rows: Sequence[models.Model]) -> None:
    """Write new rows of several tables in one statement, as they are given; each must know its key already.

    For the few paths where a round trip counts. What refers to a row of the same statement is checked at commit.
    """
    by_table: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        by_table.setdefault(type(row), []).append(row)
    parts = []
    for number, (model, own) in enumerate(by_table.items()):
        fields = model._meta.concrete_fields
        quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
        lines = [
            literals([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]) for row in own
        ]
        table = connection.ops.quote_name(model._meta.db_table)
        values = ", ".join(f"({', '.join(line)})" for line in lines)
        parts.append(f"w{number} AS (INSERT INTO {table} ({quoted}) VALUES {values})")  # noqa: S608 - names of models, quoted values
    if parts:
        run(f"WITH {', '.join(parts)} SELECT 1 AS written", None)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
        row._state.linli_schema = required_scope().schema  # type: ignore[attr-defined]


def stream(query: str) -> Iterator[str]:
    """Yield the one text column of a query row by row, as the server sends them: no table ever stands in memory."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as rows:
        for (value,) in rows.rows():
            yield value


def see_one_moment() -> None:
    """Let everything the transaction now beginning reads be of one moment, and let it write nothing."""
    run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def one_at_a_time(name: str) -> None:
    """Wait until nobody else holds ``name``, and hold it until the transaction ends."""
    run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
