"""A store arrives from another cell: built closed, then opened when that cell has handed it over."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.lifecycle.manifest import FOLDER, ExportChanged, Manifest, check_export, listed_files
from control.lifecycle.models import StoreMove
from control.lifecycle.moving import CARRIED, STAYS, read_control, take_control
from control.lifecycle.services.export_store import Tell, silently
from control.lifecycle.services.restore_store import OtherVersion, StoreStandsThere, take_rows
from control.merchants.directory import forget
from control.merchants.models import Merchant, MerchantState
from control.merchants.services import NoSuchMerchant
from control.provisioning.services.drop_schema import drop_schema
from control.provisioning.services.fill_pool import claim_schema
from control.provisioning.services.record_bundle import current_bundle
from kit.ports.storage import bring_here
from kit.tenancy import in_control, in_store


def receive_store(*, source: Path, by: str, now: datetime, tell: Tell = silently) -> StoreMove:
    """Build an arriving store in a schema of this cell, all of it or nothing; it is served nowhere here yet.

    Received already it is left as it is; an earlier arrival that the other cell gave up is replaced.
    :raises NotAnExport, ExportChanged, StrangeExport, OtherVersion: it cannot be trusted or used.
    :raises StoreStandsThere: a store of this cell has the address, or it is this very store, open.
    """
    manifest, said = Manifest.read(source), read_control(source)
    if manifest.store["merchant_id"] != said["merchant_id"]:
        raise ExportChanged(what="control.json")
    tell("check", 0, 0)
    check_export(source, manifest=manifest)
    with in_control():
        here = current_bundle(now=now).sha
    if manifest.bundle_sha != here:
        raise OtherVersion(exported=manifest.bundle_sha, here=here)
    with in_control(), transaction.atomic(durable=True):
        known = StoreMove.objects.filter(merchant_id=said["merchant_id"], is_arrival=True, done_at=None).first()
        if known is not None and known.seal == manifest.seal:
            return known
        if known is not None:
            known.delete()
        merchant = _stood_up(said, now)
        take_control(said, merchant_id=merchant.pk)
        with in_store(merchant.ref):
            take_rows(source, manifest=manifest, tell=tell, left_out=STAYS)
            for file in listed_files(source):
                with (source / FOLDER / file.name).open("rb") as content:
                    bring_here(file.name, content)
        arrival = StoreMove.objects.create(
            merchant_id=merchant.pk,
            is_arrival=True,
            cell=said["from"],
            by=by,
            state_before=MerchantState.SUSPENDED,
            seal=manifest.seal,
            steps={"received": {"rows": manifest.rows, "files": manifest.files.count}},
            begun_at=now,
        )
        record_act(
            what="store.arrived", actor=by, now=now, merchant_id=merchant.pk, of=said["from"], seal=manifest.seal
        )
    return arrival


def open_arrived(*, merchant_id: UUID, state: MerchantState, by: str, now: datetime) -> Merchant:
    """Serve an arrived store from here, in the state it had over there. Open already it is left alone.

    :raises NoSuchMerchant: no such store has arrived.
    """
    with in_control(), transaction.atomic(durable=True):
        merchant = Merchant.objects.select_for_update().filter(pk=merchant_id).first()
        arrival = StoreMove.objects.filter(merchant_id=merchant_id, is_arrival=True).order_by("-begun_at").first()
        if merchant is None or arrival is None:
            raise NoSuchMerchant
        if arrival.done_at is None:
            merchant.cell, merchant.state, merchant.state_since = "", state, now
            merchant.save(update_fields=["cell", "state", "state_since"])
            arrival.done_at = now
            arrival.save(update_fields=["done_at"])
            record_act(what="store.opened_here", actor=by, now=now, merchant_id=merchant_id, state=state.value)
    forget()
    return merchant


def _stood_up(said: dict[str, Any], now: datetime) -> Merchant:
    merchant = Merchant.objects.select_for_update().filter(pk=said["merchant_id"]).first()
    taken = Merchant.objects.filter(slug=said["merchant"]["slug"]).exclude(pk=said["merchant_id"]).exists()
    if taken or (merchant is not None and not merchant.cell):
        raise StoreStandsThere(state=merchant.state if merchant else "")
    if merchant is None:
        merchant = Merchant(id=said["merchant_id"], created_at=datetime.fromisoformat(said["created_at"]))
    else:  # it lived here before, or an arrival was given up
        drop_schema(name=merchant.schema_name)
    for name in CARRIED:
        setattr(merchant, name, said["merchant"][name])
    merchant.cell = said["from"]
    merchant.schema_name = claim_schema(now=now)
    merchant.state, merchant.state_since = MerchantState.SUSPENDED, now
    merchant.save()
    return merchant
