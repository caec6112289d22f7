"""Bringing one schema to the release, whole or not at all."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg.errors import DeadlockDetected, LockNotAvailable

from control.fleet.models import MigrationState, StoreMigration
from control.fleet.selectors import Target
from control.fleet.services.plan_fleet import Route
from control.fleet.services.record_states import record_states
from control.provisioning.models import Bundle, PooledSchema
from control.provisioning.selectors import fingerprint_of, state_hash, states_of
from control.provisioning.services.migrate_recorded import store_leaves
from kit.tenancy import StoreRef, citus, in_control, in_store
from kit.tenancy.roles import is_locked, reaching_in
from kit.tenancy.sql import run

log = structlog.get_logger(__name__)
TRIES = 5  # before a schema that others hold is set aside


@dataclass(frozen=True)
class Limits:
    """How long a store may be kept waiting, in milliseconds: for a lock, and for one statement."""

    lock_ms: int = 1000
    statement_ms: int = 60_000


@dataclass(frozen=True)
class Outcome:
    """What one try did to one schema. ``again``: it was only held by others and deserves another try."""

    target: Target
    state: MigrationState
    attempt: int = 1
    ms: int = 0
    error: str = ""
    again: bool = False


class _Strayed(RuntimeError):
    """The schema is not what the plan was made for; its transaction is rolled back."""


def migrate_store(
    *, target: Target, route: Route, release: Bundle, limits: Limits, check: bool, attempt: int, now: datetime
) -> Outcome:
    """Migrate one schema and write its row in the same transaction; ``check`` compares the catalog before commit.

    What goes wrong is in the outcome and in the row, never raised: the others must go on.
    """
    began = time.monotonic()
    try:
        if route.slow_because:
            _let_django(target, route, release, limits, attempt, now)
        else:
            _replay(target, route, release, limits, check, attempt, now)
    except _Strayed as strayed:
        outcome = Outcome(target, MigrationState.DRIFTED, attempt, error=str(strayed))
    except Exception as error:  # a migration's Python may raise anything
        outcome = _failed(target, error, attempt)
    else:
        return Outcome(target, MigrationState.DONE, attempt, ms=_ms_since(began))
    outcome = replace(outcome, ms=_ms_since(began))
    with in_control(), transaction.atomic(durable=True):
        record_states([_row(outcome, release, now)])
    log.warning("store_not_migrated", schema=target.schema, state=outcome.state, error=outcome.error, attempt=attempt)
    return outcome


def _replay(
    target: Target, route: Route, release: Bundle, limits: Limits, check: bool, attempt: int, now: datetime
) -> None:
    began = time.monotonic()
    with in_control(), transaction.atomic(durable=True):
        # One round trip. Deferred checks come due at once: a table with pending ones cannot be altered.
        if _enter(target, route, limits, release):
            _send(
                f'SET LOCAL search_path TO "{target.schema}"',
                "SET CONSTRAINTS ALL IMMEDIATE",
                *route.statements,
                *(reaching_in(target.schema).rstrip(";\n").split(";\n") if is_locked() else ()),
                "SET LOCAL search_path TO public",
            )
        if check:
            _refuse_other_catalog(target, release)
        record_states([_row(Outcome(target, MigrationState.DONE, attempt, ms=_ms_since(began)), release, now)])


def _send(*statements: str) -> None:
    with in_control(as_owner=True), connection.cursor() as cursor:
        if citus.is_on():
            citus.send_each(cursor, statements)
        else:
            cursor.execute(";\n".join(statements) + ";")


def _let_django(target: Target, route: Route, release: Bundle, limits: Limits, attempt: int, now: datetime) -> None:
    """Run Django's executor in the schema: a transaction each migration, as Django does it, then the row."""
    began = time.monotonic()
    with in_control(), transaction.atomic(durable=True):
        _enter(target, route, limits, release)
    with in_store(StoreRef(merchant_id=UUID(int=0), schema=target.schema, slug=target.slug), as_owner=True):
        run("SELECT set_config('lock_timeout', %s, false)", [f"{limits.lock_ms}ms"])
        try:
            executor = MigrationExecutor(connection)
            executor.migrate(store_leaves(executor))
        finally:
            if connection.is_usable():
                run("RESET lock_timeout")
    with in_control(), transaction.atomic(durable=True):
        _refuse_other_catalog(target, release)
        _rename_bundle(target, release)
        record_states([_row(Outcome(target, MigrationState.DONE, attempt, ms=_ms_since(began)), release, now)])


def _enter(target: Target, route: Route, limits: Limits, release: Bundle) -> bool:
    """Set the limits, take the schema for this transaction, and say whether there is still something to do."""
    StoreRef(merchant_id=UUID(int=0), schema=target.schema)  # checks the form of the name
    run(  # one round trip: three would be a third of what a store costs
        f"SET LOCAL lock_timeout = {int(limits.lock_ms)};"
        f"SET LOCAL statement_timeout = {int(limits.statement_ms)};"
        f"SELECT pg_advisory_xact_lock(hashtextextended('fleet {target.schema}', 0))"
    )
    if not route.slow_because:
        _rename_bundle(target, release)
    found = states_of([target.schema])[target.schema]
    if found == state_hash(release.applied):
        return False
    if found not in route.starts:
        raise _Strayed("its migrations changed after the plan was made")
    return True


def _rename_bundle(target: Target, release: Bundle) -> None:
    # Locks the pool's row: a sign-up passes over a schema that is being migrated.
    if target.pooled:
        PooledSchema.objects.filter(schema_name=target.schema).update(bundle_sha=release.sha)


def _refuse_other_catalog(target: Target, release: Bundle) -> None:
    if fingerprint_of(target.schema) != release.fingerprint:
        raise _Strayed("its catalog is not the template's")


def _failed(target: Target, error: Exception, attempt: int) -> Outcome:
    cause = error.__cause__ or error
    words = f"{type(cause).__name__}: {str(cause).strip().splitlines()[0] if str(cause).strip() else ''}"
    held = isinstance(cause, LockNotAvailable | DeadlockDetected)
    # A connection that died says nothing about the store either
    lost = not connection.is_usable()
    if lost:
        connection.close()
    if (held or lost) and attempt < TRIES:
        return Outcome(target, MigrationState.PENDING, attempt, error=words, again=True)
    return Outcome(target, MigrationState.LOCKED if held else MigrationState.FAILED, attempt, error=words)


def _row(outcome: Outcome, release: Bundle, now: datetime) -> StoreMigration:
    return StoreMigration(
        schema_name=outcome.target.schema,
        release=release.sha,
        state=outcome.state,
        attempts=outcome.attempt,
        ms=outcome.ms,
        error=outcome.error,
        at=now,
    )


def _ms_since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
