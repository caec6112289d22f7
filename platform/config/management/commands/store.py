"""linli store: list and show stores, close and resume, export, restore, move, archive, erase."""

import json
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from getpass import getuser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from billing.services.restore_copy import restore_copy
from config.cells import CellByCommand, CellRefused
from control.lifecycle.models import Erasure
from control.lifecycle.selectors import erasure_of, exports_of
from control.lifecycle.services.archive_store import CLOSED_FOR, StillClosing, archive_store
from control.lifecycle.services.erase_store import erase_store
from control.lifecycle.services.export_store import Tell, export_store, folder_of, silently
from control.lifecycle.services.move_node import move_node
from control.lifecycle.services.move_out import BooksDiffer, NoSuchCell, move_out
from control.lifecycle.services.receive_store import open_arrived, receive_store
from control.lifecycle.services.restore_store import restore_store
from control.lifecycle.services.resume_store import resume_store
from control.lifecycle.services.suspend_store import suspend_store
from control.merchants.models import Domain, Merchant, MerchantState
from kit import clock
from kit.errors import Refused
from kit.tenancy import citus, in_control

EXAMPLES = """
examples:
  linli store list --state suspended
  linli store show greenhome
  linli store suspend greenhome --reason "asked by the merchant"
  linli store resume greenhome --reason "paid by transfer"
  linli store export greenhome --to exports/greenhome
  linli store restore exports/greenhome --as greenhome-copy --new
  linli store move greenhome --to east             to another cell (docs/operations.md)
  linli store move greenhome --to worker-2:5432    to another node of a Citus cell
  linli store archive greenhome --reason "closed for the winter"
  linli store restore var/exports/<id>/<time>-archive --as greenhome
  linli store erase greenhome --confirm greenhome --reason "left the platform"
        --requested-by one@example.com --approved-by two@example.com

Every one may be run again: what is done stays done, what was cut short goes on. --json answers a machine.
"""


class Command(BaseCommand):
    help = "Look after stores: suspend, resume, export, restore, move, archive, erase."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT", parser_class=_Plain)
        listing = _act(acts, "list", "list stores and their states", "linli store list --state suspended")
        listing.add_argument("--state", choices=MerchantState.values, help="only stores in this state")
        _slug(_act(acts, "show", "show one store with its exports and erasure", "linli store show greenhome"))
        for name, what in (
            ("suspend", "close a store at every door within five seconds"),
            ("resume", "give a suspended store back to what its subscription says"),
            ("archive", "export a suspended store, then drop its schema and files"),
        ):
            one = _slug(_act(acts, name, what, f'linli store {name} greenhome --reason "why"'))
            one.add_argument("--reason", required=True, help="goes into the audit")
        export = _slug(
            _act(
                acts, "export", "write a store's rows and files", "linli store export greenhome --to exports/greenhome"
            )
        )
        export.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="a new folder, or an older export")
        restore = _act(
            acts,
            "restore",
            "make a store of an export; it stands suspended until resumed",
            "linli store restore exports/greenhome --as greenhome-copy --new",
        )
        restore.add_argument("source", type=Path, help="an export's folder or its zip")
        restore.add_argument("--as", dest="slug", required=True, metavar="SLUG", help="the address of the store")
        restore.add_argument("--new", action="store_true", help="a new merchant, beside the one it was exported from")
        restore.add_argument("--from-elsewhere", action="store_true", help="accept an export of another platform")
        move = _slug(_act(acts, "move", "move a store to another cell or node", "linli store move greenhome --to east"))
        move.add_argument("--to", required=True, metavar="CELL|HOST:PORT", help="a cell of LINLI_CELLS, or a worker")
        receive = _act(acts, "receive", "build an arriving store (`move` calls it)", "linli store receive FOLDER")
        receive.add_argument("source", type=Path, help="the folder that the other cell wrote")
        opening = _slug(_act(acts, "open", "serve an arrived store (`move` calls it)", "linli store open greenhome"))
        opening.add_argument("--state", required=True, choices=MerchantState.values, help="as it was over there")
        erase = _slug(
            _act(
                acts,
                "erase",
                "remove a suspended or archived store for ever, and write a certificate",
                "linli store erase greenhome --confirm greenhome --reason left "
                "--requested-by one@example.com --approved-by two@example.com",
            )
        )
        erase.add_argument("--confirm", required=True, metavar="SLUG", help="the store's address, typed once more")
        erase.add_argument("--reason", required=True, help="goes into the certificate")
        erase.add_argument("--requested-by", required=True, metavar="EMAIL", help="an operator")
        erase.add_argument("--approved-by", required=True, metavar="EMAIL", help="another operator")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with _progress(quiet=options["json"]) as tell:
                answer = _ACTS[options["act"]](options, clock.now(), tell)
        except Refused as refusal:
            raise CommandError(f"{refusal} ({refusal.code})") from refusal
        except (BooksDiffer, CellRefused, citus.NoSuchNode) as trouble:
            raise CommandError(f"{type(trouble).__name__}: {trouble}") from trouble
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
        elif isinstance(answer, list):
            self.stdout.write(_drawn(answer))
        else:
            for name, value in answer.items():
                self.stdout.write(f"{name}: {_said(value)}")


class _Plain(ArgumentParser):
    """A sub-command's parser: Django's own wants arguments that argparse does not pass."""


