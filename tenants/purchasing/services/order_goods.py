"""A purchase order from its draft to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ids import new_digits
from kit.tenancy import current_store
from tenants.catalog.models import Sku
from tenants.inventory.selectors import SkuMissing, store_day, warehouse_with_id
from tenants.inventory.services.receive_stock import MOST_PIECES, WrongPieces
from tenants.journal.services import Actor, record
from tenants.purchasing.models import OPEN_STATES, PurchaseLine, PurchaseOrder, PurchaseState
from tenants.purchasing.selectors import PurchaseMissing, supplier_with_id


class EmptyPurchase(Refused):
    """Nothing is ordered."""

    code, kind, sentence = "empty_purchase", Kind.INVALID, _("请至少填一种商品的数量。")


class PurchaseMoved(Refused):
    """The purchase order is in another state than the one in which this can be done."""

    code, kind, sentence = "purchase_moved", Kind.CONFLICT, _("这张采购单的状态已经变了，请刷新后再看。")


@dataclass(frozen=True, slots=True)
class WantedGoods:
    """So many pieces of a SKU, at this cost a piece."""

    sku_id: UUID
    quantity: int
    cost_minor: int | None = None


def draft_purchase(
    *,
    supplier_id: UUID,
    warehouse_id: UUID,
    goods: Sequence[WantedGoods],
    expected_on: date | None,
    note: str,
    by_name: str,
    now: datetime,
) -> PurchaseOrder:
    """Write down what is to be ordered.

    :raises SupplierMissing, WarehouseMissing, SkuMissing, WrongPieces, EmptyPurchase:
    """
    if not goods:
        raise EmptyPurchase
    if any(not 0 < one.quantity <= MOST_PIECES for one in goods):
        raise WrongPieces
    with transaction.atomic(durable=True):
        skus = Sku.objects.in_bulk([one.sku_id for one in goods])
        if len(skus) != len(goods):
            raise SkuMissing
        order = PurchaseOrder.objects.create(
            number=f"CG{store_day(now):%y%m%d}{new_digits(6)}",
            supplier=supplier_with_id(supplier_id),
            warehouse=warehouse_with_id(warehouse_id),
            expected_on=expected_on,
            note=note[:200],
            currency=current_store().currency,
            created_at=now,
            created_by=by_name,
        )
        PurchaseLine.objects.bulk_create(
            PurchaseLine(
                order=order,
                sku=skus[one.sku_id],
                quantity=one.quantity,
                cost_minor=skus[one.sku_id].cost_minor if one.cost_minor is None else one.cost_minor,
            )
            for one in goods
        )
        record(what="purchase.drafted", subject=order, at=now, actor=Actor(kind="person", name=by_name))
    return order


def send_purchase(*, purchase_id: UUID, by_name: str, now: datetime) -> PurchaseOrder:
    """Order it: from here on the supplier's link works. :raises PurchaseMissing, PurchaseMoved:"""
    actor = Actor(kind="person", name=by_name)
    return _move(purchase_id, (PurchaseState.DRAFT,), PurchaseState.SENT, actor, now, sent_at=now)


def confirm_purchase(*, purchase_id: UUID, quantities: Mapping[UUID, int], now: datetime) -> PurchaseOrder:
    """Note what the supplier says will come, by line; may be said again until goods have come.

    :raises PurchaseMissing, PurchaseMoved, WrongPieces:
    """
    with transaction.atomic(durable=True):
        order = lock_purchase(purchase_id)
        if order.state not in (PurchaseState.SENT, PurchaseState.ACCEPTED, PurchaseState.PARTLY):
            raise PurchaseMoved
        lines = list(order.lines.select_for_update())
        for line in lines:
            wanted = quantities.get(line.pk, line.quantity)
            if not 0 <= wanted <= MOST_PIECES:
                raise WrongPieces
            line.confirmed = wanted
        PurchaseLine.objects.bulk_update(lines, ["confirmed"])
        is_whole = all((line.confirmed or 0) >= line.quantity for line in lines)
        order.state = PurchaseState.ACCEPTED if is_whole else PurchaseState.PARTLY
        order.confirmed_at = now
        order.save(update_fields=["state", "confirmed_at"])
        actor = Actor(kind="supplier", name=order.supplier.name)
        said = {str(line.pk): line.confirmed for line in lines}
        record(what="purchase.confirmed", subject=order, at=now, actor=actor, said=said)
    return order


def close_purchase(*, purchase_id: UUID, by_name: str, now: datetime) -> PurchaseOrder:
    """End a purchase order: what has not come will not come. :raises PurchaseMissing, PurchaseMoved:"""
    actor = Actor(kind="person", name=by_name)
    before = (PurchaseState.DRAFT, *OPEN_STATES, PurchaseState.RECEIVED)
    return _move(purchase_id, before, PurchaseState.CLOSED, actor, now, closed_at=now)


def lock_purchase(purchase_id: UUID) -> PurchaseOrder:
    """Hold a purchase order until the transaction ends. :raises PurchaseMissing:"""
    locked = PurchaseOrder.objects.select_for_update(of=("self",)).select_related("supplier", "warehouse")
    order = locked.filter(pk=purchase_id).first()
    if order is None:
        raise PurchaseMissing
    return order


def _move(
    purchase_id: UUID,
    before: Sequence[PurchaseState],
    after: PurchaseState,
    actor: Actor,
    now: datetime,
    **moments: datetime,
) -> PurchaseOrder:
    with transaction.atomic(durable=True):
        order = lock_purchase(purchase_id)
        if order.state not in before:
            raise PurchaseMoved
        order.state = after
        for name, moment in moments.items():
            setattr(order, name, moment)
        order.save(update_fields=["state", *moments])
        record(what=f"purchase.{after}", subject=order, at=now, actor=actor)
    return order
