"""One plan for all stores: what each old state needs to become today's."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.migrations import Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from control.fleet.selectors import Target, schemas, with_states
from control.provisioning.models import Bundle
from control.provisioning.selectors import fingerprint_of, state_hash, written_applied
from control.provisioning.services.fill_pool import build_schema
from control.provisioning.services.migrate_recorded import Step, migrate_recorded, reads_only, store_leaves
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import StoreRef, in_control

_DJANGOS_OWN = "django.db.migrations.operations"


class PlanBroken(RuntimeError):
    """Migrating an old store gives another catalog than building a new one. Nothing was migrated."""


@dataclass(frozen=True)
class Route:
    """How a schema of one old state comes to today's. Without ``slow_because`` the statements say it all."""

    starts: frozenset[str]  # states it may be taken from
    steps: list[Step] = field(default_factory=list)
    slow_because: str = ""

    @property
    def statements(self) -> list[str]:
        return [statement for step in self.steps for statement in step.statements]


@dataclass(frozen=True)
class FleetPlan:
    """Where every schema stands, and the route of each that is to move."""

    release: Bundle
    goal: str  # the state hash of the release
    routes: dict[str, Route]  # by the state found
    ready: list[Target]
    done: list[Target]
    drifted: list[tuple[Target, str]]  # with the reason


def plan_fleet(*, now: datetime) -> FleetPlan:
    """Compare every schema with today's migrations. Nothing is changed but the bundle, recorded if it is new.

    When there is nothing to do, this costs one query for the list and one for each batch of schemas.

    :raises PlanBroken: the migrations bring an old store to something a new store is not.
    """
    release = current_bundle(now=now)
    goal = state_hash(release.applied)
    with in_control():
        found = with_states(schemas())
        by_state: dict[str, list[Target]] = defaultdict(list)
        for target in found:
            by_state[target.found].append(target)
        done, ready, drifted = _sort_arrived(by_state.pop(goal, []), release)
        routes = {goal: Route(starts=frozenset({goal}))} if ready else {}
        if by_state:
            known = _known_states(release)
            for state, targets in by_state.items():
                if state not in known:
                    drifted += [(target, _stranger(target)) for target in targets]
                    continue
                routes[state] = routes.get(state) or _route_from(known[state], release)
                ready += targets
    return FleetPlan(release=release, goal=goal, routes=routes, ready=ready, done=done, drifted=drifted)


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
        pending = _pending(old)
        if _slow_because(pending):
            for station in _stations(old, pending):
                known.setdefault(station, old)
    return known


def _route_from(old: Bundle, release: Bundle) -> Route:
    pending = _pending(old)
    slow = _slow_because(pending)
    start = state_hash(old.applied)
    if slow:
        steps = [Step(f"{one.app_label}.{one.name}") for one in pending]
        return Route(starts=frozenset({start, *_stations(old, pending)}), steps=steps, slow_because=slow)
    return Route(starts=frozenset({start}), steps=_rehearse(old, release))


def _rehearse(old: Bundle, release: Bundle) -> list[Step]:
    """Build a schema as the old release did, let Django migrate it, and keep what was sent; the schema never stays."""
    name = new_schema_name()
    with transaction.atomic(durable=True):
        build_schema(name=name, bundle=old)
        steps = migrate_recorded(ref=StoreRef(merchant_id=UUID(int=0), schema=name, slug="rehearsal"))
        reached = fingerprint_of(name)
        transaction.set_rollback(True)
    if reached != release.fingerprint:
        raise PlanBroken(f"from {old} the migrations do not give the catalog of a new store of {release}")
    return steps


def _pending(old: Bundle) -> list[Migration]:
    executor = MigrationExecutor(connection)
    applied = set(old.applied.splitlines())
    whole = executor.migration_plan(store_leaves(executor), clean_start=True)
    return [one for one, _backwards in whole if not _is_in(applied, one)]


def _is_in(applied: set[str], one: Migration) -> bool:
    replaced = [f"{app}.{name}" for app, name in one.replaces]
    return f"{one.app_label}.{one.name}" in applied or (bool(replaced) and applied.issuperset(replaced))


def _stations(old: Bundle, pending: Sequence[Migration]) -> Iterator[str]:
    applied = [(app, name) for app, name in (line.split(".", 1) for line in old.applied.splitlines())]
    for one in pending[:-1]:
        applied.append((one.app_label, one.name))
        yield state_hash(written_applied(applied))


def _slow_because(pending: Sequence[Migration]) -> str:
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
            if not type(operation).__module__.startswith(_DJANGOS_OWN):
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
