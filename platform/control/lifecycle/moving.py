"""What a moving store takes along from the control plane: its people, hosts and the outside events it was told.

Written beside the export as ``control.json``, signed as the export is. A move is no copy, so keys and sessions come
along, and password hashes here: the folder is the owner's alone and is removed when the move is done. What is sealed
(kit.sealing) opens over there because the store and its rows keep their ids; both cells hold the sealing keys.
"""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare

from control.lifecycle.manifest import ExportChanged, StrangeExport, signature_of
from control.merchants.models import Merchant
from kit.tenancy.sql import run

FILE = "control.json"
STAYS = frozenset({"django_migrations"})  # the recipe's own notes: the schema over there has its own
CARRIED = ("slug", "name", "currency", "timezone", "city", "limits", "billed_state")
# table -> which of its rows are this merchant's; in the order in which they can be put down
_ROWS = {
    "people_person": "id IN (SELECT person_id FROM people_seat WHERE merchant_id = %(id)s)",
    "people_seat": "merchant_id = %(id)s",
    "merchants_domain": "tenant_id = %(id)s",
    "domains_customdomain": "merchant_id = %(id)s",
    "support_supportconsent": "merchant_id = %(id)s",
    "inbox_outsideevent": "account = %(id)s::text",
}


def write_control(place: Path, *, merchant: Merchant, cell: str) -> None:
    """Write the merchant's control-plane rows, in a control scope. ``cell`` is where they come from."""
    said: dict[str, Any] = {
        "merchant_id": str(merchant.pk),
        "from": cell,
        "created_at": merchant.created_at.isoformat(),
        "merchant": {name: getattr(merchant, name) for name in CARRIED},
    }
    for table, where in _ROWS.items():
        found = run(f"SELECT row_to_json(r) AS row FROM {table} r WHERE {where}", {"id": merchant.pk})  # noqa: S608
        said[table] = [line["row"] for line in found]
    text = json.dumps(said, ensure_ascii=False, default=str)
    (place / FILE).write_text(json.dumps({"said": text, "signature": _signature(text)}))
    (place / FILE).chmod(0o600)


def read_control(place: Path) -> dict[str, Any]:
    """Read what was written. :raises ExportChanged, StrangeExport:"""
    try:
        written = json.loads((place / FILE).read_text())
        text, signature = written["said"], written["signature"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportChanged(what=FILE) from error
    if not constant_time_compare(signature, _signature(text)):
        raise StrangeExport
    said: dict[str, Any] = json.loads(text)
    return said


def take_control(said: dict[str, Any], *, merchant_id: UUID) -> None:
    """Put the rows down here, in the caller's transaction; what is here already stays as it is.

    A person who is known here by the same e-mail keeps the account of this cell, and sits in it.
    """
    for table in _ROWS:
        rows = said[table]
        if table == "people_seat":
            rows = _seated(rows, said["people_person"])
        run(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            [json.dumps(rows)],
        )


def _seated(seats: list[dict[str, Any]], people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    emails = {person["id"]: person["email"] for person in people}
    known = run(
        "SELECT id, lower(email) AS email FROM people_person WHERE lower(email) = ANY(%s)",
        [[email.lower() for email in emails.values()]],
    )
    here = {row["email"]: str(row["id"]) for row in known}
    return [seat | {"person_id": here[emails[seat["person_id"]].lower()]} for seat in seats]


def _signature(text: str) -> str:
    return signature_of(hashlib.sha256(text.encode()).hexdigest())
