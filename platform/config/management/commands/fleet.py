"""linli fleet: bring all stores to today's migrations, and show where they stand."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from getpass import getuser
from typing import Any
from urllib.request import urlopen

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from control.fleet.models import MigrationState
from control.fleet.pulse import FLOOR, Pulse, ask_the_register
from control.fleet.selectors import Target
from control.fleet.services.lint_migrations import lint_migrations
from control.fleet.services.migrate_fleet import FleetBusy, Report, migrate_fleet
from control.fleet.services.migrate_store import Limits
from control.fleet.services.plan_fleet import FleetPlan, PlanBroken, plan_fleet
from control.fleet.services.verify_fleet import verify_fleet
from control.fleet.survey import standing
from control.provisioning.services.record_bundle import current_bundle
from kit import clock
from kit.tenancy import in_control

EXAMPLES = """
examples:
  linli fleet plan                       what would be done, and to how many
  linli fleet plan --sql                 with every statement
  linli fleet migrate --workers 8        all stores and the pool; a run that was killed is simply started again
  linli fleet migrate --canary greenhome --canary citymart
  linli fleet migrate --watch https://greenhome.example.com/api/v1/campaigns
  linli fleet status                     where every store stands; exit code 1 when one is not done
  linli fleet verify --sample 5          compare the catalogs of 5 % of the stores with the template
  linli fleet lint                       read the stores' migrations for what may not happen to live stores
