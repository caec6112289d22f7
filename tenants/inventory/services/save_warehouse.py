"""The places where goods lie."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import DEFAULT_WAREHOUSE, SourcingRule, Stock, Warehouse, WarehouseKind, WarehouseState
from tenants.inventory.selectors import WarehouseMissing
from tenants.journal.services import Actor, record


class NameTaken(Refused):
    """Another warehouse has this name."""

    code, kind, sentence = "warehouse_name_taken", Kind.CONFLICT, _("已经有一个仓库叫这个名字。")


class StillInUse(Refused):
    """The first warehouse, or one with goods in it, cannot be closed."""

    code, kind, sentence = "warehouse_in_use", Kind.CONFLICT, _("仓库里还有货，先调拨或盘点清零再停用。")


@dataclass(frozen=True, slots=True)
class WarehouseDraft:
    """What was typed of a warehouse."""

    name: str
    kind: WarehouseKind
    city: str = ""
    address: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    state: WarehouseState = WarehouseState.OPEN
    serves_orders: bool = False


def keep_default_warehouse(*, now: datetime) -> Warehouse:
    """Write down the warehouse every store has from its first day, if nobody has yet."""
    warehouse: Warehouse
    warehouse, _is_new = Warehouse.objects.get_or_create(
        pk=DEFAULT_WAREHOUSE, defaults={"name": gettext("默认仓库"), "created_at": now}
    )
    return warehouse


def save_warehouse(
    *, draft: WarehouseDraft, by_name: str, now: datetime, warehouse_id: UUID | None = None
) -> Warehouse:
    """Open a warehouse, or change one. :raises WarehouseMissing, NameTaken, StillInUse:"""
    try:
        with transaction.atomic(durable=True):
            warehouse = Warehouse(created_at=now)
            if warehouse_id is not None:
                known = Warehouse.objects.select_for_update().filter(pk=warehouse_id).first()
                if known is None:
                    raise WarehouseMissing
                warehouse = known
            if draft.state == WarehouseState.CLOSED:
                _refuse_in_use(warehouse)
            for name in ("name", "kind", "city", "address", "latitude", "longitude", "state", "serves_orders"):
                setattr(warehouse, name, getattr(draft, name))
            warehouse.save()
            record(what="warehouse.saved", subject=warehouse, at=now, actor=Actor(kind="person", name=by_name))
    except IntegrityError:
        raise NameTaken(fields={"name": [NameTaken.sentence]}) from None
    return warehouse


def save_sourcing_rule(*, may_split: bool, by_name: str, now: datetime) -> None:
    """Say what happens when no warehouse has all of an order."""
    with transaction.atomic(durable=True):
        rule, _new = SourcingRule.objects.update_or_create(only=True, defaults={"may_split": may_split})
        actor = Actor(kind="person", name=by_name)
        record(what="sourcing_rule.saved", subject=rule, at=now, actor=actor, may_split=may_split)


def _refuse_in_use(warehouse: Warehouse) -> None:
    if warehouse.is_default:
        sentence = gettext("默认仓库不能停用。")
        raise StillInUse(sentence, fields={"state": [sentence]})
    if Stock.objects.filter(warehouse=warehouse).exclude(on_hand=0, reserved=0).exists():
        raise StillInUse(fields={"state": [StillInUse.sentence]})
