"""The nightly look at all stores' catalogs, and the letter when something is not as it should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from control.fleet.services.plan_fleet import PlanBroken
from control.fleet.services.verify_fleet import verify_fleet
from control.post.services import write_operators
from control.provisioning.catalog_rules import breaches_in
from control.provisioning.selectors import orphans
from control.provisioning.services.record_bundle import TEMPLATE
from kit.tenancy import in_control

log = structlog.get_logger(__name__)
_MOST = 20  # lines of a kind in a letter; the command shows all


@dataclass(frozen=True)
class NightWatch:
    """What the night found: paragraphs for a letter, none when all is well."""

    compared: int
    alarms: tuple[str, ...]


def watch_fleet(*, now: datetime, workers: int = 2) -> NightWatch:
    """Compare every catalog with the template's, look for what belongs to nobody, and write to operators if need be.

    Stores that are merely behind the release are told too: a release that was not rolled out to all is half done.
    """
    try:
        verdict = verify_fleet(now=now, workers=workers)
    except PlanBroken as broken:
        found = NightWatch(compared=0, alarms=(f"The stores could not be compared: {broken}",))
    else:
        with in_control():
            strays = orphans()
            breaches = [f"{one.rule}: {one.what}" for one in breaches_in(TEMPLATE.schema)]
        alarms = [
            *_alarm("differ from the template (linli fleet verify)", [one.schema for one in verdict.different]),
            *_alarm("are not at the release (linli fleet status)", [one.schema for one in verdict.behind]),
        ]
        alarms += _alarm("break the rules that let stores be moved", breaches)
        for kind, names in strays.items():
            alarms += _alarm(f"belong to nobody ({kind}): look before you drop", names)
        found = NightWatch(compared=verdict.compared, alarms=tuple(alarms))
    log.info("fleet_watched", compared=found.compared, alarms=len(found.alarms))
    if found.alarms:
        _write_to_operators(found, now)
    return found


def _alarm(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return [f"{len(names)} {what}:\n  " + "\n  ".join(names[:_MOST]) + more]


def _write_to_operators(found: NightWatch, now: datetime) -> None:
    text = f"{found.compared} schemas compared at {now.isoformat(timespec='minutes')}.\n\n" + "\n\n".join(found.alarms)
    write_operators(subject="邻里：店铺结构夜检发现问题 · Fleet check needs you", text=text, now=now)
