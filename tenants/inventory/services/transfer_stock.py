"""Goods move from one warehouse to another: sent, then received with what is missing."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.inventory.models import Batch, MoveKind, Stock, StockMove, Transfer, TransferState
from tenants.inventory.selectors import BatchMissing, warehouse_with_id
from tenants.inventory.services.adjust_stock import lose_stock
from tenants.inventory.services.move_batch import locked_stock, move_batch
from tenants.inventory.services.receive_stock import stock_row
from tenants.journal.services import Actor, record


class TransferMissing(Refused):
    """There is no such transfer in this store."""

    code, kind, sentence = "transfer_missing", Kind.MISSING, _("没有找到这张调拨单。")


class SameWarehouse(Refused):
    """From a warehouse to itself."""

    code, kind, sentence = "same_warehouse", Kind.INVALID, _("调出和调入不能是同一个仓库。")


class AlreadyReceived(Refused):
    """The transfer was received before."""

    code, kind, sentence = "transfer_received", Kind.CONFLICT, _("这张调拨单已经收过货了。")


class WrongArrival(Refused):
    """More arrived than was sent, or less than nothing; or something is missing and nobody says why."""

    code, kind, sentence = "wrong_arrival", Kind.INVALID, _("实收数量要在 0 和发出数量之间。")


def send_transfer(
    *,
    sku_id: UUID,
    quantity: int,
    from_id: UUID,
    to_id: UUID,
    lot: str,
    note: str,
    key: str,
    by_name: str,
    now: datetime,
) -> Transfer:
    """Take goods out of one warehouse, on their way to another; once a key.

    :raises WarehouseMissing, SameWarehouse, SkuMissing, WrongPieces, MoreThanThere, BatchMissing:
    """
    if from_id == to_id:
        raise SameWarehouse(fields={"to_warehouse": [SameWarehouse.sentence]})
    from_place, to_place = warehouse_with_id(from_id), warehouse_with_id(to_id)
    if made := Transfer.objects.filter(key=key).first():
        return made
    try:
        with transaction.atomic(durable=True):
            stock = stock_row(sku_id, from_id)
            batch = Batch.objects.filter(stock=stock, lot=lot.strip()).first() if lot.strip() else None
            if lot.strip() and batch is None:
                raise BatchMissing(fields={"lot": [BatchMissing.sentence]})
            transfer = Transfer(
                sku_id=sku_id,
                from_warehouse=from_place,
                to_warehouse=to_place,
                batch=batch,
                quantity=quantity,
                note=note[:120],
                key=key,
                sent_at=now,
                sent_by=by_name,
            )
            lose_stock(
                sku_id=sku_id,
                quantity=quantity,
                reason=gettext("调往 %(place)s") % {"place": to_place.name},
                by_name=by_name,
                now=now,
                warehouse_id=from_id,
                batch_id=batch.pk if batch else None,
                kind=MoveKind.MOVE_OUT,
                ref_id=transfer.pk,
            )
            transfer.save(force_insert=True)
            record(what="transfer.sent", subject=transfer, at=now, actor=Actor(kind="person", name=by_name))
    except IntegrityError:
        return Transfer.objects.get(key=key)
    return transfer


def receive_transfer(*, transfer_id: UUID, received: int, note: str, by_name: str, now: datetime) -> Transfer:
    """Put what arrived into the other warehouse, in its own batch; the rest is lost on the way, with a reason.

    :raises TransferMissing, AlreadyReceived, WrongArrival:
    """
    with transaction.atomic(durable=True):
        locked = Transfer.objects.select_for_update(of=("self",)).select_related("batch", "from_warehouse")
        transfer = locked.filter(pk=transfer_id).first()
        if transfer is None:
            raise TransferMissing
        if transfer.state != TransferState.SENT:
            raise AlreadyReceived
        if not 0 <= received <= transfer.quantity:
            raise WrongArrival(fields={"received": [WrongArrival.sentence]})
        if received < transfer.quantity and not note.strip():
            sentence = gettext("少了 %(n)s 件，请写明原因。") % {"n": transfer.quantity - received}
            raise WrongArrival(sentence, fields={"note": [sentence]})
        if received:
            _arrive(transfer, received, by_name, now)
        transfer.received, transfer.state = received, TransferState.RECEIVED
        transfer.received_at, transfer.received_by = now, by_name
        transfer.note = " ".join((transfer.note, note)).strip()[:120]
        transfer.save(update_fields=["received", "state", "received_at", "received_by", "note"])
        actor = Actor(kind="person", name=by_name)
        record(
            what="transfer.received",
            subject=transfer,
            at=now,
            actor=actor,
            reason=note[:120],
            missing=transfer.quantity - received,
        )
    return transfer


def _arrive(transfer: Transfer, received: int, by_name: str, now: datetime) -> None:
    stock = locked_stock(stock_row(transfer.sku_id, transfer.to_warehouse_id).pk)
    reason = gettext("来自 %(place)s") % {"place": transfer.from_warehouse.name}
    if transfer.batch is None:
        StockMove.objects.create(
            sku_id=transfer.sku_id,
            warehouse_id=transfer.to_warehouse_id,
            kind=MoveKind.MOVE_IN,
            on_hand_delta=received,
            ref_id=transfer.pk,
            reason=reason[:120],
            by_name=by_name,
            at=now,
        )
        Stock.objects.filter(pk=stock.pk).update(on_hand=stock.on_hand + received)
        return
    sent = transfer.batch
    batch, _is_new = Batch.objects.select_for_update().get_or_create(
        stock=stock,
        lot=sent.lot,
        defaults={
            "produced_on": sent.produced_on,
            "expires_on": sent.expires_on,
            "cost_minor": sent.cost_minor,
            "supplier_id": sent.supplier_id,
            "supplier_name": sent.supplier_name,
            "received_at": now,
            # A batch that was stopped on its way arrives stopped
            "state": sent.state if sent.state in ("hold", "recalled", "expired", "near_expiry") else "available",
            "why": sent.why,
        },
    )
    move_batch(
        batch=batch,
        kind=MoveKind.MOVE_IN,
        pieces=received,
        at=now,
        reason=reason,
        by_name=by_name,
        ref_id=transfer.pk,
    )
