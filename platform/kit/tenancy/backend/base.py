"""PostgreSQL that answers only inside a scope, and only from that scope's schema.

django-tenants' own backend was measured to (1) read the previous tenant when a ``SET search_path`` is cancelled,
(2) fall through to ``public``, (3) keep the last tenant after a request. Here the ContextVar decides for every
cursor, ``public`` is never on a store's path, and a switch that failed costs the connection, not the truth.

The statement that sets the path puts on the scope's role too (kit.tenancy.roles), in the same round trip.
"""

import select
import time
from typing import Any

from django.conf import settings
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django.db.utils import DatabaseError, OperationalError
from django.utils.functional import cached_property
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantDatabaseWrapper
from psycopg import Error as PsycopgError
from psycopg.pq import TransactionStatus

from kit.tenancy.roles import refuse_to_take_off, role_for
from kit.tenancy.scope import Scope, WrongScope, required_scope

_OFTEN = 2  # asked for the third time among the last so many statements, a ready one stays prepared
_STATEMENTS_REMEMBERED = 200
_TRUSTED_SECONDS = 5.0  # so long a connection that worked, and has said nothing since, is taken to work still


class DatabaseFeatures(PostgresFeatures):
    """As PostgreSQL's, without the probe that creates a table to learn whether transactions work."""

    supports_transactions = True


class DatabaseOperations(PostgresOperations):
    """As PostgreSQL's, with compilers that know which schema a query was written for."""

    compiler_module = "kit.tenancy.backend.compiler"

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        return super().last_executed_query(cursor, sql, params) or sql  # a prepared one is known by its name only


class SwitchFailed(OperationalError):
    """The connection could not be moved to the scope's schema and role; nothing ran."""


class DatabaseWrapper(TenantDatabaseWrapper):  # type: ignore[misc] # django-tenants has no types
    """A connection that follows the scope."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    search_path_set_schemas: list[str] | None  # None: nobody knows where the connection stands
    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._role: str | None = None
        self._stores_touched: set[str] = set()
        self._worked_at = 0.0
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._refuse_strayed)

    def get_connection_params(self) -> dict[str, Any]:
        # Only statements run by ``run_often`` and ``rows_often`` are prepared; Django binds all others on this side
        return {**super().get_connection_params(), "prepare_threshold": _OFTEN}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = _STATEMENTS_REMEMBERED
        self._worked_at = time.monotonic()
        return connection

    @cached_property
    def pg_version(self) -> int:
        # Asked while connecting, before any scope: the connection knows it without a statement.
        self.ensure_connection()
        return int(self.connection.info.server_version)

    def _cursor(self, name: str | None = None) -> Any:
        self._follow(required_scope())
        return super()._cursor(name)

    def cursor_of(self, kind: Any) -> Any:
        """Open a cursor of one of psycopg's own kinds, held to the scope as every other."""
        self._follow(required_scope())
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            if not self.search_path_set_schemas:
                # Two statements in one, which only a cursor that binds on this side can carry
                self._handle_search_path(self._prepare_cursor(self.connection.cursor()))
            return self._prepare_cursor(kind(self.connection))

    def _follow(self, scope: Scope) -> None:
        if not self._is_for(scope):
            self.set_schema(scope.schema, include_public=False)
            self._role = role_for(scope)
        if scope.store:
            self._stores_touched.add(scope.schema)

    def _is_for(self, scope: Scope) -> bool:
        return bool(self.schema_name == scope.schema and self._role == role_for(scope))

    def _refuse_strayed(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        # A cursor may outlive the block it was opened in; by then the connection serves somebody else.
        if not self._setting_search_path:
            scope = required_scope()
            if not self._is_for(scope):
                raise WrongScope(f"a cursor of {self.schema_name} ({self._role}) was used in {scope}")
            if self._role is not None and not scope.as_owner and isinstance(sql, str):
                refuse_to_take_off(sql)
            if self.connection is not None:
                self._handle_search_path()  # a rollback since then may have taken the path back
        return execute(sql, params, many, context)

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
        """Move the connection to the scope's schema and role, unless it is there; any rollback makes it unsure."""
        if self._setting_search_path or self.search_path_set_schemas:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # the server refuses every statement until the rollback, after which we are asked again
        statement = f'SET search_path = "{self.schema_name}"'
        if self._role is not None:
            statement += f'; SET ROLE "{self._role}"'
        self._setting_search_path = True
        try:
            # A named cursor can carry one statement only, so it gets another beside it
            (cursor or self.connection).execute(statement)
        except (DatabaseError, PsycopgError) as error:
            # Whatever ran next would run in the schema of whoever used this connection before.
            self._give_up()
            raise SwitchFailed("the connection could not be moved to its scope") from error
        finally:
            self._setting_search_path = False
        self.search_path_set_schemas = [self.schema_name]

    def _give_up(self) -> None:
        # In a transaction the server refuses what comes next by itself; anywhere else the connection has to go.
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.INERROR:
            self.close()

    def close(self) -> None:
        super().close()
        self._stores_touched.clear()

    def is_usable(self) -> bool:
        usable = self._worked_just_now() or super().is_usable()
        self._worked_at = time.monotonic() if usable else 0.0
        return usable

    def _worked_just_now(self) -> bool:
        # Asking costs a round trip a request. A server that ends a connection says so, and closes it: both can be seen
        # from here. Only one that went without a word has to be asked, and that is asked after a pause.
        lately = time.monotonic() - self._worked_at <= _TRUSTED_SECONDS
        if not lately or self.errors_occurred or self.connection is None or self.connection.closed:
            return False
        wire = select.poll()
        wire.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return not wire.poll(0)

    def close_if_unusable_or_obsolete(self) -> None:
        # Asked around every request and task. A backend remembers the catalog of each store it has served and
        # forgets none, so a connection is as good as old once it has served many.
        is_full = len(self._stores_touched) >= settings.LINLI_STORES_PER_CONNECTION
        if is_full and self.connection is not None and not self.in_atomic_block:
            self.close()
        super().close_if_unusable_or_obsolete()
