"""Hand-written SQL, for the few statements the ORM cannot say. It runs on the scope's own connection."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, OperationalError, connection, connections, models
from psycopg import Cursor, RawCursor
from psycopg.rows import dict_row
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

from kit.tenancy.scope import required_scope

_OUTDATED = "cached plan"  # "must not change result type": PostgreSQL has no code of its own for it


class PlanOutdated(OperationalError):
    """A statement kept ready no longer fits its table. Asking again helps."""


def run(statement: str, params: Sequence[Any] | dict[str, Any] | None = ()) -> list[dict[str, Any]]:
    """Run one statement in the scope now open and return its rows by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return _named(cursor)


def run_often(statement: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Do as ``run`` does, for a statement that is asked all day: parsed and planned once for each store."""
    with _ready(_of_dicts) as cursor:
        cursor.execute(f"/* {required_scope().schema} */ {statement}", params)
        found: list[dict[str, Any]] = cursor.fetchall() if cursor.rownumber is not None else []
    return found


def rows_often(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Do the same with values at ``$1``, ``$2`` …, where the statement is long and taking it apart costs too.

    It must return rows, which come as they are.
    """
    with _ready(RawCursor) as cursor:
        cursor.execute(f"/* {required_scope().schema} */ {statement}", [_wide(value) for value in values])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _named(cursor: Any) -> list[dict[str, Any]]:
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _of_dicts(connection: Any) -> Cursor[dict[str, Any]]:
    return Cursor(connection, row_factory=dict_row)


def _wide(value: Any) -> Any:
    # Of one type whatever its size: psycopg would bind 7 and 70,000 as two, and two statements would be kept
    return Int8(value) if type(value) is int else value


@contextmanager
def _ready(kind: Callable[[Any], Cursor[Any]]) -> Iterator[Any]:
    """Open a cursor whose values the server binds, in the wrapper that keeps to the scope.

    The server drops a plan when search_path changes; so that each store has plans of its own, every statement names
    its store in a comment. psycopg prepares what comes again soon and forgets what does not.

    :raises PlanOutdated: a column's type changed since; the next time it is planned anew.
    """
    try:
        here: Any = connections[DEFAULT_DB_ALIAS]
        with here.cursor_of(kind) as cursor:
            yield cursor
    except NotSupportedError as error:
        if _OUTDATED in str(error):
            raise PlanOutdated from error
        raise


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
    here = connections[DEFAULT_DB_ALIAS]
    parts, bound = [], []
    for number, (model, own) in enumerate(by_table.items()):
        fields = model._meta.concrete_fields
        quoted = ", ".join(here.ops.quote_name(str(field.column)) for field in fields)
        lines = []
        for row in own:
            bound += [field.get_db_prep_save(field.pre_save(row, True), here) for field in fields]
            lines.append(", ".join(f"${place}" for place in range(len(bound) - len(fields) + 1, len(bound) + 1)))
        table, values = here.ops.quote_name(model._meta.db_table), ", ".join(f"({line})" for line in lines)
        parts.append(f"w{number} AS (INSERT INTO {table} ({quoted}) VALUES {values})")  # noqa: S608 - names of models
    if parts:
        rows_often(f"WITH {', '.join(parts)} SELECT 1 AS written", bound)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
        row._state.linli_schema = required_scope().schema  # type: ignore[attr-defined]


def have_read(owner: models.Model, name: str, rows: Sequence[models.Model]) -> None:
    """Let the owner know the rows that refer to it, as if they had been prefetched: they are at hand already."""
    known = getattr(owner, name).get_queryset()
    known._result_cache, known._prefetch_done = list(rows), True
    vars(owner).setdefault("_prefetched_objects_cache", {})[name] = known


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
