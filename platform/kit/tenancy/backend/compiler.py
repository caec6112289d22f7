"""SQL compilers that refuse a query written in one schema and evaluated in another."""

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
    """SELECT."""


class SQLInsertCompiler(_Loyal, postgres.SQLInsertCompiler):
    """INSERT."""


class SQLUpdateCompiler(_Loyal, postgres.SQLUpdateCompiler):
    """UPDATE."""


class SQLDeleteCompiler(_Loyal, postgres.SQLDeleteCompiler):
    """DELETE."""


class SQLAggregateCompiler(_Loyal, postgres.SQLAggregateCompiler):
    """Aggregates over a sub-query."""