Each takes --json.
"""
_HINTS = {
    MigrationState.LOCKED: "others hold it; run `linli fleet migrate` again at a quiet hour",
    MigrationState.FAILED: "see the error; nothing of it was kept; correct and run `linli fleet migrate` again",
    MigrationState.DRIFTED: "it was changed by other means; compare with t_template, repair, then `linli fleet verify`",
    MigrationState.PENDING: "run `linli fleet migrate`",
}

_STOPS = {"failures": "too many failed", "latency": "others had to wait (p95 rose by half); run it at a quieter hour"}


class Command(BaseCommand):
    help = "Migrate all stores from one plan: plan, migrate, status, verify, lint."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="plan|migrate|status|verify|lint")
        for act, says, example in (
            ("plan", "show what would be done", "linli fleet plan --sql"),
            ("migrate", "bring every store and the pool to today's migrations", "linli fleet migrate --workers 8"),
            ("status", "show where every store stands", "linli fleet status --json"),
            ("verify", "compare the stores' catalogs with the template's", "linli fleet verify --sample 5"),
            ("lint", "check the stores' migrations against the rules", "linli fleet lint"),
        ):
            one = acts.add_parser(act, help=says, description=says, epilog=f"example: {example}")
            one.add_argument("--json", action="store_true", help="answer as JSON")
            if act == "plan":
                one.add_argument("--sql", action="store_true", help="show every statement")
            if act in ("migrate", "verify"):
                one.add_argument("--workers", type=int, default=4, metavar="N", help="connections at work (4)")
            if act == "verify":
                one.add_argument("--sample", type=int, default=100, metavar="PERCENT", help="how many of them (100)")
            if act == "migrate":
                one.add_argument("--canary", action="append", default=[], metavar="SLUG", help="stores to begin with")
                one.add_argument("--watch", default="", metavar="URL", help="stop when this page's p95 rises by half")
                one.add_argument("--p95-ms", type=int, default=int(FLOOR * 1000), help="a p95 nobody minds (50)")
                one.add_argument("--lock-ms", type=int, default=Limits.lock_ms, help="wait for a lock (1000)")
                one.add_argument("--statement-ms", type=int, default=Limits.statement_ms, help="a statement (60000)")

    def handle(self, *args: Any, **options: Any) -> None:
        acts: dict[str, Callable[[dict[str, Any]], bool]] = {
            "plan": self._plan,
            "migrate": self._migrate,
            "status": self._status,
            "verify": self._verify,
            "lint": self._lint,
        }
        try:
            is_well = acts[options["act"]](options)
        except (FleetBusy, PlanBroken) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OperationalError as lost:
            raise CommandError(f"the database went away ({lost}); run it again, it does the remainder") from lost
        if not is_well:
            sys.exit(1)

    def _plan(self, options: dict[str, Any]) -> bool:
        plan = plan_fleet(now=clock.now())
        if options["json"]:
            self._as_json(_plan_told(plan))
            return True
        self._lines(
            f"release {plan.release}: {len(plan.ready)} to do, {len(plan.done)} done, {len(plan.drifted)} drifted"
        )
        for state, route in plan.routes.items():
            count = sum(one.found == state for one in plan.ready)
            way = f"slowly, by Django in each: {route.slow_because}" if route.slow_because else "by SQL, replayed"
            self._lines(f"{count} from state {state[:12]}, {way}")
            for step in route.steps:
                self._lines(f"  {step.migration}")
                self._lines(*(f"    {text};" for text in step.statements if options["sql"]))
        self._not_done([_line(one, MigrationState.DRIFTED, why) for one, why in plan.drifted])
        return True

    def _migrate(self, options: dict[str, Any]) -> bool:
        limits = Limits(lock_ms=options["lock_ms"], statement_ms=options["statement_ms"])
        with _bar("migrating", quiet=options["json"]) as told:
            report = migrate_fleet(
                now=clock.now(),
                workers=options["workers"],
                canaries=options["canary"],
                limits=limits,
                pulse=_pulse(options),
                told=lambda _outcome, total: told(total),
                by=f"{getuser()} (linli fleet)",
            )
        lines = _report_lines(report)
        if options["json"]:
            counts = {state.value: report.count(state) for state in MigrationState}
            counts |= {"already_done": report.already_done, "untried": len(report.untried)}
            counts[MigrationState.DRIFTED] += len(report.drifted)
            answer = {"release": report.release, "stopped": report.stopped, "counts": counts, "not_done": lines}
            self._as_json(answer)
            return report.is_whole
        done = report.count(MigrationState.DONE)
        self._lines(f"{done} migrated, {report.already_done} were already at release {report.release[:12]}.")
        if report.stopped:
            self._lines(f"STOPPED: {_STOPS[report.stopped]}. {len(report.untried)} were not touched.")
        self._not_done(lines)
        return report.is_whole

    def _status(self, options: dict[str, Any]) -> bool:
        release = current_bundle(now=clock.now())
        with in_control():
            found = standing(release)
        lines = [_line(one, one.row_state, one.error) for one in found.not_done]
        done = found.counts[MigrationState.DONE]
        if options["json"]:
            self._as_json({"release": release.sha, "done": done, "counts": found.counts, "not_done": lines})
        else:
            self._lines(f"release {release}: {done} done, {len(lines)} not done.")
            self._not_done(lines)
        return not lines

    def _verify(self, options: dict[str, Any]) -> bool:
        if not 1 <= options["sample"] <= 100:
            raise CommandError("--sample is a percentage from 1 to 100")
        with _bar("comparing", quiet=options["json"]) as told:
            verdict = verify_fleet(
                now=clock.now(),
                percent=options["sample"],
                workers=options["workers"],
                told=lambda _target, total: told(total),
            )
        lines = [_line(one, MigrationState.DRIFTED, "its catalog is not the template's") for one in verdict.different]
        if options["json"]:
            answer = {"release": verdict.release, "compared": verdict.compared, "behind": len(verdict.behind)}
            self._as_json(answer | {"different": lines})
            return not lines
        self._lines(
            f"{verdict.compared} compared, {len(lines)} differ, {len(verdict.behind)} are not at the release yet."
        )
        self._not_done(lines)
        return not lines

    def _lint(self, options: dict[str, Any]) -> bool:
        faults = lint_migrations()
        if options["json"]:
            self._as_json([asdict(fault) for fault in faults])
        elif faults:
            self._table(["migration", "rule", "what is wrong"], [[f.migration, f.rule, f.sentence] for f in faults])
        else:
            self._lines("The stores' migrations keep the rules.")
        return not faults

    def _not_done(self, lines: list[dict[str, Any]]) -> None:
        if lines:
            rows = [[one["schema"], one["store"], one["state"], one["error"], one["hint"]] for one in lines]
            self._table(["schema", "store", "state", "error", "what to do"], rows)

    def _table(self, headings: list[str], rows: list[list[str]]) -> None:
        table = Table()
        for heading in headings:
            table.add_column(heading)
        for row in rows:
            table.add_row(*row)
        words = Console(highlight=False, width=160)
        with words.capture() as captured:
            words.print(table)
        self.stdout.write(captured.get())

    def _as_json(self, answer: Any) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))

    def _lines(self, *lines: str) -> None:
        for line in lines:
            self.stdout.write(line)


def _pulse(options: dict[str, Any]) -> Pulse:
    ask = partial(_ask_page, options["watch"]) if options["watch"] else ask_the_register
    return Pulse(ask, floor=options["p95_ms"] / 1000)


def _ask_page(address: str) -> None:
    if not address.startswith(("http://", "https://")):
        raise CommandError("--watch takes the address of a page")
    with urlopen(address, timeout=10) as answer:  # noqa: S310 - http or https, and the operator's own
        answer.read()


def _plan_told(plan: FleetPlan) -> dict[str, Any]:
    return {
        "release": plan.release.sha,
        "done": len(plan.done),
        "ready": len(plan.ready),
        "routes": [
            {
                "from": state,
                "stores": sum(one.found == state for one in plan.ready),
                "slow_because": route.slow_because,
                "migrations": [asdict(step) for step in route.steps],
            }
            for state, route in plan.routes.items()
        ],
        "drifted": [_line(one, MigrationState.DRIFTED, why) for one, why in plan.drifted],
    }


def _report_lines(report: Report) -> list[dict[str, Any]]:
    lines = [
        _line(outcome.target, outcome.state, outcome.error)
        for _schema, outcome in sorted(report.outcomes.items())
        if outcome.state != MigrationState.DONE
    ]
    return lines + [_line(one, MigrationState.DRIFTED, why) for one, why in report.drifted]


def _line(one: Target, state: str, error: str) -> dict[str, Any]:
    return {
        "schema": one.schema,
        "store": one.title,
        "state": str(MigrationState(state).value),
        "error": error,
        "hint": _HINTS[MigrationState(state)],
    }


@contextmanager
def _bar(words: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(words, total=None)
        yield lambda total: progress.update(task, advance=1, total=total)
