"""Hand-written SQL, for the few statements the ORM cannot say. It runs on the scope's own connection."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection


def run(statement: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """Run one statement in the scope now open and return its rows by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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
