"""A store moves to another cell: closed, copied, proven there, handed over, opened there, cleared here."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.audit.services import record_act
from control.lifecycle.manifest import Manifest
from control.lifecycle.models import StoreMove
from control.lifecycle.moving import STAYS, write_control
from control.lifecycle.selectors import guests
from control.lifecycle.services.archive_store import refuse_unless_closed
from control.lifecycle.services.export_store import Tell, export_store, silently
from control.merchants.directory import forget
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import locked_merchant, move_store
from control.provisioning.services.drop_schema import drop_schema
from kit.errors import Kind, Refused
from kit.ports.storage import empty_folder
from kit.tenancy import in_control, in_store
from tenants.aftersales.books import check as check_store


class NoSuchCell(Refused):
    """This cell has no name, or knows no other of that name (LINLI_CELL, LINLI_CELLS)."""

    code, kind, sentence = "no_such_cell", Kind.MISSING, _("没有这个单元。")


class NotHere(Refused):
    """The store lives in another cell, or is moving to another one. Facts: ``cell``."""

    code, kind, sentence = "not_here", Kind.CONFLICT, _("店铺不在这个单元，或正在搬往别处。")


class NotItsHome(Refused):
    """A guest goes home before it goes anywhere else: its home's directory must know where it is. Facts: ``cell``."""

    code, kind, sentence = "not_its_home", Kind.CONFLICT, _("这家店铺属于别的单元，请先搬回原来的单元。")


class BooksDiffer(RuntimeError):
    """What arrived does not add up over there. The store was not handed over; it is closed and whole here."""


class FarCell(Protocol):
    """The other cell, as its own processes answer; one process knows one database only."""

    def receive(self, folder: Path) -> dict[str, Any]:
        """Build the store out of a folder, closed; the same folder twice gives the same store."""

    def findings(self, slug: str) -> list[dict[str, Any]]:
        """Check the store's books over there."""

    def open(self, slug: str, state: str) -> dict[str, Any]:
        """Serve the store from now on; open already stays open."""


def move_out(*, merchant_id: UUID, to: str, far: FarCell, by: str, now: datetime, tell: Tell = silently) -> StoreMove:
    """Move a store to another cell. It is closed meanwhile, and at every moment exactly one cell may open it.

    Each step is written down when it is done: killed anywhere, run again, it goes on from there.
    :raises NoSuchMerchant, NoSuchCell, NotHere, NotItsHome, MoveRefused: nothing was done.
    :raises StillClosing: closed; run again after ten seconds, when every process knows.
    :raises BooksDiffer: received, and not in order there.
    """
    move = _begun(merchant_id, to=to, by=by, now=now)
    with in_control():
        merchant = Merchant.objects.get(pk=merchant_id)
    if "flipped" not in move.steps:
        refuse_unless_closed(merchant, now)
    for number, (name, step) in enumerate(STEPS.items()):
        tell(name, number, len(STEPS))
        if name not in move.steps:
            step(_Moving(move, merchant, far, now, tell))
    with in_control(), transaction.atomic(durable=True):
        move.done_at = now
        move.save(update_fields=["done_at"])
    return move


def _begun(merchant_id: UUID, *, to: str, by: str, now: datetime) -> StoreMove:
    with in_control(), transaction.atomic(durable=True):
        merchant = locked_merchant(merchant_id)
        begun = StoreMove.objects.filter(merchant_id=merchant_id, is_arrival=False, done_at=None).first()
        if begun is not None:
            if begun.cell != to:
                raise NotHere(cell=begun.cell)
            return begun
        if not settings.LINLI_CELL or to not in settings.LINLI_CELLS:
            raise NoSuchCell
        if merchant.cell:
            raise NotHere(cell=merchant.cell)
        if guests().get(merchant_id, to) != to:
            raise NotItsHome(cell=guests()[merchant_id])
        move = StoreMove.objects.create(
            merchant_id=merchant_id, is_arrival=False, cell=to, by=by, state_before=merchant.state, begun_at=now
        )
        if merchant.state != MerchantState.SUSPENDED:
            move_store(merchant_id=merchant_id, to=MerchantState.SUSPENDED, now=now)
        record_act(what="store.move_begun", actor=by, now=now, merchant_id=merchant_id, to=to)
    return move


class _Moving:
    """What a step works with."""

    def __init__(self, move: StoreMove, merchant: Merchant, far: FarCell, now: datetime, tell: Tell) -> None:
        self.move, self.merchant, self.far, self.now, self.tell = move, merchant, far, now, tell

    @property
    def folder(self) -> Path:
        return Path(settings.LINLI_EXPORTS) / "moves" / str(self.move.pk)

    def note(self, step: str, **counted: Any) -> None:
        """Write a step down as done."""
        with in_control(), transaction.atomic(durable=True):
            self._note(step, counted)

    def _note(self, step: str, counted: dict[str, Any]) -> None:
        self.move.steps = self.move.steps | {step: counted}
        self.move.save(update_fields=["steps", "seal"])


def _copy(on: _Moving) -> None:
    manifest = export_store(merchant_id=on.merchant.pk, target=on.folder, now=on.now, left_out=STAYS, tell=on.tell)
    with in_control():
        write_control(on.folder, merchant=on.merchant, cell=settings.LINLI_CELL)
    on.move.seal = manifest.seal
    on.note("copied", rows=manifest.rows, files=manifest.files.count)


def _receive(on: _Moving) -> None:
    # Every table and file is hashed again over there, in the transaction that puts them down
    answer = on.far.receive(on.folder)
    on.note("received", seal=answer["seal"], rows=answer["rows"])


def _prove(on: _Moving) -> None:
    manifest = Manifest.read(on.folder)
    arrived = on.move.steps["received"]
    with in_store(on.merchant.ref):
        here = [asdict(finding) for finding in check_store(on.now)]
    there = on.far.findings(on.merchant.slug)
    # A store that had an open question before must have the same one after: a move neither mends nor breaks
    if (arrived["seal"], arrived["rows"]) != (manifest.seal, manifest.rows) or there != here:
        raise BooksDiffer(f"{arrived} is not {manifest.seal}, {manifest.rows} rows; books there {there}, here {here}")
    on.note("proven", rows=manifest.rows)


def _flip(on: _Moving) -> None:
    """The one moment: before it only this cell could open the store, after it only the other."""
    with in_control(), transaction.atomic(durable=True):
        merchant = locked_merchant(on.merchant.pk)
        merchant.cell, merchant.state, merchant.state_since = on.move.cell, on.move.state_before, on.now
        merchant.save(update_fields=["cell", "state", "state_since"])
        on._note("flipped", {})
        record_act(
            what="store.moved",
            actor=on.move.by,
            now=on.now,
            merchant_id=merchant.pk,
            to=on.move.cell,
            seal=on.move.seal,
        )
        transaction.on_commit(forget)


def _open(on: _Moving) -> None:
    on.note("opened", **on.far.open(on.merchant.slug, on.move.state_before))


def _clear(on: _Moving) -> None:
    with in_store(on.merchant.ref):
        empty_folder()
    shutil.rmtree(on.folder, ignore_errors=True)
    with in_control(), transaction.atomic(durable=True):
        drop_schema(name=on.merchant.schema_name)
        on._note("cleared", {})


STEPS: Mapping[str, Callable[[_Moving], None]] = {
    "copied": _copy,
    "received": _receive,
    "proven": _prove,
    "flipped": _flip,
    "opened": _open,
    "cleared": _clear,
}
