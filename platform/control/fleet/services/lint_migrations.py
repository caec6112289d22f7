"""Reading the stores' migrations for what must not happen to a thousand live schemas.

The rules: the code of the release before works on while stores are migrated, so a release only adds; nothing holds a
lock for long; nothing ties a store's schema to another (docs/decisions/0030).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CharField, Field, ForeignKey, TextField

from control.provisioning.selectors import store_labels

SLOW = "slow_because"  # on a Migration: it may run Python, change rows or leave its transaction, for this reason
ENDS = "contracts"  # on a Migration: it takes away what no running release reads any more, and since which


@dataclass(frozen=True)
class Fault:
    """One broken rule: where, which, and what to do instead."""

    migration: str
    rule: str
    sentence: str


AnyField: TypeAlias = "Field[Any, Any]"
_Found = Iterator[tuple[str, str]]  # rule, sentence
_ELSEWHERE = re.compile(r"\bpublic\b|\bsearch_path\b|\bt_[a-z2-7]{8,24}\b", re.I)
_OBJECTS = re.compile(
    r"\bCREATE\s+(OR\s+REPLACE\s+)?(MATERIALIZED\s+|TEMP\w*\s+|UNLOGGED\s+|CONSTRAINT\s+)?"
    r"(TRIGGER|FUNCTION|PROCEDURE|TYPE|DOMAIN|VIEW|RULE|EXTENSION|SCHEMA|SEQUENCE)\b",
    re.I,
)
_ROWS = re.compile(
    r"(^|;|\bAS\b)\s*(WITH\b.*\b)?(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY|MERGE)\b", re.I | re.S
)
_NOT_IN_TRANSACTION = re.compile(r"\b(CONCURRENTLY|VACUUM)\b", re.I)
_RENAMES = (operations.RenameField, operations.RenameModel, operations.AlterModelTable)
_ENDS = (operations.RemoveField, operations.DeleteModel)


def lint_migrations() -> list[Fault]:
    """Return every broken rule in the migrations of the stores' apps. Needs the files alone, no database."""
    loader = MigrationLoader(None)
    labels = set(store_labels())
    state = ProjectState(real_apps=loader.unmigrated_apps)
    faults: list[Fault] = []
    for key in _in_order(loader):
        migration = loader.graph.nodes[key]
        ours = key[0] in labels and not type(migration).__module__.startswith("django.")
        for operation in migration.operations:
            if ours:
                found = _faults(migration, operation, state, labels)
                faults += [Fault(f"{key[0]}.{key[1]}", rule, sentence) for rule, sentence in found]
            operation.state_forwards(key[0], state)
    return faults


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    order: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        order |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(order)


def _faults(migration: Migration, operation: Operation, state: ProjectState, labels: set[str]) -> _Found:
    for part in _unfolded(operation):
        yield from _ties(part, migration, labels)
        yield from _python_and_rows(part, migration)
        if not _is_first(migration):
            yield from _changes(part, migration, state)
    if not migration.atomic and not hasattr(migration, SLOW):
        yield "not-atomic", f"a migration outside a transaction goes the slow path; say why in {SLOW}"


def _unfolded(operation: Operation) -> Iterator[Operation]:
    if isinstance(operation, operations.SeparateDatabaseAndState):
        for part in operation.database_operations:
            yield from _unfolded(part)
    else:
        yield operation


def _is_first(migration: Migration) -> bool:
    return bool(migration.initial) or migration.name.startswith("0001_")


def _ties(part: Operation, migration: Migration, labels: set[str]) -> _Found:
    for name, field in _fields(part):
        target = getattr(field.remote_field, "model", None) if field.remote_field else None
        if target is None:
            continue
        label = target.split(".")[0] if isinstance(target, str) else target._meta.app_label
        if isinstance(target, str) and "." not in target:
            label = migration.app_label
        if label.lower() not in labels:
            yield "tie", f"{name} refers to {label}, outside the store's schema: keep a UUID instead"
    if isinstance(part, operations.RunSQL):
        text = _sql(part)
        if _ELSEWHERE.search(text):
            yield "elsewhere", "SQL names public, another schema or the search_path: a store's migration sees its own"
        if _OBJECTS.search(text):
            yield "object", "no triggers, functions, types, views or schemas in a store: they could not be moved"


