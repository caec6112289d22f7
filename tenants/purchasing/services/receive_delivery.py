"""What came from a supplier: taken in good, short, too much or damaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import round_half_away
from tenants.catalog.units import base_quantity, stock_sku_id
from tenants.inventory.models import Batch
from tenants.inventory.services.receive_stock import MOST_PIECES, BatchDraft, WrongPieces, receive_stock
from tenants.journal.services import Actor, record
from tenants.purchasing.models import OPEN_STATES, Delivery, DeliveryPhoto, PurchaseLine, PurchaseState
from tenants.purchasing.photos import drop_photos, keep_photos
from tenants.purchasing.selectors import PurchaseMissing
from tenants.purchasing.services.order_goods import PurchaseMoved, lock_purchase


class NothingCame(Refused):
    """Neither good nor damaged pieces."""

    code, kind, sentence = "nothing_came", Kind.INVALID, _("请填写实收或破损数量。")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was counted and weighed at the door, and what stands on the boxes. Pieces are what the line ordered: 箱."""

    good: int
    damaged: int = 0
    lot: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    weight_grams: int | None = None
    note: str = ""


def receive_delivery(
    *, line_id: UUID, arrived: Arrived, key: str, by_name: str, now: datetime, photos: Sequence[bytes] = ()
) -> Delivery:
    """Take in what came of one line, once a key: good pieces go into stock with lot and cost, damaged ones do not.

    Goods ordered in a larger form come into the stock of their base: two 箱 of 12 份 are 24 份, each at a twelfth of
    the cost.

    :param photos: what it looked like, as it was uploaded.
    :raises PurchaseMissing, PurchaseMoved, NothingCame, WrongPieces, GoodsExpired, TooShortALife, LotWithOtherDates,
        TooManyDeliveryPhotos, NotAPicture, PictureTooLarge:
    """
    if not 0 <= arrived.good <= MOST_PIECES or not 0 <= arrived.damaged <= MOST_PIECES:
        sentence = gettext("数量要填 0 到 1,000,000 之间的整数。")
        raise WrongPieces(sentence, fields={"good": [sentence]})
    if not arrived.good and not arrived.damaged:
        raise NothingCame(fields={"good": [NothingCame.sentence]})
    order_id = PurchaseLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise PurchaseMissing
    kept = keep_photos(photos)
    try:
        delivery = _receive(order_id, line_id, arrived, kept, key=key, by_name=by_name, now=now)
    except BaseException:
        drop_photos(kept)
        raise
    if kept and not delivery.photos.filter(file_key=kept[0]).exists():
        drop_photos(kept)  # a second click: the first one's are shown
    return delivery


def _receive(
    order_id: UUID,
    line_id: UUID,
    arrived: Arrived,
    kept: Sequence[str],
    *,
    key: str,
    by_name: str,
    now: datetime,
) -> Delivery:
    with transaction.atomic(durable=True):
        order = lock_purchase(order_id)
        if known := Delivery.objects.filter(key=key).first():
            return known
        if order.state not in OPEN_STATES:
            raise PurchaseMoved
        line = order.lines.select_related("sku").get(pk=line_id)
        delivery = Delivery(
            line=line,
            good=arrived.good,
            damaged=arrived.damaged,
            weight_grams=arrived.weight_grams,
            note=arrived.note[:120],
            key=key,
            at=now,
            by_name=by_name,
        )
        if arrived.good:
            draft = None
            if lot := arrived.lot.strip():
                draft = BatchDraft(
                    lot=lot,
                    produced_on=arrived.produced_on,
                    expires_on=arrived.expires_on,
                    cost_minor=_cost_a_piece(line),
                    supplier_id=order.supplier_id,
                    supplier_name=order.supplier.name,
                )
            stock = receive_stock(
                sku_id=stock_sku_id(line.sku),
                quantity=base_quantity(line.sku, arrived.good),
                reason=gettext("采购单 %(number)s") % {"number": order.number},
                by_name=by_name,
                now=now,
                ref_id=delivery.pk,
                warehouse_id=order.warehouse_id,
                batch=draft,
            )
            delivery.batch = Batch.objects.filter(stock=stock, lot=draft.lot).first() if draft else None
        delivery.save(force_insert=True)
        DeliveryPhoto.objects.bulk_create(DeliveryPhoto(delivery=delivery, file_key=file_key) for file_key in kept)
        PurchaseLine.objects.filter(pk=line.pk).update(
            received=F("received") + arrived.good, damaged=F("damaged") + arrived.damaged
        )
        rest = sum(one.missing for one in order.lines.all())
        order.state = PurchaseState.ARRIVING if rest else PurchaseState.RECEIVED
        order.save(update_fields=["state"])
        actor = Actor(kind="person", name=by_name)
        pieces = {"good": arrived.good, "damaged": arrived.damaged}
        record(what="purchase.delivery", subject=order, at=now, actor=actor, sku_id=str(line.sku_id), pieces=pieces)
    return delivery


def _cost_a_piece(line: PurchaseLine) -> int | None:
    """Say what a piece of stock costs, half a minor unit rounded up."""
    if line.cost_minor is None:
        return None
    return round_half_away(Fraction(line.cost_minor, line.sku.factor))