def _act(acts: Any, name: str, what: str, example: str) -> ArgumentParser:
    parser: ArgumentParser = acts.add_parser(
        name, help=what, description=what, epilog=f"example:\n  {example}", formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    return parser


def _slug(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("slug", help="the store's address, e.g. greenhome")
    return parser


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Tell]:
    if quiet:
        yield silently
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        bar = shown.add_task("", total=None)

        def tell(what: str, done: int, of: int) -> None:
            shown.update(bar, description=what[-40:], completed=done, total=of or None)

        yield tell


def _list(options: dict[str, Any], now: datetime, tell: Tell) -> list[dict[str, Any]]:
    with in_control():
        merchants = Merchant.objects.order_by("slug")
        if options["state"]:
            merchants = merchants.filter(state=options["state"])
        return [_line(merchant) for merchant in merchants]


def _show(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    merchant = _merchant(options)
    with in_control():
        hosts = list(Domain.objects.filter(tenant=merchant).values_list("domain", flat=True))
        exports = exports_of(merchant.pk)
        erasure = erasure_of(merchant.pk)
    return _line(merchant) | {
        "cell": merchant.cell or "here",
        "merchant_id": str(merchant.pk),
        "schema": merchant.schema_name,
        "resumes_as": merchant.billed_state,
        "hosts": hosts,
        "exports": [
            {"kind": row.kind, "at": row.begun_at, "done": row.done_at is not None, "folder": str(folder_of(row))}
            for row in exports
        ],
        "erasure": _erasure(erasure) if erasure else None,
    }


def _suspend(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    return _line(suspend_store(merchant_id=_merchant(options).pk, by=_by(), reason=options["reason"], now=now))


def _resume(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    return _line(resume_store(merchant_id=_merchant(options).pk, by=_by(), reason=options["reason"], now=now))


def _archive(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    merchant = _merchant(options)
    row = archive_store(merchant_id=merchant.pk, by=_by(), reason=options["reason"], now=now, tell=tell)
    return {"slug": merchant.slug, "folder": str(folder_of(row)), "rows": row.rows, "files": row.files}


def _export(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    manifest = export_store(merchant_id=_merchant(options).pk, target=options["to"], now=now, tell=tell)
    tables, files = len(manifest.tables), manifest.files.count
    return {
        "folder": str(options["to"]),
        "tables": tables,
        "rows": manifest.rows,
        "files": files,
        "seal": manifest.seal,
    }


def _restore(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    said = {"source": options["source"], "slug": options["slug"], "from_elsewhere": options["from_elsewhere"]}
    if options["new"]:
        merchant = restore_copy(**said, by=_by(), now=now, tell=tell)
    else:
        merchant = restore_store(**said, as_new=False, by=_by(), now=now, tell=tell)
    return _line(merchant) | {"merchant_id": str(merchant.pk), "schema": merchant.schema_name}


def _move(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    merchant, to = _merchant(options), options["to"]
    if citus.is_on() and ":" in to:
        return {"slug": merchant.slug} | move_node(merchant_id=merchant.pk, to=to, by=_by(), now=now)
    if to not in settings.LINLI_CELLS:
        raise NoSuchCell
    while True:
        try:
            move = move_out(merchant_id=merchant.pk, to=to, far=CellByCommand(to), by=_by(), now=clock.now(), tell=tell)
        except StillClosing:
            tell("waiting until every process has closed it", 0, 0)
            time.sleep(CLOSED_FOR.total_seconds() / 10)
        else:
            return {"slug": merchant.slug, "cell": to, "steps": move.steps, "seal": move.seal}


def _receive(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    arrival = receive_store(source=options["source"], by=_by(), now=now, tell=tell)
    return {
        "merchant_id": arrival.merchant_id,
        "from": arrival.cell,
        "seal": arrival.seal,
        **arrival.steps["received"],
    }


def _open(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    state = MerchantState(options["state"])
    return _line(open_arrived(merchant_id=_merchant(options).pk, state=state, by=_by(), now=now))


def _erase(options: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    return erase_store(
        merchant_id=_merchant(options).pk,
        typed_slug=options["confirm"],
        requested_by=options["requested_by"],
        approved_by=options["approved_by"],
        reason=options["reason"],
        now=now,
        tell=tell,
    )


_ACTS: dict[str, Callable[[dict[str, Any], datetime, Tell], Any]] = {
    "list": _list,
    "show": _show,
    "suspend": _suspend,
    "resume": _resume,
    "archive": _archive,
    "export": _export,
    "restore": _restore,
    "move": _move,
    "receive": _receive,
    "open": _open,
    "erase": _erase,
}


def _merchant(options: dict[str, Any]) -> Merchant:
    with in_control():
        merchant = Merchant.objects.filter(slug=options["slug"]).first()
    if merchant is None:
        raise CommandError(f"there is no store with the address {options['slug']!r}")
    return merchant


def _by() -> str:
    # Whoever sits at the machine: the audit names the login, since the command line knows no operator
    return f"{getuser()} (linli store)"


def _line(merchant: Merchant) -> dict[str, Any]:
    return {"slug": merchant.slug, "name": merchant.name, "state": merchant.state, "since": merchant.state_since}


def _erasure(erasure: Erasure) -> dict[str, Any]:
    return {
        "requested_by": erasure.requested_by,
        "approved_by": erasure.approved_by,
        "steps": list(erasure.steps),
        "done_at": erasure.done_at,
    }


def _said(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _drawn(lines: list[dict[str, Any]]) -> str:
    table = Table(title=f"{len(lines)} stores")
    for heading in ("slug", "name", "state", "since"):
        table.add_column(heading)
    for line in lines:
        table.add_row(*(_said(line[heading]) for heading in ("slug", "name", "state", "since")))
    words = Console(highlight=False, width=120)
    with words.capture() as captured:
        words.print(table)
    return captured.get()
