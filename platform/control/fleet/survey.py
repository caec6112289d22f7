"""Where every schema stands: what its own table of migrations says first, what the last run met there second."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import connection
from django.db.migrations import Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from control.fleet.models import MigrationState
from control.fleet.selectors import Target, schemas, with_states
from control.provisioning.models import Bundle
from control.provisioning.selectors import state_hash, written_applied
from control.provisioning.services.migrate_recorded import reads_only, store_leaves
from control.provisioning.services.record_bundle import migrations_sha

_DJANGOS_OWN = "django.db.migrations.operations"
# Of django.contrib.postgres only these: each sends one statement that says the same in every store.
_AS_GOOD = (AddConstraintNotValid, ValidateConstraint)


@dataclass(frozen=True)
class Survey:
    """Every schema of the fleet, by what is to be done with it."""

    goal: str  # the state hash of the release
    known: dict[str, Bundle]  # where a schema of a state would start from
    ready: list[Target]
    done: list[Target]
    drifted: list[tuple[Target, str]]  # with the reason


@dataclass(frozen=True)
class Standing:
    """How far a release has come: how many schemas are in each state, and each that is not done."""

    bundle: Bundle | None
    counts: dict[str, int]
    not_done: list[Target]


def survey(release: Bundle) -> Survey:
    """Look at every schema, in the control plane: one query for the list and one for each batch."""
    goal = state_hash(release.applied)
    by_state: dict[str, list[Target]] = defaultdict(list)
    for target in with_states(schemas()):
        by_state[target.found].append(target)
    done, ready, drifted = _sort_arrived(by_state.pop(goal, []), release)
    known = _known_states(release) if by_state else {}
    for state, targets in by_state.items():
        if state in known:
            ready += targets
        else:
            drifted += [(target, _stranger(target)) for target in targets]
    return Survey(goal=goal, known=known, ready=ready, done=done, drifted=drifted)


def standing(release: Bundle | None = None) -> Standing:
    """Say how far a release has come; without one it is today's, or the latest known if today's is not recorded yet."""
    recorded = Bundle.objects.defer("sql")
    bundle = release or recorded.filter(sha=migrations_sha()).first() or recorded.order_by("-built_at").first()
    if bundle is None:
        told = [_told(one, MigrationState.PENDING) for one in schemas()]
    else:
        seen = survey(bundle)
        told = [_met(one, bundle, MigrationState.PENDING) for one in seen.ready]
        told += [_met(one, bundle, MigrationState.DONE) for one in seen.done]
        told += [replace(_told(one, MigrationState.DRIFTED), error=why, at=one.at) for one, why in seen.drifted]
    counts = Counter(one.row_state for one in told)
    return Standing(
        bundle=bundle,
        counts={state.value: counts[state] for state in MigrationState},
        not_done=sorted((one for one in told if one.row_state != MigrationState.DONE), key=lambda one: one.schema),
    )


def _met(one: Target, bundle: Bundle, state: MigrationState) -> Target:
    """Let the row of this release speak, if there is one."""
    return one if one.release == bundle.sha and one.row_state else _told(one, state)


def _told(one: Target, state: MigrationState) -> Target:
    return replace(one, row_state=state.value, attempts=0, error="", at=None)


def _sort_arrived(
    targets: Sequence[Target], release: Bundle
) -> tuple[list[Target], list[Target], list[tuple[Target, str]]]:
    """Part those that are done from pool schemas that carry another bundle's name though they have all migrations."""
    done = [one for one in targets if not one.pooled or one.bundle_sha == release.sha]
    misnamed = [one for one in targets if one.pooled and one.bundle_sha != release.sha]
    if not misnamed:
        return done, [], []
    same = set(Bundle.objects.filter(fingerprint=release.fingerprint).values_list("sha", flat=True))
    ready = [one for one in misnamed if one.bundle_sha in same]
    odd = [(one, "built by a bundle with the same migrations and another catalog") for one in misnamed]
    return done, ready, [(one, why) for one, why in odd if one.bundle_sha not in same]


def _stranger(target: Target) -> str:
    return "its migrations are those of no release we know" if target.is_there else "it has no table of migrations"


def _known_states(release: Bundle) -> dict[str, Bundle]:
    """Give the bundle to start from for each state: every old release, and half-way stations of slow routes."""
    known: dict[str, Bundle] = {}
    for old in Bundle.objects.exclude(sha=release.sha).order_by("-built_at"):
        if not old.applied:
            continue
        known.setdefault(state_hash(old.applied), old)
        pending = pending_of(old)
        if slow_because(pending):
            for station in stations_of(old, pending):
                known.setdefault(station, old)
    return known


def pending_of(old: Bundle) -> list[Migration]:
    """List the migrations that a schema of an old release has not, in their order."""
    executor = MigrationExecutor(connection)
    applied = set(old.applied.splitlines())
    whole = executor.migration_plan(store_leaves(executor), clean_start=True)
    return [one for one, _backwards in whole if not _is_in(applied, one)]


def _is_in(applied: set[str], one: Migration) -> bool:
    replaced = [f"{app}.{name}" for app, name in one.replaces]
    return f"{one.app_label}.{one.name}" in applied or (bool(replaced) and applied.issuperset(replaced))


def stations_of(old: Bundle, pending: Sequence[Migration]) -> Iterator[str]:
    """Give the states between two migrations, where a slow route may have been cut."""
    applied = [(app, name) for app, name in (line.split(".", 1) for line in old.applied.splitlines())]
    for one in pending[:-1]:
        applied.append((one.app_label, one.name))
        yield state_hash(written_applied(applied))


def slow_because(pending: Sequence[Migration]) -> str:
    """Say what makes statements kept once wrong for another store; empty when nothing does."""
    for one in pending:
        name = f"{one.app_label}.{one.name}"
        if not one.atomic:
            return f"{name} is not atomic"
        for operation in _unfolded(one.operations):
            if isinstance(operation, RunPython):
                return f"{name} runs Python"
            if isinstance(operation, RunSQL) and any(reads_only(text.strip()) for text in _texts(operation)):
                return f"{name} asks in SQL"
            if type(operation) not in _AS_GOOD and not type(operation).__module__.startswith(_DJANGOS_OWN):
                return f"{name} has an operation of its own kind: {type(operation).__name__}"
    return ""


def _unfolded(operations: Sequence[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _unfolded(operation.database_operations)
        else:
            yield operation


def _texts(operation: RunSQL) -> list[str]:
    parts = [operation.sql] if isinstance(operation.sql, str) else list(operation.sql)
    return [part if isinstance(part, str) else str(part[0]) for part in parts]
