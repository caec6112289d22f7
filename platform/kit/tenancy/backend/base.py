"""PostgreSQL that answers only inside a scope, and only from that scope's schema.

django-tenants' own backend was measured to (1) read the previous tenant when a ``SET search_path`` is cancelled,
(2) fall through to ``public``, (3) keep the last tenant after a request. Here the ContextVar decides for every
cursor, ``public`` is never on a store's path, and a switch that failed costs the connection, not the truth.
"""

from typing import Any

from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django.db.utils import OperationalError
from django.utils.functional import cached_property
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantDatabaseWrapper
from psycopg.pq import TransactionStatus

from kit.tenancy.scope import required_scope


class DatabaseFeatures(PostgresFeatures):
    """As PostgreSQL's, without the probe that creates a table to learn whether transactions work."""

    supports_transactions = True


class DatabaseOperations(PostgresOperations):
    """As PostgreSQL's, with compilers that know which schema a query was written for."""

    compiler_module = "kit.tenancy.backend.compiler"


class SwitchFailed(OperationalError):
    """The connection could not be moved to the scope's schema; it was closed and nothing ran."""


class DatabaseWrapper(TenantDatabaseWrapper):  # type: ignore[misc] # django-tenants has no types
    """A connection that follows the scope."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    @cached_property
    def pg_version(self) -> int:
        # Asked while connecting, before any scope: the connection knows it without a statement.
        self.ensure_connection()
        return int(self.connection.info.server_version)

    def _cursor(self, name: str | None = None) -> Any:
        scope = required_scope()
        if self.schema_name != scope.schema:
            self.set_schema(scope.schema, include_public=False)
        return super()._cursor(name)

    # Statements that name no table need no scope: savepoints are taken and dropped around scopes, not in them.
    def _savepoint(self, sid: str) -> None:
        self._bare(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        self._bare(self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self._bare(self.ops.savepoint_commit_sql(sid))

    def check_constraints(self, table_names: Any = None) -> None:
        self._bare("SET CONSTRAINTS ALL IMMEDIATE")
        self._bare("SET CONSTRAINTS ALL DEFERRED")

    def _bare(self, statement: str) -> None:
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(statement)

    def _handle_search_path(self, cursor: Any = None) -> None:
        super()._handle_search_path(cursor)
        if self._setting_search_path or self.search_path_set_schemas is not None:
            return
        # The SET failed and django-tenants swallowed it. In an aborted transaction the next statement is refused
        # by the server anyway; anywhere else it would run in the schema of whoever used this connection before.
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.INERROR:
            self.close()
            raise SwitchFailed("search_path could not be set; the connection was closed")
