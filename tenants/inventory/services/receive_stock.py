"""Goods that came in."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Sku
from tenants.inventory.models import DEFAULT_WAREHOUSE, Batch, BatchState, MoveKind, ShelfRule, Stock, StockMove
from tenants.inventory.selectors import SkuMissing, store_day
from tenants.inventory.services.move_batch import locked_stock, move_batch

MOST_PIECES = 1_000_000


class WrongPieces(Refused):
    """A number of pieces that cannot be."""

    code, kind, sentence = "wrong_pieces", Kind.INVALID, _("数量要填 1 到 1,000,000 之间的整数。")


class NoStockOfItsOwn(Refused):
    """The SKU is a larger form of another, whose stock it takes. Facts: ``base_sku_id``."""

    code, kind, sentence = "no_stock_of_its_own", Kind.CONFLICT, _("这个规格没有自己的库存，请在基础规格上登记。")


class GoodsExpired(Refused):
    """The goods are over, or were made in the future."""

    code, kind, sentence = "goods_expired", Kind.INVALID, _("已经过期的货不能入库。")


class TooShortALife(Refused):
    """The goods are good for fewer days than the product's rule asks of a delivery. Facts: ``days``, ``least``."""

    code, kind, sentence = "too_short_a_life", Kind.CONFLICT, _("剩余保质期不够，请拒收。")


class LotWithOtherDates(Refused):
    """The lot is in this warehouse already, with other dates."""

    code, kind, sentence = "lot_with_other_dates", Kind.CONFLICT, _("这个批号已经入过库，但日期不一样，请核对。")


@dataclass(frozen=True, slots=True)
class BatchDraft:
    """What is known of a lot that comes in; the cost is of a piece, in the store's currency."""

    lot: str
    produced_on: date | None = None
    expires_on: date | None = None
    cost_minor: int | None = None
    supplier_id: UUID | None = None
    supplier_name: str = ""


def receive_stock(
    *,
    sku_id: UUID,
    quantity: int,
    reason: str,
    by_name: str,
    now: datetime,
    ref_id: UUID | None = None,
    warehouse_id: UUID = DEFAULT_WAREHOUSE,
    batch: BatchDraft | None = None,
) -> Stock:
    """Add pieces to what is there, as a batch if one is told; the same lot grows.

    Safe to repeat: with a ``ref_id`` (the delivery, the import) the same goods come in once.

    :raises SkuMissing, NoStockOfItsOwn, WrongPieces, GoodsExpired, TooShortALife, LotWithOtherDates:
    """
    if not 0 < quantity <= MOST_PIECES:
        raise WrongPieces(fields={"quantity": [WrongPieces.sentence]})
    refuse_larger_form(sku_id)
    with transaction.atomic():
        stock = locked_stock(stock_row(sku_id, warehouse_id).pk)
        if ref_id and StockMove.objects.filter(sku_id=sku_id, kind=MoveKind.RECEIVE, ref_id=ref_id).exists():
            return stock
        if batch is not None:
            lot = _batch_row(stock, batch, now)
            Batch.objects.filter(pk=lot.pk).update(received=F("received") + quantity)
            move_batch(
                batch=lot, kind=MoveKind.RECEIVE, pieces=quantity, at=now, reason=reason, by_name=by_name, ref_id=ref_id
            )
        else:
            StockMove.objects.create(
                sku_id=sku_id,
                warehouse_id=warehouse_id,
                kind=MoveKind.RECEIVE,
                on_hand_delta=quantity,
                reason=reason[:120],
                ref_id=ref_id,
                by_name=by_name,
                at=now,
            )
            Stock.objects.filter(pk=stock.pk).update(on_hand=F("on_hand") + quantity)
        stock.refresh_from_db()
    return stock


def check_dates(*, sku_id: UUID, batch: BatchDraft, now: datetime) -> None:
    """Refuse goods that are over or nearly so. :raises GoodsExpired, TooShortALife:"""
    today = store_day(now)
    if batch.produced_on and batch.produced_on > today:
        sentence = gettext("生产日期不能晚于今天。")
        raise GoodsExpired(sentence, fields={"produced_on": [sentence]})
    if batch.expires_on is None:
        return
    if batch.produced_on and batch.expires_on < batch.produced_on:
        sentence = gettext("到期日不能早于生产日期。")
        raise GoodsExpired(sentence, fields={"expires_on": [sentence]})
    days = (batch.expires_on - today).days
    if days < 0:
        raise GoodsExpired(fields={"expires_on": [GoodsExpired.sentence]})
    least = ShelfRule.objects.filter(product__skus=sku_id).values_list("receive_remaining_days", flat=True).first() or 0
    if days < least:
        sentence = gettext("只剩 %(days)s 天保质期，收货要求至少 %(least)s 天，请拒收。") % {
            "days": days,
            "least": least,
        }
        raise TooShortALife(sentence, fields={"expires_on": [sentence]}, days=days, least=least)


def stock_row(sku_id: UUID, warehouse_id: UUID = DEFAULT_WAREHOUSE) -> Stock:
    """Find a SKU's stock row in a warehouse, made empty if it has none yet. :raises SkuMissing:"""
    stock = Stock.objects.filter(sku_id=sku_id, warehouse_id=warehouse_id).first()
    if stock is not None:
        return stock
    if not Sku.objects.filter(pk=sku_id).exists():
        raise SkuMissing
    stock, _is_new = Stock.objects.get_or_create(sku_id=sku_id, warehouse_id=warehouse_id)
    return stock


def refuse_larger_form(sku_id: UUID) -> None:
    """Keep goods out of a row from which nothing is sold: a larger form (箱) takes its pieces from its base.

    :raises NoStockOfItsOwn:
    """
    sku = Sku.objects.filter(pk=sku_id, base_sku__isnull=False).select_related("base_sku").first()
    if sku is not None and sku.base_sku is not None:
        words = {"label": sku.label, "n": sku.factor, "base": sku.base_sku.label}
        raise NoStockOfItsOwn(
            gettext("“%(label)s”没有自己的库存，1 份按 %(n)d 份“%(base)s”算，请在“%(base)s”上登记。") % words,
            base_sku_id=str(sku.base_sku_id),
        )


def _batch_row(stock: Stock, draft: BatchDraft, now: datetime) -> Batch:
    lot = draft.lot.strip()[:40]
    known = Batch.objects.select_for_update().filter(stock=stock, lot=lot).first()
    if known is None:
        check_dates(sku_id=stock.sku_id, batch=draft, now=now)
        return Batch.objects.create(
            stock=stock,
            lot=lot,
            produced_on=draft.produced_on,
            expires_on=draft.expires_on,
            cost_minor=draft.cost_minor,
            supplier_id=draft.supplier_id,
            supplier_name=draft.supplier_name,
            received_at=now,
        )
    if (known.produced_on, known.expires_on) != (draft.produced_on, draft.expires_on):
        raise LotWithOtherDates(fields={"lot": [LotWithOtherDates.sentence]})
    check_dates(sku_id=stock.sku_id, batch=draft, now=now)
    if known.state in (BatchState.DEPLETED, BatchState.WRITTEN_OFF, BatchState.RETURNED):
        known.state = BatchState.AVAILABLE
        known.save(update_fields=["state"])
    return known
