"""Letting Django migrate one schema while each statement that writes is kept."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from control.provisioning.selectors import store_labels
from kit.tenancy import StoreRef, in_store

_READS = ("SELECT", "SHOW", "SET SEARCH_PATH")
_WRITES_AFTER_ALL = "setval("  # Django moves a sequence with a SELECT


@dataclass(frozen=True)
class Step:
    """One migration ("app.name"; empty for what comes before the first) and what it sent."""

    migration: str
    statements: list[str] = field(default_factory=list)


def migrate_recorded(*, ref: StoreRef) -> list[Step]:
    """Migrate a schema to today's state with Django's own executor, and return what was sent, in order."""
    steps = [Step("")]

    def keep(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql).strip().rstrip(";")
        if not reads_only(text):
            merge = connection.ops.compose_sql  # type: ignore[attr-defined]
            steps[-1].statements.extend(
                str(merge(text, row)) if row else text for row in (params if many else [params])
            )
        return execute(sql, params, many, context)

    def turn(what: str, migration: Any = None, fake: bool = False) -> None:
        if what == "apply_start":
            steps.append(Step(f"{migration.app_label}.{migration.name}"))

    with in_store(ref, as_owner=True), connection.execute_wrapper(keep):
        executor = MigrationExecutor(connection, progress_callback=turn)  # type: ignore[arg-type]
        executor.migrate(store_leaves(executor))
    return [step for step in steps if step.statements]


def store_leaves(executor: MigrationExecutor) -> list[tuple[str, str]]:
    """List the newest migration of each of the store's apps."""
    labels = set(store_labels())
    return [node for node in executor.loader.graph.leaf_nodes() if node[0] in labels]


def reads_only(statement: str) -> bool:
    """Say whether a statement of a migration only looks."""
    return statement.upper().startswith(_READS) and _WRITES_AFTER_ALL not in statement.lower()