def _python_and_rows(part: Operation, migration: Migration) -> _Found:
    slow = getattr(migration, SLOW, "")
    if isinstance(part, operations.RunPython) and not slow:
        yield "python", f"rows are changed by a task, store by store; if it must be Python here, say why in {SLOW}"
    if isinstance(part, operations.RunSQL):
        text = _sql(part)
        if _ROWS.search(text) and not slow:
            yield "rows", f"rows are changed by a task, in batches; if it must be here, say why in {SLOW}"
        if part.reverse_sql is None and not slow:
            yield "one-way", f"SQL without reverse_sql; give one (RunSQL.noop counts) or say why in {SLOW}"
        if _NOT_IN_TRANSACTION.search(text) and migration.atomic:
            yield "transaction", "CONCURRENTLY and VACUUM need atomic = False"


def _changes(part: Operation, migration: Migration, state: ProjectState) -> _Found:
    if isinstance(part, _RENAMES):
        yield "rename", "the release before still uses the old name: add the new one, copy, then take the old away"
    if isinstance(part, _ENDS) and not getattr(migration, ENDS, ""):
        yield "ends", f"the release before may still read it; say since when nothing does in {ENDS}"
    if isinstance(part, operations.AddField):
        yield from _added(part)
    if isinstance(part, operations.AlterField):
        yield from _altered(part, migration, state)
    if type(part) is operations.AddConstraint:
        kind = type(part.constraint).__name__
        if kind == "CheckConstraint":
            yield (
                "validated",
                "a check reads the whole table under a lock: AddConstraintNotValid, then ValidateConstraint",
            )
        if kind == "ExclusionConstraint":
            yield "validated", "an exclusion constraint is built under a lock that stops writing"


def _added(part: operations.AddField) -> _Found:
    field = part.field
    if not field.null and not field.many_to_many and not field.has_db_default():
        yield "not-null", f"{part.name}: inserts of the release before do not know it; null=True or db_default"
    if not field.null and isinstance(field, ForeignKey):
        yield "not-null", f"{part.name}: a new reference has nothing to refer to in old rows; null=True"


def _altered(part: operations.AlterField, migration: Migration, state: ProjectState) -> _Found:
    before = state.models[migration.app_label, part.model_name_lower].fields[part.name]
    if before.null and not part.field.null:
        yield "not-null", f"{part.name}: a validated CHECK (… IS NOT NULL) must come a release before"
    if not _is_wider(before, part.field) and _type(before) != _type(part.field):
        yield "rewrite", f"{part.name}: {_type(before)} to {_type(part.field)} rewrites the table; add a column"


def _is_wider(before: AnyField, after: AnyField) -> bool:
    """Whether only a length limit is raised or dropped, which PostgreSQL does without touching rows."""
    if not isinstance(before, CharField | TextField) or not isinstance(after, CharField | TextField):
        return False
    return after.max_length is None or (before.max_length is not None and after.max_length >= before.max_length)


def _type(field: AnyField) -> str | None:
    if isinstance(field, ForeignKey):  # outside of a project it does not know the table it refers to
        return f"reference to {field.remote_field.model}".lower()
    return field.db_type(connection)


def _fields(part: Operation) -> list[tuple[str, AnyField]]:
    if isinstance(part, operations.CreateModel):
        return list(part.fields)
    if isinstance(part, operations.AddField | operations.AlterField):
        return [(part.name, part.field)]
    return []


def _sql(part: operations.RunSQL) -> str:
    pieces: Sequence[object] = [part.sql] if isinstance(part.sql, str) else list(part.sql)
    return ";\n".join(piece if isinstance(piece, str) else str(piece[0]) for piece in pieces)  # type: ignore[index]
