"""What two people decided is carried out, step by step; each step may be repeated, none is forgotten."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from control.audit.services import record_act
from control.inbox.models import OutsideEvent
from control.lifecycle.manifest import Manifest, signature_of
from control.lifecycle.models import Erasure, StoreExport
from control.lifecycle.selectors import latest_archive, schema_exists
from control.lifecycle.services.approve_erasure import NothingRequested
from control.lifecycle.services.export_store import Tell, folder_of, silently
from control.lifecycle.tables import lines_of, tables_here
from control.merchants.models import Merchant
from control.people.models import Person, PhoneCode, Seat
from control.post.models import Letter
from control.provisioning.services.drop_schema import drop_schema
from kit.errors import Refused
from kit.ports.storage import empty_folder, files_here, open_here
from kit.tenancy import in_control, in_store

KEPT = ("invoices, ledger and payer (tax law)", "audit")


class NotGone(RuntimeError):
    """After all steps something of the store is still there; no certificate was written."""


def finish_erasure(*, merchant_id: UUID, now: datetime, tell: Tell = silently) -> dict[str, Any]:
    """Remove what is left of a store whose erasure was approved, and return the certificate.

    Schema, files, exports, letters, outside events, seats, and people who worked nowhere else. Invoices, the ledger
    and the audit stay. A step that was done is not done again; run after the end, it returns the same certificate.
    :raises NothingRequested: no approved erasure.
    """
    with in_control():
        merchant = Merchant.objects.get(pk=merchant_id)
        erasure = Erasure.objects.filter(merchant_id=merchant_id, approved_at__isnull=False, withdrawn_at=None).first()
    if erasure is None:
        raise NothingRequested
    if erasure.done_at and erasure.certificate:
        return dict(erasure.certificate)
    for number, (name, step) in enumerate(STEPS.items()):
        tell(name, number, len(STEPS))
        if name not in erasure.steps:
            step(merchant, erasure, now)
    _prove(merchant)
    return _certify(merchant, erasure, now)


def _count(merchant: Merchant, erasure: Erasure, now: datetime) -> None:
    """Count and hash what there is, before any of it goes."""
    with in_control():
        lives = schema_exists(merchant.schema_name)
    with in_control(), transaction.atomic(durable=True):
        _note(erasure, "counted", _of_schema(merchant) if lives else _of_archive(merchant))


def _of_schema(merchant: Merchant) -> dict[str, Any]:
    tables = []
    with in_store(merchant.ref):
        for table in tables_here(without=frozenset()):
            digest, rows = hashlib.sha256(), 0
            for line in lines_of(table):
                digest.update(line)
                rows += 1
            tables.append({"name": table.name, "rows": rows, "sha256": digest.hexdigest()})
        files, size = 0, 0
        for name in files_here():
            with open_here(name) as file:
                files, size = files + 1, size + len(file.read())
    return {"tables": tables, "files": files, "file_bytes": size}


def _of_archive(merchant: Merchant) -> dict[str, Any]:
    try:
        manifest = Manifest.read(folder_of(latest_archive(merchant.pk)), from_elsewhere=True)
    except (StoreExport.DoesNotExist, Refused):
        return {"tables": [], "files": 0, "file_bytes": 0}
    tables = [{"name": part.name, "rows": part.count, "sha256": part.sha256} for part in manifest.tables]
    return {"tables": tables, "files": manifest.files.count, "file_bytes": manifest.file_bytes}


def _drop(merchant: Merchant, erasure: Erasure, now: datetime) -> None:
    with in_control(), transaction.atomic(durable=True):
        drop_schema(name=merchant.schema_name)
        _note(erasure, "schema", {})


def _remove_files(merchant: Merchant, erasure: Erasure, now: datetime) -> None:
    with in_store(merchant.ref):
        empty_folder()
    with in_control(), transaction.atomic(durable=True):
        _note(erasure, "files", {})


def _remove_exports(merchant: Merchant, erasure: Erasure, now: datetime) -> None:
    shutil.rmtree(_exports_of(merchant), ignore_errors=True)
    with in_control(), transaction.atomic(durable=True):
        removed = StoreExport.objects.filter(merchant_id=merchant.pk, removed_at=None).update(removed_at=now)
        _note(erasure, "exports", {"exports": removed})


def _forget_people(merchant: Merchant, erasure: Erasure, now: datetime) -> None:
    """Staff of this store and no other go; letters to them and to its shoppers, and what was told of its payments."""
    with in_control(), transaction.atomic(durable=True):
        here = Person.objects.filter(seats__merchant_id=merchant.pk)
        elsewhere = Seat.objects.exclude(merchant_id=merchant.pk).values("person_id")
        leaving = list(here.filter(is_operator=False).exclude(pk__in=elsewhere).distinct())
        addresses = [person.email for person in leaving] + [person.phone for person in leaving]
        letters, _kinds = Letter.objects.filter(Q(merchant_id=merchant.pk) | Q(sent_to__in=addresses)).delete()
        events, _kinds = OutsideEvent.objects.filter(account=str(merchant.pk)).delete()
        PhoneCode.objects.filter(phone__in=addresses).delete()
        seats, _kinds = Seat.objects.filter(merchant_id=merchant.pk).delete()
        Person.objects.filter(pk__in=[person.pk for person in leaving]).delete()
        _note(erasure, "people", {"letters": letters, "events": events, "seats": seats, "people": len(leaving)})


STEPS: Mapping[str, Callable[[Merchant, Erasure, datetime], None]] = {
    "counted": _count,
    "schema": _drop,
    "files": _remove_files,
    "exports": _remove_exports,
    "people": _forget_people,
}


def _note(erasure: Erasure, step: str, counted: dict[str, Any]) -> None:
    erasure.steps = erasure.steps | {step: counted}
    erasure.save(update_fields=["steps"])


def _prove(merchant: Merchant) -> None:
    with in_store(merchant.ref):
        files = next(files_here(), None)
    with in_control():
        left = (
            schema_exists(merchant.schema_name)
            or files
            or _exports_of(merchant).exists()
            or Letter.objects.filter(merchant_id=merchant.pk).exists()
            or OutsideEvent.objects.filter(account=str(merchant.pk)).exists()
        )
    if left:
        raise NotGone(str(merchant.pk))


def _certify(merchant: Merchant, erasure: Erasure, now: datetime) -> dict[str, Any]:
    counted = erasure.steps["counted"]
    said = {
        "store": {"merchant_id": str(merchant.pk), "slug": merchant.slug, "name": merchant.name},
        "requested_by": erasure.requested_by,
        "requested_at": erasure.requested_at.isoformat(),
        "approved_by": erasure.approved_by,
        "approved_at": erasure.approved_at.isoformat() if erasure.approved_at else "",
        "reason": erasure.reason,
        "finished_at": now.isoformat(),
        "rows": sum(table["rows"] for table in counted["tables"]),
        **counted,
        **erasure.steps["exports"],
        **erasure.steps["people"],
        "kept": list(KEPT),
    }
    seal = hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    certificate = said | {"seal": seal, "signature": signature_of(seal)}
    with in_control(), transaction.atomic(durable=True):
        erasure.certificate, erasure.done_at = certificate, now
        erasure.save(update_fields=["certificate", "done_at"])
        record_act(
            what="store.erased",
            actor=erasure.approved_by,
            now=now,
            merchant_id=merchant.pk,
            rows=said["rows"],
            seal=seal,
        )
    return certificate


def _exports_of(merchant: Merchant) -> Path:
    return Path(settings.LINLI_EXPORTS) / str(merchant.pk)
