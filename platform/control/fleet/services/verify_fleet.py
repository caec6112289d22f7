"""Proving that every store has the template's catalog."""

import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from control.fleet.crew import share_out
from control.fleet.models import MigrationState, StoreMigration
from control.fleet.selectors import Target
from control.fleet.services.plan_fleet import plan_fleet
from control.fleet.services.record_states import record_states
from control.provisioning.models import Bundle
from control.provisioning.selectors import fingerprint_of
from kit.tenancy import in_control

_OTHER = "its catalog is not the template's"


@dataclass(frozen=True)
class Verdict:
    """What was compared, which schemas differ, and which are not at the release and so were not compared."""

    release: str
    compared: int
    different: list[Target]
    behind: list[Target]


def verify_fleet(
    *, now: datetime, percent: int = 100, workers: int = 4, told: Callable[[Target, int], None] | None = None
) -> Verdict:
    """Compare the catalogs of the schemas at the release with the template's; ``percent`` takes a random sample.

    A schema that differs is written down as drifted, one that was drifted and agrees again as done.
    """
    plan = plan_fleet(now=now)
    wanted = -(-len(plan.done) * percent // 100)
    sample = random.sample(plan.done, wanted)
    different: list[Target] = []

    def compare(target: Target) -> None:
        if not _agrees(target, plan.release, now):
            different.append(target)
        if told:
            told(target, len(sample))

    share_out(deque(sample), compare, workers=workers, stop=threading.Event())
    return Verdict(
        release=plan.release.sha,
        compared=len(sample),
        different=sorted(different, key=lambda one: one.schema),
        behind=[*plan.ready, *(one for one, _why in plan.drifted)],
    )


def _agrees(target: Target, release: Bundle, now: datetime) -> bool:
    with in_control(), transaction.atomic(durable=True):
        agrees = fingerprint_of(target.schema) == release.fingerprint
        state = MigrationState.DONE if agrees else MigrationState.DRIFTED
        if target.row_state != state or target.release != release.sha:
            error = "" if agrees else _OTHER
            record_states(
                [StoreMigration(schema_name=target.schema, release=release.sha, state=state, error=error, at=now)]
            )
    return agrees
