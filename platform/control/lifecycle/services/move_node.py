"""A store moves to another worker of its Citus cell, while it goes on selling."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.lifecycle.services.move_out import NotHere
from control.merchants.models import Merchant
from control.merchants.services import NoSuchMerchant
from kit.tenancy import citus, in_control


def move_node(*, merchant_id: UUID, to: str, by: str, now: datetime) -> dict[str, Any]:
    """Let Citus move a store's schema to the worker ``to`` (host:port); one that lies there already stays.

    :raises NoSuchMerchant, NotHere: no such store in this cell.
    :raises NoSuchNode: no active worker there.
    """
    with in_control():
        merchant = Merchant.objects.filter(pk=merchant_id).first()
        if merchant is None:
            raise NoSuchMerchant
        if merchant.cell:
            raise NotHere(cell=merchant.cell)
        lay_on = citus.node_of(schema=merchant.schema_name)
        if lay_on != to:
            host, _colon, port = to.rpartition(":")
            # Not in a transaction of ours: Citus copies for as long as it takes, and commits by itself
            citus.move_schema(schema=merchant.schema_name, host=host, port=int(port) if port.isdigit() else 0)
            with transaction.atomic(durable=True):
                record_act(what="store.moved_node", actor=by, now=now, merchant_id=merchant_id, lay_on=lay_on, to=to)
    return {"from": lay_on, "node": to, "moved": lay_on != to}
