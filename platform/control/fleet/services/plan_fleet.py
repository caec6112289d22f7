"""One plan for all stores: what each old state needs to become today's."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.fleet.selectors import Target
from control.fleet.survey import pending_of, slow_because, stations_of, survey
from control.provisioning.models import Bundle
from control.provisioning.selectors import fingerprint_of, state_hash
from control.provisioning.services.fill_pool import build_schema
from control.provisioning.services.migrate_recorded import Step, migrate_recorded
from control.provisioning.services.record_bundle import current_bundle
from kit.ids import new_schema_name
from kit.tenancy import StoreRef, in_control


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
    with in_control():
        seen = survey(release)
        routes = {
            state: Route(starts=frozenset({state})) if state == seen.goal else _route_from(seen.known[state], release)
            for state in dict.fromkeys(target.found for target in seen.ready)
        }
    return FleetPlan(
        release=release, goal=seen.goal, routes=routes, ready=seen.ready, done=seen.done, drifted=seen.drifted
    )


def _route_from(old: Bundle, release: Bundle) -> Route:
    pending = pending_of(old)
    slow = slow_because(pending)
    start = state_hash(old.applied)
    if slow:
        steps = [Step(f"{one.app_label}.{one.name}") for one in pending]
        return Route(starts=frozenset({start, *stations_of(old, pending)}), steps=steps, slow_because=slow)
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
