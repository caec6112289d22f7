"""SQL compilers that refuse a query written in one schema and evaluated in another."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.postgresql import compiler as postgres

from kit.tenancy.scope import WrongScope, required_scope


class _Loyal:
    query: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        written_in = getattr(self.query, "linli_schema", None)
        if written_in is not None and written_in != required_scope().schema:
            raise WrongScope(f"a query of {written_in} was evaluated in {required_scope().schema}")
        return super().as_sql(*args, **kwargs)  # type: ignore[misc]


class SQLCompiler(_Loyal, postgres.SQLCompiler):
    """SELECT. What is read piece by piece is read to the end in the schema it was begun in."""

    def results_iter(self, results: Any = None, *args: Any, **kwargs: Any) -> Iterator[Any]:
        rows = super().results_iter(results, *args, **kwargs)
        return rows if isinstance(results, list) else _at_home(rows, required_scope().schema)


def _at_home(rows: Iterator[Any], schema: str) -> Iterator[Any]:
    for row in rows:
        if required_scope().schema != schema:
            raise WrongScope(f"rows of {schema} were read on in {required_scope().schema}")
        yield row


class SQLInsertCompiler(_Loyal, postgres.SQLInsertCompiler):
    """INSERT."""


class SQLUpdateCompiler(_Loyal, postgres.SQLUpdateCompiler):
    """UPDATE."""


class SQLDeleteCompiler(_Loyal, postgres.SQLDeleteCompiler):
    """DELETE."""


class SQLAggregateCompiler(_Loyal, postgres.SQLAggregateCompiler):
    """Aggregates over a sub-query."""
