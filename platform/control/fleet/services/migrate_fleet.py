"""Bringing all stores to the release: a few first, then the rest, and nobody waits for one that is held."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from django.db import connection, transaction

from control.audit.services import record_act
from control.fleet.crew import share_out
from control.fleet.models import MigrationState, StoreMigration
from control.fleet.pulse import Pulse, felt
from control.fleet.selectors import Target
from control.fleet.services.migrate_store import Limits, Outcome, migrate_store
from control.fleet.services.plan_fleet import FleetPlan, plan_fleet
from control.fleet.services.record_states import record_states
from kit.tenancy import in_control
from kit.tenancy.sql import run

log = structlog.get_logger(__name__)
CANARIES = 2
SHARES = (1, 10, 100)  # per cent of the fleet, cumulative
TOLERATED = 0.005  # of the stores begun; the first failure beyond stops the run
CHECKED_ROUNDS = 2  # whose catalogs are compared before each commit
_LOCK = "linli fleet"


class FleetBusy(RuntimeError):
    """Another migrator is at work in this database."""


@dataclass
class Report:
    """What a run did. ``outcomes`` has the last word on each schema that was tried."""

    release: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    already_done: int = 0
    drifted: list[tuple[Target, str]] = field(default_factory=list)
    untried: list[Target] = field(default_factory=list)
    stopped: str = ""  # why the run stopped itself: "failures" or "latency"

    def count(self, state: MigrationState) -> int:
        return sum(outcome.state == state for outcome in self.outcomes.values())

    @property
    def is_whole(self) -> bool:
        """Whether every schema of the fleet is now at the release."""
        tried = all(outcome.state == MigrationState.DONE for outcome in self.outcomes.values())
        return tried and not (self.drifted or self.untried)


def migrate_fleet(
    *,
    now: datetime,
    workers: int = 4,
    canaries: Sequence[str] = (),
    limits: Limits | None = None,
    pulse: Pulse | None = None,
    told: Callable[[Outcome, int], None] | None = None,
    by: str = "fleet",
) -> Report:
    """Migrate every store and every pool schema to today's migrations; a run after a broken one does the remainder.

    ``canaries`` are slugs to begin with. ``told`` hears each outcome and how many schemas there are to do. When more
    than ``TOLERATED`` of the stores begun fail, or when ``pulse`` says that everybody else has to wait, the run stops.

    :raises FleetBusy: another migrator runs.
    :raises PlanBroken: old stores would become something else than new ones.
    """
    with in_control(), _alone():
        plan = plan_fleet(now=now)
        report = Report(release=plan.release.sha)
        while True:
            _write_down(plan, now)
            ready = [one for one in plan.ready if one.schema not in report.outcomes]
            if not ready:
                break
            limits = limits or Limits()
            if not report.outcomes:
                _note_begun(plan, by, now)
            with felt(pulse):
                _Run(plan, report, limits, now, told, pulse).through(_rounds(ready, canaries), workers=workers)
            if report.stopped:
                break
            # Processes of the release before may have opened stores of the old kind meanwhile.
            plan = plan_fleet(now=now)
        report.drifted = [pair for pair in plan.drifted if pair[0].schema not in report.outcomes]
        report.already_done = sum(one.schema not in report.outcomes for one in plan.done)
        report.untried = [one for one in plan.ready if one.schema not in report.outcomes]
        _remember(report, by, now)
    log.info(
        "fleet_migrated", release=report.release[:12], done=report.count(MigrationState.DONE), whole=report.is_whole
    )
    return report


def _note_begun(plan: FleetPlan, by: str, now: datetime) -> None:
    # Before the first store: of a run that is killed the audit knows that it began
    record_act(what="fleet.begun", actor=by, now=now, release=plan.release.sha[:12], ready=len(plan.ready))


def _remember(report: Report, by: str, now: datetime) -> None:
    # A run that found nothing to do is no act
    if report.outcomes or report.drifted:
        record_act(
            what="fleet.migrated",
            actor=by,
            now=now,
            release=report.release[:12],
            stopped=report.stopped,
            drifted=len(report.drifted),
            done=report.count(MigrationState.DONE),
            failed=report.count(MigrationState.FAILED),
            locked=report.count(MigrationState.LOCKED),
        )


@contextmanager
def _alone() -> Iterator[None]:
    # Of the session, so that it ends with this process however that ends. It needs a connection of its own:
    # no transaction pooling between the migrator and PostgreSQL.
    if not run("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS mine", [_LOCK])[0]["mine"]:
        raise FleetBusy("another migrator is at work in this database")
    try:
        yield
    finally:
        if connection.is_usable():
            run("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_LOCK])


def _write_down(plan: FleetPlan, now: datetime) -> None:
    """Write the rows that the survey alone can tell; when nothing is new, nothing is sent."""
    sha = plan.release.sha
    rows = [_row(one, sha, MigrationState.DONE, now) for one in plan.done if one.release != sha]
    rows += [
        _row(one, sha, MigrationState.DRIFTED, now, why)
        for one, why in plan.drifted
        if (one.release, one.row_state, one.error) != (sha, MigrationState.DRIFTED, why)
    ]
    if rows:
        with transaction.atomic(durable=True):
            record_states(rows)


def _row(one: Target, sha: str, state: MigrationState, now: datetime, error: str = "") -> StoreMigration:
    return StoreMigration(schema_name=one.schema, release=sha, state=state, error=error, at=now)


def _rounds(ready: Sequence[Target], canaries: Sequence[str]) -> list[list[Target]]:
    """Cut the fleet: the canaries, 1 %, 10 %, all. Schema names are random, so their order is a fair sample."""
    named = [one for one in ready if one.slug in canaries]
    # Unless named: one that nobody uses yet, and the store with the least to lose.
    usual = [one for one in ready if one.pooled][:1] + sorted(
        (one for one in ready if not one.pooled), key=lambda one: one.made_at, reverse=True
    )
    first = named or (usual + [one for one in ready if one.pooled][1:])[:CANARIES]
    chosen = {one.schema for one in first}
    rest = [one for one in ready if one.schema not in chosen]
    rounds, begun = [first], len(first)
    for share in SHARES:
        upto = -(-len(ready) * share // 100)
        if upto > begun:
            rounds.append(rest[begun - len(first) : upto - len(first)])
            begun = upto
    return rounds


@dataclass
class _Run:
    """The rounds of one plan. Workers come in by ``_try``, one at a time by ``_note``."""

    plan: FleetPlan
    report: Report
    limits: Limits
    now: datetime
    told: Callable[[Outcome, int], None] | None
    pulse: Pulse | None = None
    begun: int = 0
    failed: int = 0
    held: list[Target] = field(default_factory=list)  # by others: they come again at the end of the next round
    tries: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    note: threading.Lock = field(default_factory=threading.Lock)

    def through(self, rounds: list[list[Target]], *, workers: int) -> None:
        number = 0
        while (number < len(rounds) or self.held) and not self.stop.is_set():
            run("SELECT 1")  # the connection that holds the fleet's lock must still be there
            fresh = rounds[number] if number < len(rounds) else []
            self.begun += len(fresh)
            queue, self.held = deque([*fresh, *self.held]), []
            share_out(queue, partial(self._try, check=number < CHECKED_ROUNDS), workers=workers, stop=self.stop)
            number += 1

    def _try(self, target: Target, *, check: bool) -> None:
        with self.note:
            self.tries[target.schema] += 1
        outcome = migrate_store(
            target=target,
            route=self.plan.routes[target.found],
            release=self.plan.release,
            limits=self.limits,
            check=check or target.row_state == MigrationState.DRIFTED,
            attempt=self.tries[target.schema],
            now=self.now,
        )
        with self.note:
            self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        if outcome.again:
            self.held.append(outcome.target)
            return
        self.report.outcomes[outcome.target.schema] = outcome
        self.failed += outcome.state == MigrationState.FAILED
        if self.failed > TOLERATED * self.begun:
            self._stop("failures")
        elif self.pulse and self.pulse.is_raised:
            self._stop("latency")
        if self.told:
            self.told(outcome, len(self.plan.ready))

    def _stop(self, why: str) -> None:
        self.report.stopped = self.report.stopped or why
        self.stop.set()
